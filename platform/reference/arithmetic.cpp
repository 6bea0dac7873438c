// SPDX-License-Identifier: Apache-2.0
#include "reference/arithmetic.h"

#include <algorithm>

namespace imc::reference {

namespace {

constexpr Wide limit = Wide{1} << 62;

/// q + 1 where the part cut off, `rest` of `whole`, calls for it: ties to even.
std::int64_t tie_to_even(Wide q, int rest_against_half)
{
    const bool odd = (q & 1) != 0;
    if (rest_against_half > 0 || (rest_against_half == 0 && odd)) ++q;
    return static_cast<std::int64_t>(std::clamp(q, -limit, limit));
}

int sign_of(Wide value)
{
    return value > 0 ? 1 : value < 0 ? -1 : 0;
}

std::int64_t half_up(Wide numerator, Wide denominator)
{
    const Wide rounded = floor_div(2 * numerator + denominator, 2 * denominator);
    return static_cast<std::int64_t>(std::clamp(rounded, -limit, limit));
}

std::int64_t saturate_32(Wide value)
{
    return static_cast<std::int64_t>(std::clamp(value, Wide{INT32_MIN}, Wide{INT32_MAX}));
}

/// gemmlowp's saturating rounding doubling high multiply and rounding shift, as docs/numbers.md
/// writes them.
std::int64_t tflite(const imc_requant& c, Wide x)
{
    const int left = std::max(c.shift, 0), right = std::max(-c.shift, 0);
    const Wide u = saturate_32(Wide{saturate_32(x)} << left);
    const Wide product = u * c.multiplier;
    const Wide nudge = product >= 0 ? Wide{1} << 30 : 1 - (Wide{1} << 30);
    const Wide high =
        (product + nudge) / (Wide{1} << 31);  // C++ division truncates, as the formula asks
    return static_cast<std::int64_t>(round_half_away(high, Wide{1} << right));
}

}  // namespace

Wide floor_div(Wide numerator, Wide denominator)
{
    const Wide quotient = numerator / denominator;
    return quotient * denominator > numerator ? quotient - 1 : quotient;
}

Wide round_half_away(Wide numerator, Wide denominator)
{
    const Wide magnitude = numerator < 0 ? -numerator : numerator;
    const Wide rounded = (2 * magnitude + denominator) / (2 * denominator);
    return numerator < 0 ? -rounded : rounded;
}

std::int64_t round_half_even(Wide numerator, int exponent, std::int64_t denominator)
{
    Wide quotient = floor_div(numerator, denominator);
    Wide rest = numerator - quotient * denominator;  // 0 <= rest < denominator
    for (; exponent > 0 && quotient < limit && quotient > -limit; --exponent) {
        rest *= 2;
        quotient = 2 * quotient + (rest >= denominator ? 1 : 0);
        if (rest >= denominator) rest -= denominator;
    }
    if (exponent >= 0) return tie_to_even(quotient, sign_of(2 * rest - denominator));
    if (exponent < -126) return 0;  // below one half, whatever the numerator
    const Wide unit = Wide{1} << -exponent, half = unit / 2;
    const Wide shifted = floor_div(quotient, unit);
    const Wide cut = quotient - shifted * unit;
    return tie_to_even(shifted, cut != half ? sign_of(cut - half) : sign_of(rest));
}

std::int64_t rescale(const Scaling& scaling, Wide x)
{
    const imc_requant& c = scaling.constants;
    switch (scaling.kind) {
        case IMC_REQUANT_NONE:
            return static_cast<std::int64_t>(std::clamp(x, -limit, limit));
        case IMC_REQUANT_DYADIC:
            return half_up(x * c.multiplier, Wide{1} << c.shift);
        case IMC_REQUANT_ONNX:
        case IMC_REQUANT_PER_CONVERSION:
            return round_half_even(x * c.multiplier, c.shift, c.divisor);
        case IMC_REQUANT_TFLITE:
            return tflite(c, x);
    }
    return 0;
}

std::int64_t rescale_product(const Scaling& scaling, std::int64_t code)
{
    const imc_requant& c = scaling.constants;
    const Wide x = Wide{code} * c.multiplier + c.bias;
    switch (scaling.kind) {
        case IMC_REQUANT_DYADIC:
            return half_up(x, Wide{1} << c.shift);
        case IMC_REQUANT_ONNX:
        case IMC_REQUANT_PER_CONVERSION:
            return round_half_even(x, c.shift, c.divisor);
        default:
            return rescale(scaling, Wide{code} + c.bias);
    }
}

std::int64_t rescale_mean(const Scaling& scaling, std::int64_t sum, std::int64_t n)
{
    const imc_requant& c = scaling.constants;
    const Wide x = Wide{sum} + Wide{n} * c.bias;
    switch (scaling.kind) {
        case IMC_REQUANT_DYADIC:
            return half_up(x * c.multiplier, Wide{n} << c.shift);
        case IMC_REQUANT_ONNX:
        case IMC_REQUANT_PER_CONVERSION:
            return round_half_even(x * c.multiplier, c.shift, c.divisor * n);
        default:
            return static_cast<std::int64_t>(round_half_away(x, n));
    }
}

}  // namespace imc::reference
