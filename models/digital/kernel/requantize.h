// SPDX-License-Identifier: Apache-2.0
/// Accumulators to output codes. Every kind is specified bit-exactly in docs/numbers.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "imcvp/program.h"

namespace imc::digital {

/// The codes a stage may give out.
struct OutputRange {
    std::int32_t lowest = 0;  ///< clamp; ReLU and Clip are folded into it
    std::int32_t highest = 255;
    std::int32_t zero_point = 0;
};

/// One value, from the formula, exactly (128-bit arithmetic). `x` already holds the bias; `count`
/// divides the value before it is rounded (average pooling), 1 otherwise. Kinds none, dyadic, onnx,
/// tflite, per_conversion (= onnx).
std::int32_t requantize_exact(imc_requant_kind kind, const imc_requant& r, const OutputRange& range,
                              __int128 x, std::int64_t count = 1);

/// Requantises rows of accumulators, channel by channel.
class Requantizer {
public:
    /// `entries`: one for each channel, or a single one for all. Throws InputError for constants
    /// outside of what docs/numbers.md allows.
    Requantizer(imc_requant_kind kind, std::vector<imc_requant> entries, OutputRange range);

    /// out[channel][i] = value of acc[channel][i] + bias, `count` a channel; channels start
    /// `acc_pitch` and `out_pitch` apart.
    void run(const std::int64_t* acc, std::size_t acc_pitch, int channels, int count,
             std::int32_t* out, std::size_t out_pitch) const;
    void run(const std::int64_t* acc, int channels, int count, std::int32_t* out) const
    {
        run(acc, static_cast<std::size_t>(count), channels, count, out,
            static_cast<std::size_t>(count));
    }
    /// The same on codes (per-channel affine, requantising copies): value of code * multiplier +
    /// bias, the bias being in units of the product, so that it keeps its precision.
    void run_affine(const std::int32_t* codes, int channels, int count, std::int32_t* out) const;

    const imc_requant& entry(int channel) const
    {
        return m_entries[m_entries.size() == 1 ? 0 : channel];
    }
    imc_requant_kind kind() const { return m_kind; }
    const OutputRange& range() const { return m_range; }

private:
    void run_channel(const imc_requant& r, const std::int64_t* acc, int count,
                     std::int32_t* out) const;

    imc_requant_kind m_kind;
    std::vector<imc_requant> m_entries;
    OutputRange m_range;
};

}  // namespace imc::digital
