// SPDX-License-Identifier: Apache-2.0
#include "digital/kernel/requantize.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "common/error.h"
#include "digital/kernel/digital_kernels.h"

namespace imc::digital {

namespace {

using Wide = __int128;
using UnsignedWide = unsigned __int128;

constexpr std::int64_t int32_lowest = -2147483648ll;
constexpr std::int64_t int32_highest = 2147483647ll;

int bit_length(UnsignedWide x)
{
    const auto high = static_cast<std::uint64_t>(x >> 64);
    const auto low = static_cast<std::uint64_t>(x);
    if (high != 0) return 128 - __builtin_clzll(high);
    return low != 0 ? 64 - __builtin_clzll(low) : 0;
}

std::int32_t clamp(Wide value, const OutputRange& range)
{
    value += range.zero_point;
    return static_cast<std::int32_t>(value < range.lowest    ? range.lowest
                                     : value > range.highest ? range.highest
                                                             : value);
}

/// Floor of a / b, b > 0.
Wide floor_divide(Wide a, Wide b)
{
    const Wide q = a / b;
    return a % b < 0 ? q - 1 : q;
}

/// Far outside of any code, in the direction of `negative`.
Wide saturated(bool negative)
{
    return negative ? -(Wide{1} << 100) : Wide{1} << 100;
}

/// round_half_even(numerator * 2^exponent / denominator), denominator > 0; saturates instead of
/// overflowing.
Wide divide_half_even(Wide numerator, int exponent, Wide denominator)
{
    const bool negative = numerator < 0;
    auto n = static_cast<UnsignedWide>(negative ? -numerator : numerator);
    auto d = static_cast<UnsignedWide>(denominator);
    if (n == 0) return 0;
    if (exponent >= 0) {
        if (bit_length(n) + exponent > 126) return saturated(negative);
        n <<= exponent;
    } else {
        // The quotient would be below 1/4: no tie, no rounding up.
        if (bit_length(d) - exponent > 127 || bit_length(d) - exponent > bit_length(n) + 2)
            return 0;
        d <<= -exponent;
    }
    UnsignedWide q = n / d;
    const UnsignedWide rest = n % d;
    const UnsignedWide other = d - rest;
    if (rest > other || (rest == other && (q & 1) != 0)) ++q;
    return negative ? -static_cast<Wide>(q) : static_cast<Wide>(q);
}

/// floor(x * m / (count * 2^c) + 1/2).
Wide divide_half_up(Wide x, std::int64_t multiplier, int shift, std::int64_t count)
{
    const Wide product = x * multiplier;
    if (count == 1 && shift == 0) return product;
    const Wide divisor = Wide{count} << shift;
    return floor_divide(2 * product + divisor, 2 * divisor);
}

std::int64_t saturate32(Wide x)
{
    return static_cast<std::int64_t>(std::clamp<Wide>(x, int32_lowest, int32_highest));
}

/// gemmlowp's SaturatingRoundingDoublingHighMul: round(a * b / 2^31), ties away from zero.
std::int64_t doubling_high_multiply(std::int64_t a, std::int64_t b)
{
    if (a == int32_lowest && b == int32_lowest) return int32_highest;
    const std::int64_t product = a * b;
    const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
    return (product + nudge) / (std::int64_t{1} << 31);
}

/// gemmlowp's RoundingDivideByPOT: round(x / 2^exponent), ties away from zero.
std::int64_t divide_by_power(std::int64_t x, int exponent)
{
    const std::int64_t mask = (std::int64_t{1} << exponent) - 1;
    const std::int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

std::int64_t fixed_point(Wide x, const imc_requant& r)
{
    const std::int64_t shifted = saturate32(saturate32(x) * (Wide{1} << std::max(r.shift, 0)));
    return divide_by_power(doubling_high_multiply(shifted, r.multiplier), std::max(-r.shift, 0));
}

/// Average of `count` without change of scale, ties away from zero (TFLite's AveragePool).
Wide average(Wide sum, std::int64_t count)
{
    return (sum >= 0 ? sum + count / 2 : sum - count / 2) / count;
}

void check(imc_requant_kind kind, const imc_requant& r, std::size_t channel)
{
    const auto require = [&](bool ok, const char* what) {
        if (!ok)
            throw InputError("requantisation of channel " + std::to_string(channel) + ": " + what);
    };
    constexpr std::int64_t bias_limit = std::int64_t{1} << 61;
    require(r.bias > -bias_limit && r.bias < bias_limit, "bias must be within +-2^61");
    switch (kind) {
        case IMC_REQUANT_NONE:
            return;
        case IMC_REQUANT_DYADIC:
            return require(r.shift >= 0 && r.shift <= 62, "dyadic shift must be 0 to 62");
        case IMC_REQUANT_TFLITE:
            require(r.shift >= -31 && r.shift <= 30, "tflite shift must be -31 to 30");
            return require(r.multiplier >= 0 && r.multiplier <= int32_highest,
                           "tflite multiplier must be 0 to 2^31-1");
        case IMC_REQUANT_ONNX:
        case IMC_REQUANT_PER_CONVERSION:
            return require(r.divisor > 0, "divisor must be positive");
    }
    require(false, "unknown kind");
}

}  // namespace

std::int32_t requantize_exact(imc_requant_kind kind, const imc_requant& r, const OutputRange& range,
                              __int128 x, std::int64_t count)
{
    switch (kind) {
        case IMC_REQUANT_DYADIC:
            return clamp(divide_half_up(x, r.multiplier, r.shift, count), range);
        case IMC_REQUANT_TFLITE:
            return clamp(count == 1 ? Wide{fixed_point(x, r)} : average(x, count), range);
        case IMC_REQUANT_ONNX:
        case IMC_REQUANT_PER_CONVERSION:
            return clamp(divide_half_even(x * r.multiplier, r.shift, Wide{r.divisor} * count),
                         range);
        case IMC_REQUANT_NONE:
            break;
    }
    return clamp(count == 1 ? x : average(x, count), range);
}

Requantizer::Requantizer(imc_requant_kind kind, std::vector<imc_requant> entries, OutputRange range)
    : m_kind(kind), m_entries(std::move(entries)), m_range(range)
{
    if (m_entries.empty())
        throw InputError("requantisation: no constants; one entry a channel is needed");
    if (range.lowest > range.highest)
        throw InputError("requantisation: lowest output code " + std::to_string(range.lowest) +
                         " is above the highest " + std::to_string(range.highest));
    for (std::size_t c = 0; c < m_entries.size(); ++c)
        check(kind, m_entries[c], c);
}

void Requantizer::run_channel(const imc_requant& r, const std::int64_t* acc, int count,
                              std::int32_t* out) const
{
    const DigitalKernels& kernels = digital_kernels(simd_level());
    const RowRange range{m_range.lowest, m_range.highest, m_range.zero_point};
    if (m_kind == IMC_REQUANT_DYADIC) {
        const std::uint64_t largest = kernels.largest(acc, count, r.bias);
        const std::uint64_t factor =
            r.multiplier < 0 ? 0 - static_cast<std::uint64_t>(r.multiplier) : r.multiplier;
        const std::int64_t half = r.shift == 0 ? 0 : std::int64_t{1} << (r.shift - 1);
        if (static_cast<UnsignedWide>(largest) * factor < UnsignedWide{1} << 61)
            return kernels.dyadic(acc, count, r.bias, r.multiplier, half, r.shift, range, out);
    } else if (m_kind == IMC_REQUANT_ONNX || m_kind == IMC_REQUANT_PER_CONVERSION) {
        const double scale =
            std::ldexp(static_cast<double>(r.multiplier) / static_cast<double>(r.divisor), r.shift);
        if (std::isfinite(scale) && kernels.largest(acc, count, r.bias) < std::uint64_t{1} << 52 &&
            !kernels.scaled(acc, count, r.bias, scale, range, out))
            return;
    }
    for (int i = 0; i < count; ++i)
        out[i] = requantize_exact(m_kind, r, m_range, Wide{acc[i]} + r.bias);
}

void Requantizer::run(const std::int64_t* acc, std::size_t acc_pitch, int channels, int count,
                      std::int32_t* out, std::size_t out_pitch) const
{
    for (int c = 0; c < channels; ++c)
        run_channel(entry(c), acc + c * acc_pitch, count, out + c * out_pitch);
}

void Requantizer::run_affine(const std::int32_t* codes, int channels, int count,
                             std::int32_t* out) const
{
    for (int c = 0; c < channels; ++c, codes += count, out += count) {
        const imc_requant& r = entry(c);
        imc_requant after =
            r;  // the product is formed here, so that what follows multiplies by one
        after.multiplier = 1;
        for (int i = 0; i < count; ++i)
            out[i] = requantize_exact(m_kind, m_kind == IMC_REQUANT_TFLITE ? r : after, m_range,
                                      m_kind == IMC_REQUANT_TFLITE || m_kind == IMC_REQUANT_NONE
                                          ? Wide{codes[i]} + r.bias
                                          : Wide{codes[i]} * r.multiplier + r.bias);
    }
}

}  // namespace imc::digital
