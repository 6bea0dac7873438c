// SPDX-License-Identifier: Apache-2.0
/// Plain loops of the digital unit, compiled once for each SIMD level (the compiler vectorises
/// them). In an unnamed namespace, since every level needs its own machine code of the same lines.
#pragma once

#include "digital/kernel/digital_kernels.h"

namespace imc::digital {
namespace {

std::uint64_t largest_loop(const std::int64_t* x, int count, std::int64_t bias)
{
    std::int64_t low = 0, high = 0;
    for (int i = 0; i < count; ++i) {
        const std::int64_t v = x[i] + bias;
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    const std::uint64_t negative = 0 - static_cast<std::uint64_t>(low);
    return negative > static_cast<std::uint64_t>(high) ? negative
                                                       : static_cast<std::uint64_t>(high);
}

void dyadic_loop(const std::int64_t* x, int count, std::int64_t bias, std::int64_t multiplier,
                 std::int64_t half, int shift, const RowRange& range, std::int32_t* out)
{
    const std::int64_t lowest = range.lowest - range.zero_point;
    const std::int64_t highest = range.highest - range.zero_point;
    for (int i = 0; i < count; ++i) {
        std::int64_t v = ((x[i] + bias) * multiplier + half) >> shift;
        v = v < lowest ? lowest : v;
        v = v > highest ? highest : v;
        out[i] = static_cast<std::int32_t>(v + range.zero_point);
    }
}

bool scaled_loop(const std::int64_t* x, int count, std::int64_t bias, double scale,
                 const RowRange& range, std::int32_t* out)
{
    // Adding and subtracting 1.5 * 2^52 rounds to a whole number, half to even, in the default
    // rounding mode.
    constexpr double rounder = 0x1.8p52;
    // `scale` carries at most 3 roundings (two mantissas, their quotient), the product one more:
    // 2^-51 relative.
    constexpr double slack = 0x1.0p-50;
    const double lowest = static_cast<double>(range.lowest - range.zero_point);
    const double highest = static_cast<double>(range.highest - range.zero_point);
    int unsure = 0;
    for (int i = 0; i < count; ++i) {
        double v = static_cast<double>(x[i] + bias) * scale;
        // What is beyond the range by more than one code is clamped anyway, however it rounds.
        v = v < lowest - 2.0 ? lowest - 2.0 : v;
        v = v > highest + 2.0 ? highest + 2.0 : v;
        double rounded = (v + rounder) - rounder;
        const double off = v - rounded;
        const double distance = 0.5 - (off < 0.0 ? -off : off);
        const double size = v < 0.0 ? -v : v;
        unsure |= distance <= (size + 1.0) * slack ? 1 : 0;
        rounded = rounded < lowest ? lowest : rounded;
        rounded = rounded > highest ? highest : rounded;
        out[i] = static_cast<std::int32_t>(rounded) + static_cast<std::int32_t>(range.zero_point);
    }
    return unsure != 0;
}

}  // namespace
}  // namespace imc::digital
