// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/fixed_point.h"

#include "common/error.h"
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

/// TFLite's QuantizeMultiplier, by hand: 0.3 = 0.6 x 2^-1, 0.6 x 2^31 = 1288490188.8.
TEST(FixedPoint, Q31MultipliersAreTfLites)
{
    const auto entry = fixed_point_q31(0.3, 7);
    EXPECT_EQ(entry.multiplier, 1288490189);
    EXPECT_EQ(entry.shift, -1);
    EXPECT_EQ(entry.bias, 7);
    EXPECT_EQ(fixed_point_q31(4.0, 0).multiplier, 1 << 30);
    EXPECT_EQ(fixed_point_q31(4.0, 0).shift, 3);
    EXPECT_EQ(fixed_point_q31(std::nextafter(1.0, 0.0), 0).multiplier, 1 << 30)
        << "rounding carries";
    EXPECT_EQ(fixed_point_q31(1e-12, 0).multiplier, 0);
    EXPECT_THROW(fixed_point_q31(-0.5, 0), InputError);
    EXPECT_THROW(fixed_point_q31(2e9, 0), InputError);
}

TEST(FixedPoint, AffineByTheOnnxRuleIsExactWhereItsBiasFits)
{
    const float a = -0.0371f, in = 0.02f, out = 0.25f;
    const auto e = exact_affine({a, in}, out, 3.0);
    const auto real = [](const imc_requant& r, std::int64_t of) {
        return std::ldexp(static_cast<long double>(of), r.shift) / r.divisor;
    };
    EXPECT_EQ(real(e, e.multiplier), static_cast<long double>(a) * in / out);
    EXPECT_NEAR(static_cast<double>(real(e, e.bias)), 3.0, 1e-12);
    // a scale of 2^-60 beside an offset of 1000 codes: 2^61 holds both only with a shorter factor
    const auto far = exact_affine({std::ldexp(1.1f, -60)}, 1.0f, 1000.0);
    EXPECT_LT(std::llabs(far.bias), std::int64_t{1} << 61);
    EXPECT_NEAR(static_cast<double>(real(far, far.bias)), 1000.0, 1e-9);
    EXPECT_EQ(exact_affine({0.0f}, 0.5f, -7.0).multiplier, 0);
    EXPECT_EQ(static_cast<double>(
                  real(exact_affine({0.0f}, 0.5f, -7.0), exact_affine({0.0f}, 0.5f, -7.0).bias)),
              -7.0);
}

TEST(FixedPoint, SumsOfScalesTooFarApartAreRefused)
{
    EXPECT_NO_THROW(exact_sum({0.1f, 0.1f * 1000}, 1.0f));
    EXPECT_THROW(exact_sum({0.1f, 0.1f * 30000}, 1.0f), InputError);
}

}  // namespace
