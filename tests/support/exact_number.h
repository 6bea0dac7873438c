// SPDX-License-Identifier: Apache-2.0
/// Exact arithmetic for tests: floats as rationals, rounding half to even.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include <cmath>
#include <cstdint>

namespace imc::test {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

/// A float is a whole number times a power of two.
inline Rational exact(float value)
{
    int exponent = 0;
    const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), 24));
    const Rational power(Integer(1) << std::abs(exponent - 24));
    return exponent >= 24 ? Rational(mantissa * power) : Rational(mantissa / power);
}

/// The nearest whole number, ties to the even one.
inline Integer half_to_even(const Integer& numerator, const Integer& denominator)
{
    Integer floor = numerator / denominator, rest = numerator % denominator;
    if (rest < 0) {
        rest += denominator;
        --floor;
    }
    const Integer twice = 2 * rest;
    const bool up = twice > denominator || (twice == denominator && floor % 2 != 0);
    return up ? Integer(floor + 1) : floor;
}

}  // namespace imc::test
