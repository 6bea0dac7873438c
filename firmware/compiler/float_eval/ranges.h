// SPDX-License-Identifier: Apache-2.0
/// Ranges of activations over calibration images.
#pragma once

#include "compiler/float_eval/float_evaluator.h"

#include <array>
#include <cstdint>
#include <vector>

namespace imc::compiler {

/// Smallest and largest number and a histogram around zero. Bins are limit / half_bins wide; the
/// limit is a power of two above the largest magnitude seen, so the result does not depend on the
/// order of the numbers.
class Histogram {
public:
    static constexpr int half_bins = 4096;  ///< on each side of zero

    void add(const float* numbers, std::size_t count);

    float min() const { return m_min; }
    float max() const { return m_max; }
    std::uint64_t count() const { return m_count; }
    double bin_width() const { return m_limit / half_bins; }
    /// 2 x half_bins counts; bin i spans (i - half_bins) x bin_width to one bin width more.
    const std::vector<std::uint64_t>& bins() const { return m_bins; }
    /// The number below which a share (0 to 1) of all numbers lies, to one bin, never outside [min,
    /// max].
    double quantile(double share) const;

private:
    void widen(float magnitude);

    double m_limit = 0x1.0p-40;
    float m_min = 0.0f, m_max = 0.0f;
    std::uint64_t m_count = 0;
    std::vector<std::uint64_t> m_bins = std::vector<std::uint64_t>(2 * half_bins, 0);
};

/// A histogram for each value of the graph, over `count` images in (C, H, W) order.
std::vector<Histogram> collect_ranges(const Graph& graph, const float* images, std::size_t count);

}  // namespace imc::compiler
