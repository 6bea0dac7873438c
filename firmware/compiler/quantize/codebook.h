// SPDX-License-Identifier: Apache-2.0
/// Codebooks of representative values by one-dimensional k-means, flat or as a binary tree. Source:
/// rapidnn.md section 2 and 8.1 (k-means FOUND, [S1]; tree shape ASSUME). Deterministic: sorted
/// samples, no random start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imc::compiler {

/// Ascending representative values; a code is an index.
struct Codebook {
    std::vector<double> centroid;

    std::size_t size() const { return centroid.size(); }
    /// Index of the nearest centroid, the lower one on ties and among equals.
    std::uint8_t encode(double value) const;
    /// Codes of `count` values; between two centroids the midpoint decides (to the lower), which
    /// is encode() but for values a rounding error away from it.
    void encode(const float* values, std::size_t count, std::uint8_t* codes) const;
    /// The centroids of those codes.
    void round(const float* values, std::size_t count, float* rounded) const;
};

struct CodebookOptions {
    unsigned entries = 16;  ///< 2 to 64
    bool pin_zero = false;  ///< one centroid is exactly 0 (inputs that follow ReLU, padded inputs)
    unsigned iterations = 5000;  ///< at most, of Lloyd's algorithm; it usually stops earlier
    std::size_t most_samples = 1 << 15;  ///< of more, evenly spaced ones are taken (in order)
};

/// Lloyd's algorithm from three starts (centroids spread over the range, over the quantiles, and by
/// splitting the worst cluster again and again); the one with the lowest squared error is kept.
/// Fewer distinct samples than entries give that many entries. `samples` in any order; `importance`
/// (empty: all alike) says how much the squared error of each counts. Throws InputError for no
/// samples, one that is not finite, importances that are negative, not finite or of another number,
/// or entries out of range.
Codebook make_codebook(const std::vector<float>& samples, const CodebookOptions& options,
                       const std::vector<float>& importance = {});

/// Levels 0 .. depth of a binary tree: level d has 2^d centroids, each split in two by the best
/// 2-means split of its samples. Code c of level d + 1 lies in cluster c >> 1 of level d, so a
/// prefix of a code is the coarser code. Throws InputError like make_codebook; depth 1 to 6.
std::vector<Codebook> make_codebook_tree(const std::vector<float>& samples, unsigned depth,
                                         bool pin_zero);

/// Mean of (value - nearest centroid)^2.
double mean_squared_error(const std::vector<float>& samples, const Codebook& codebook);

}  // namespace imc::compiler
