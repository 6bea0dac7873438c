// SPDX-License-Identifier: Apache-2.0
#include "reference/arithmetic.h"

#include <gtest/gtest.h>

namespace {

using namespace imc::reference;

Scaling scaling(imc_requant_kind kind, std::int64_t multiplier, std::int32_t shift,
                std::int64_t divisor = 0, std::int64_t bias = 0)
{
    return {kind, {bias, multiplier, divisor, shift, 0}};
}

TEST(RoundHalfEven, TiesGoToTheEvenNeighbour)
{
    EXPECT_EQ(round_half_even(5, -1, 1), 2);  // 2.5
    EXPECT_EQ(round_half_even(7, -1, 1), 4);  // 3.5
    EXPECT_EQ(round_half_even(-5, -1, 1), -2);
    EXPECT_EQ(round_half_even(-3, -1, 1), -2);  // -1.5
    EXPECT_EQ(round_half_even(3, -1, 3), 0);    // 0.5 as 3 / 6
    EXPECT_EQ(round_half_even(9, -1, 3), 2);    // 1.5 as 9 / 6
    EXPECT_EQ(round_half_even(5, 0, 2), 2);
    EXPECT_EQ(round_half_even(1024, 0, 3), 341);
    EXPECT_EQ(round_half_even(1, 10, 3), 341);
}

TEST(RoundHalfEven, AgreesWithComparingDistances)
{
    for (int exponent = -4; exponent <= 3; ++exponent)
        for (int denominator = 1; denominator <= 9; ++denominator)
            for (int numerator = -200; numerator <= 200; ++numerator) {
                // value = n / d with whole n and d
                const int n = exponent > 0 ? numerator << exponent : numerator;
                const int d = exponent < 0 ? denominator << -exponent : denominator;
                const auto q = static_cast<int>(round_half_even(numerator, exponent, denominator));
                const int twice = 2 * std::abs(n - q * d);
                EXPECT_LE(twice, d) << numerator << " 2^" << exponent << " / " << denominator;
                if (twice == d) {
                    EXPECT_EQ(q % 2, 0) << numerator << " 2^" << exponent << " / " << denominator;
                }
            }
}

TEST(RoundHalfEven, ExtremeExponentsVanishOrSaturate)
{
    EXPECT_EQ(round_half_even(12345, -200, 7), 0);
    EXPECT_EQ(round_half_even(-1, -126, 1), 0);
    EXPECT_EQ(round_half_even(1, 200, 3), std::int64_t{1} << 62);
    EXPECT_EQ(round_half_even(-1, 200, 3), -(std::int64_t{1} << 62));
    EXPECT_EQ(round_half_even(0, 1000, 3), 0);
}

TEST(Dyadic, AddsHalfAndShifts)
{
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_DYADIC, 1, 1), 5), 3);    // floor(2.5 + 0.5)
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_DYADIC, 1, 1), -5), -2);  // floor(-2.5 + 0.5)
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_DYADIC, 3, 0), -5), -15);
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_DYADIC, 1'000'000'007, 40), Wide{1} << 45),
              32'000'000'224);
}

TEST(Tflite, FollowsGemmlowp)
{
    constexpr std::int64_t half = std::int64_t{1} << 30;  // 0.5 in Q31
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_TFLITE, half, 0), 100), 50);
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_TFLITE, half, 0), 3), 2);
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_TFLITE, half, 0), -3),
              -1);  // (-4 x 2^30 + 1) / 2^31 cut to -1
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_TFLITE, half, -1), 102), 26);  // 51 / 2, away from zero
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_TFLITE, half, -1), -102), -26);
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_TFLITE, half, 3), 100), 400);
    EXPECT_EQ(rescale(scaling(IMC_REQUANT_TFLITE, half, 30), 100),
              1 << 30);  // 100 x 2^30 saturates to 2^31 - 1
}

TEST(Mean, EachKindRoundsItsOwnWay)
{
    EXPECT_EQ(rescale_mean(scaling(IMC_REQUANT_NONE, 0, 0), 10, 4), 3);  // 2.5 away from zero
    EXPECT_EQ(rescale_mean(scaling(IMC_REQUANT_NONE, 0, 0), -10, 4), -3);
    EXPECT_EQ(rescale_mean(scaling(IMC_REQUANT_ONNX, 1, 0, 1), 10, 4), 2);  // to even
    EXPECT_EQ(rescale_mean(scaling(IMC_REQUANT_DYADIC, 1, 0), 10, 4), 3);   // half up
    EXPECT_EQ(rescale_mean(scaling(IMC_REQUANT_DYADIC, 1, 0), -10, 4), -2);
    EXPECT_EQ(rescale_mean(scaling(IMC_REQUANT_DYADIC, 3, 1, 0, 2), 10, 4),
              7);  // (10 + 8) x 3 / 8 = 6.75
}

TEST(Product, BiasCountsInUnitsOfTheProduct)
{
    EXPECT_EQ(rescale_product(scaling(IMC_REQUANT_DYADIC, 3, 2, 0, 5), 7),
              7);  // 26 / 4 = 6.5, half up
    EXPECT_EQ(rescale_product(scaling(IMC_REQUANT_ONNX, 3, -2, 1, 5), 7), 6);  // to even
    EXPECT_EQ(rescale_product(scaling(IMC_REQUANT_NONE, 0, 0, 0, 5), 7), 12);
}

}  // namespace
