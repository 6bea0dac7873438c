// SPDX-License-Identifier: Apache-2.0
/// A standard normal from 64 random bits, in plain arithmetic: no libm but sqrt, no branch, so that
/// loops over it vectorise and every SIMD level gives the same bits. In an unnamed namespace, since
/// each level compiles its own copy.
#pragma once

#include <cmath>
#include <cstdint>

namespace imc {
namespace {

/// Natural logarithm of u in (0, 1), absolute error below 1e-13: u = 2^e m, m in [sqrt(1/2),
/// sqrt(2)), log m = 2 artanh((m - 1) / (m + 1)).
inline double log_of_fraction(double u)
{
    std::uint64_t bits;
    __builtin_memcpy(&bits, &u, sizeof bits);
    const std::uint64_t above = bits - 0x3FE6A09E667F3BCDull;  // bits of sqrt(1/2)
    const auto exponent = static_cast<std::int32_t>(static_cast<std::int64_t>(above) >> 52);
    const std::uint64_t mantissa = bits - (above & 0xFFF0000000000000ull);
    double m;
    __builtin_memcpy(&m, &mantissa, sizeof m);
    const double s = (m - 1.0) / (m + 1.0);
    const double z = s * s;
    const double series =
        1.0 + z * (1.0 / 3 +
                   z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11 + z * (1.0 / 13))))));
    return exponent * 0.69314718055994530942 + 2.0 * s * series;
}

/// cos(2 pi v) for v in [-1/2, 1/2] as 1 - 2 sin^2(pi v), Taylor to x^15: absolute error below
/// 1e-10.
inline double cosine_of_turns(double v)
{
    const double x = 3.14159265358979323846 * v;
    const double y = x * x;
    const double series =
        1.0 +
        y * (-1.0 / 6 +
             y * (1.0 / 120 + y * (-1.0 / 5040 +
                                   y * (1.0 / 362880 + y * (-1.0 / 39916800 +
                                                            y * (1.0 / 6227020800.0 +
                                                                 y * (-1.0 / 1307674368000.0)))))));
    const double sine = x * series;
    return 1.0 - 2.0 * sine * sine;
}

/// Box and Muller's transform (1958), its cosine half. Tails reach 6.6 sigma (31 bits of radius).
inline double normal_from_bits(std::uint64_t bits)
{
    const double u = (static_cast<double>(static_cast<std::int32_t>(bits >> 33)) + 0.5) * 0x1.0p-31;
    const double v = static_cast<double>(static_cast<std::int32_t>(bits)) * 0x1.0p-32;
    return std::sqrt(-2.0 * log_of_fraction(u)) * cosine_of_turns(v);
}

}  // namespace
}  // namespace imc
