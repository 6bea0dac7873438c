// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/fixed_point.h"

#include "common/random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace imc;
using namespace imc::compiler;

TEST(FixedPoint, DyadicIsWithinTwoToTheMinus31OfItsFactor)
{
    for (int i = 0; i < 1000; ++i) {
        const double factor = std::exp2(30.0 * random_uniform(1, i) - 22.0);
        const auto r = dyadic(factor, 0);
        EXPECT_LT(r.multiplier, std::int64_t{1} << 31);
        EXPECT_NEAR(std::ldexp(static_cast<double>(r.multiplier), -r.shift) / factor, 1.0,
                    std::exp2(-30.0));
    }
}

TEST(FixedPoint, ExactRatioIsExact)
{
    const float sx = 0.0123f, sw = 3.7e-4f, sy = 0.071f;
    const auto r = exact_ratio({sx, sw}, sy, 0);
    // long double holds 64 bits of mantissa: 48 of the product fit.
    const long double want = static_cast<long double>(sx) * sw;
    EXPECT_EQ(std::ldexp(static_cast<long double>(r.multiplier), r.shift) / r.divisor,
              want / static_cast<long double>(sy));
    EXPECT_EQ(exact_ratio({0.5f}, 0.25f, 0).multiplier, 1);
}

TEST(FixedPoint, ExactSumKeepsBothScales)
{
    const float a = 0.02f, b = 0.31f, y = 0.05f;
    const auto e = exact_sum({a, b}, y);
    const auto real = [&](int i) {
        return std::ldexp(static_cast<long double>(e[i].multiplier), e[2].shift) / e[2].divisor;
    };
    EXPECT_EQ(real(0), static_cast<long double>(a) / y);
    EXPECT_EQ(real(1), static_cast<long double>(b) / y);
}

}  // namespace
