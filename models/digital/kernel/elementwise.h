// SPDX-License-Identifier: Apache-2.0
/// Operations on code streams: residual addition with one rounding, pooling, look-up. Formulas:
/// docs/numbers.md.
#pragma once

#include <cstdint>
#include <vector>

#include "digital/kernel/requantize.h"

namespace imc::digital {

/// Sum of several code streams, each with its own multiplier, rounded once. Kinds dyadic and onnx.
class Adder {
public:
    /// `entries`: one for each stream (bias = minus its zero point, multiplier, onnx: shift = its
    /// exponent), then the common one (dyadic: bias, shift; onnx: multiplier, divisor, shift).
    /// Throws InputError for other kinds, fewer than one stream, or constants beyond what
    /// docs/numbers.md allows.
    Adder(imc_requant_kind kind, const std::vector<imc_requant>& entries, OutputRange range);

    /// out[i] from streams[s][i], `count` elements. |code| < 2^24.
    void run(const std::int32_t* const* streams, int count, std::int32_t* out) const;

private:
    static constexpr int most_streams = 8;

    int m_streams;
    std::int64_t m_biases[most_streams] = {};
    std::int64_t m_multipliers[most_streams] = {};  ///< aligned to the smallest exponent
    Requantizer m_requantizer;                      ///< of the sum
};

/// The horizontal geometry of a pooling row. Vertical padding: null row pointers.
struct PoolShape {
    int channels = 1;
    int in_width = 1;
    int out_width = 1;
    int kernel_h = 1;
    int kernel_w = 1;
    int stride = 1;
    int pad_left = 0;
    int dilation = 1;

    void validate() const;
};

/// Largest code of each window; padding never wins. A window of padding alone gives `empty`.
/// out[channel][position].
void max_pool_row(const PoolShape& shape, const std::int32_t* const* rows, std::int32_t empty,
                  std::int32_t* out);

/// Average of each window, requantised once: value of (sum + n * bias) / n. With `include_pad` n is
/// the whole window and padding counts as `pad_code`; otherwise n is the number of cells inside the
/// input. out[channel][position].
void average_pool_row(const PoolShape& shape, const std::int32_t* const* rows, bool include_pad,
                      std::int32_t pad_code, const Requantizer& requantizer, std::int32_t* out);

/// out[i] = table[code - lowest]; codes outside of the table take its nearest end.
void look_up(const std::int32_t* codes, int count, const std::vector<std::int32_t>& table,
             std::int32_t lowest, std::int32_t* out);

}  // namespace imc::digital
