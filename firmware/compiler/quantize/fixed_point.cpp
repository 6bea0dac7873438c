// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/fixed_point.h"

#include "common/error.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

struct Mantissa {
    std::int64_t value = 0;  ///< odd or zero, below 2^24
    int exponent = 0;
};

/// value x 2^exponent = scale exactly, with the trailing zeros of the mantissa moved into the
/// exponent.
Mantissa split(float scale)
{
    int exponent = 0;
    const double fraction = std::frexp(static_cast<double>(scale), &exponent);
    Mantissa m{static_cast<std::int64_t>(std::ldexp(fraction, 24)), exponent - 24};
    while (m.value != 0 && m.value % 2 == 0) {
        m.value /= 2;
        ++m.exponent;
    }
    return m;
}

constexpr int multiplier_bits = 31;
constexpr int most_shift = 62;
constexpr int bias_bits = 60;  // |bias| < 2^61 (docs/numbers.md)

}  // namespace

imc_requant dyadic(double factor, std::int64_t bias)
{
    imc_requant entry{};
    entry.bias = bias;
    if (factor == 0.0 || !std::isfinite(factor)) return entry;
    int exponent = 0;
    std::frexp(factor, &exponent);  // |factor| in [2^(exponent-1), 2^exponent)
    if (exponent > multiplier_bits - 1)
        throw InputError(
            fmt::format("requantisation: factor {} is too large for a 31-bit multiplier", factor));
    entry.shift = std::min(multiplier_bits - exponent, most_shift);
    entry.multiplier = static_cast<std::int64_t>(std::llround(std::ldexp(factor, entry.shift)));
    if (std::llabs(entry.multiplier) ==
        (std::int64_t{1} << multiplier_bits)) {  // rounding carried into the next bit
        entry.multiplier /= 2;
        --entry.shift;
    }
    return entry;
}

imc_requant dyadic_affine(double factor, double offset)
{
    imc_requant entry = dyadic(factor, 0);
    if (offset == 0.0) return entry;
    int size = 0;
    std::frexp(offset, &size);
    const int shift =
        std::max(0, std::min(factor == 0.0 ? most_shift : entry.shift, bias_bits - size));
    entry.shift = shift;
    entry.multiplier = static_cast<std::int64_t>(std::llround(std::ldexp(factor, shift)));
    entry.bias = static_cast<std::int64_t>(std::llround(std::ldexp(offset, shift)));
    return entry;
}

std::vector<imc_requant> dyadic_sum(const std::vector<double>& factors)
{
    double largest = 0.0;
    for (const double f : factors)
        largest = std::max(largest, std::abs(f));
    const int shift = dyadic(largest, 0).shift;
    std::vector<imc_requant> entries(factors.size() + 1);
    for (std::size_t i = 0; i < factors.size(); ++i)
        entries[i].multiplier =
            static_cast<std::int64_t>(std::llround(std::ldexp(factors[i], shift)));
    entries.back().shift = shift;
    return entries;
}

imc_requant exact_ratio(const std::vector<float>& numerators, float divisor, std::int64_t bias)
{
    imc_requant entry{};
    entry.bias = bias;
    entry.multiplier = 1;
    for (const float n : numerators) {
        const Mantissa m = split(n);
        entry.multiplier *= m.value;
        entry.shift += m.exponent;
    }
    const Mantissa d = split(divisor);
    if (d.value == 0) throw InputError("requantisation: the output's scale is no positive float32");
    entry.divisor = d.value;
    entry.shift -= d.exponent;
    return entry;
}

imc_requant exact_affine(const std::vector<float>& numerators, float divisor, double offset)
{
    imc_requant entry = exact_ratio(numerators, divisor, 0);
    if (entry.multiplier == 0) entry.shift = -multiplier_bits;
    const auto bias_at = [&](int shift) {
        return std::ldexp(offset * static_cast<double>(entry.divisor), -shift);
    };
    int size = 0;
    std::frexp(bias_at(entry.shift), &size);
    const int by = std::max(0, size - bias_bits);
    entry.multiplier =
        by > 62 ? 0 : std::llround(std::ldexp(static_cast<double>(entry.multiplier), -by));
    entry.shift += by;
    entry.bias = std::llround(bias_at(entry.shift));
    return entry;
}

imc_requant fixed_point_q31(double factor, std::int64_t bias)
{
    imc_requant entry{};
    entry.bias = bias;
    int exponent = 0;
    const double fraction = std::frexp(factor, &exponent);
    std::int64_t multiplier = std::llround(std::ldexp(fraction, multiplier_bits));
    if (multiplier == std::int64_t{1} << multiplier_bits) {
        multiplier /= 2;
        ++exponent;
    }
    if (!(factor >= 0.0) || exponent > 30)
        throw InputError(fmt::format(
            "requantisation: factor {} is outside tflite's fixed point, 0 to 2^30", factor));
    if (exponent < -31) return entry;
    entry.multiplier = multiplier;
    entry.shift = exponent;
    return entry;
}

std::vector<imc_requant> exact_sum(const std::vector<float>& scales, float divisor)
{
    std::vector<Mantissa> parts;
    int lowest = 1 << 20;
    for (const float s : scales) {
        parts.push_back(split(s));
        lowest = std::min(lowest, parts.back().exponent);
    }
    std::vector<imc_requant> entries(scales.size() + 1);
    double sum = 0.0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        // codes and zero points stay below 2^25 together, sums below 2^61 (docs/numbers.md)
        const int up = parts[i].exponent - lowest;
        sum += std::ldexp(static_cast<double>(parts[i].value), up);
        if (sum >= std::ldexp(1.0, 61 - 25))
            throw InputError(
                "addition: the scales of its inputs are too far apart for exact sums in 61 bits");
        entries[i].multiplier = parts[i].value << up;
    }
    const Mantissa d = split(divisor);
    if (d.value == 0) throw InputError("addition: the output's scale is no positive float32");
    entries.back().multiplier = 1;
    entries.back().divisor = d.value;
    entries.back().shift = lowest - d.exponent;
    return entries;
}

}  // namespace imc::compiler
