// SPDX-License-Identifier: Apache-2.0
/// docs/numbers.md against hand calculation and against an independent long-division evaluation.
#include "digital/kernel/requantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "common/error.h"
#include "support/requant_entry.h"
#include "support/simd_levels.h"

namespace {

using namespace imc::digital;
using imc::test::requant_entry;

std::vector<std::int32_t> run(imc_requant_kind kind, const imc_requant& r, OutputRange range,
                              const std::vector<std::int64_t>& acc)
{
    std::vector<std::int32_t> out(acc.size());
    Requantizer(kind, {r}, range).run(acc.data(), 1, static_cast<int>(acc.size()), out.data());
    return out;
}

using Codes = std::vector<std::int32_t>;
constexpr OutputRange wide{-1000, 1000, 0};

TEST(Dyadic, RoundsHalfUp)  // x * 3 / 2: 1.5, 2.5 -> not representable; hand values
{
    EXPECT_EQ(run(IMC_REQUANT_DYADIC, requant_entry(0, 1, 1), wide, {-3, -1, 1, 3, 4}),
              (Codes{-1, 0, 1, 2, 2}));
    EXPECT_EQ(run(IMC_REQUANT_DYADIC, requant_entry(10, 1, 0), {0, 255, 3}, {-20, 5, 500}),
              (Codes{0, 18, 255}));
}

TEST(Onnx, RoundsHalfToEvenAndClamps)
{
    EXPECT_EQ(run(IMC_REQUANT_ONNX, requant_entry(0, 1, -1), wide, {-3, -1, 1, 3, 5}),
              (Codes{-2, 0, 0, 2, 2}));
    EXPECT_EQ(run(IMC_REQUANT_ONNX, requant_entry(0, 1, 0, 3), wide, {1, 2, 4, 5, -5}),
              (Codes{0, 1, 1, 2, -2}));
    EXPECT_EQ(run(IMC_REQUANT_ONNX, requant_entry(1, 1, -1), {0, 255, 128}, {-1000, 0, 1000}),
              (Codes{0, 128, 255}));
}

TEST(Onnx, TiesNoDoubleCanSeeAreStillExact)
{
    // x * M / 2^e is 2^-60 above a tie: nearest is up, a double rounds to the tie and then to even.
    const std::int64_t m = (std::int64_t{1} << 60) + 1;
    EXPECT_EQ(run(IMC_REQUANT_ONNX, requant_entry(0, m, -61), wide, {1, -1}), (Codes{1, -1}));
    EXPECT_EQ(run(IMC_REQUANT_ONNX, requant_entry(0, m - 2, -61), wide, {1, -1}), (Codes{0, 0}));
    EXPECT_EQ(run(IMC_REQUANT_ONNX, requant_entry(0, m - 1, -61), wide, {1, 3}), (Codes{0, 2}));
}

TEST(Onnx, ExtremeExponentsSaturateOrVanish)
{
    EXPECT_EQ(run(IMC_REQUANT_ONNX, requant_entry(0, 1, 2000), wide, {1, 0, -1}),
              (Codes{1000, 0, -1000}));
    EXPECT_EQ(run(IMC_REQUANT_ONNX, requant_entry(0, 1, -2000), wide, {1ll << 60, 0, -1}),
              (Codes{0, 0, 0}));
}

TEST(Tflite, EqualsGemmlowpByHand)
{
    // M = 2^30 (0.5), shift -1: x / 4, each step half away from zero: 2 -> 1 -> 0.5 -> 1
    EXPECT_EQ(run(IMC_REQUANT_TFLITE, requant_entry(0, 1 << 30, -1), wide, {2, -2, 1, -1, 6, 100}),
              (Codes{1, -1, 1, 0, 2, 25}));
    EXPECT_EQ(run(IMC_REQUANT_TFLITE, requant_entry(0, 1 << 30, 1), wide, {7, -7}), (Codes{7, -7}));
}

/// Rounds a rational half to even by trying both neighbours, with long double as a starting point
/// only.
std::int64_t nearest_even(__int128 n, __int128 d)
{
    __int128 q = n / d;
    if (q * d > n) --q;  // floor
    const __int128 twice = 2 * (n - q * d);
    if (twice > d || (twice == d && q % 2 != 0)) ++q;
    return static_cast<std::int64_t>(q);
}

using Levels = imc::test::SimdLevels;

TEST_P(Levels, RandomConstantsEqualExactRationals)
{
    std::mt19937_64 random(5);
    const auto pick = [&](std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random);
    };
    for (int trial = 0; trial < 3000; ++trial) {
        const std::int64_t limit = std::int64_t{1} << pick(4, 44);
        std::vector<std::int64_t> acc(37);
        for (auto& a : acc)
            a = pick(-limit, limit);
        const bool onnx = trial % 2 == 0;
        const std::int64_t m = pick(1, (std::int64_t{1} << pick(1, 47)) - 1);
        const int c = static_cast<int>(std::log2(static_cast<double>(m)) +
                                       std::log2(static_cast<double>(limit)) - pick(0, 8));
        const imc_requant r = requant_entry(pick(-limit, limit), m,
                                            onnx ? -std::max(c, 0) : std::min(std::max(c, 0), 62),
                                            onnx ? pick(1, 1 << 10) : 1);
        const OutputRange range{-128, 127, static_cast<std::int32_t>(pick(-5, 5))};
        const auto out = run(onnx ? IMC_REQUANT_ONNX : IMC_REQUANT_DYADIC, r, range, acc);
        for (std::size_t i = 0; i < acc.size(); ++i) {
            const __int128 product = static_cast<__int128>(acc[i] + r.bias) * m;
            const __int128 denominator = static_cast<__int128>(r.divisor) << std::abs(r.shift);
            __int128 half_up = 2 * product + denominator;  // floor(x + 1/2) = floor((2n + d) / 2d)
            __int128 q = half_up / (2 * denominator);
            if (q * 2 * denominator > half_up) --q;
            if (denominator == 1) q = product;
            const std::int64_t expected =
                (onnx ? nearest_even(product, denominator) : static_cast<std::int64_t>(q)) +
                range.zero_point;
            ASSERT_EQ(out[i], std::min<std::int64_t>(std::max<std::int64_t>(expected, -128), 127))
                << trial;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Simd, Levels,
                         testing::Values(imc::SimdLevel::portable, imc::SimdLevel::avx2,
                                         imc::SimdLevel::avx512),
                         [](const auto& info) { return std::string(imc::to_string(info.param)); });

TEST(Affine, KeepsTheBiasInUnitsOfTheProduct)
{
    std::vector<std::int32_t> codes{10, -10, 1}, out(3);
    Requantizer(IMC_REQUANT_DYADIC, {requant_entry(3, 5, 2)}, wide)
        .run_affine(codes.data(), 1, 3, out.data());
    EXPECT_EQ(out, (Codes{13, -12, 2}));  // (53, -47, 8) / 4 = 13.25, -11.75, 2
}

TEST(Requantizer, RefusesConstantsOutsideOfTheSpecification)
{
    EXPECT_THROW(Requantizer(IMC_REQUANT_DYADIC, {requant_entry(0, 1, 63)}, wide), imc::InputError);
    EXPECT_THROW(Requantizer(IMC_REQUANT_ONNX, {requant_entry(0, 1, 0, 0)}, wide), imc::InputError);
    EXPECT_THROW(Requantizer(IMC_REQUANT_TFLITE, {requant_entry(0, -1, 0)}, wide), imc::InputError);
    EXPECT_THROW(Requantizer(IMC_REQUANT_NONE, {}, wide), imc::InputError);
    EXPECT_THROW(Requantizer(IMC_REQUANT_NONE, {requant_entry(0, 0, 0)}, {1, 0, 0}),
                 imc::InputError);
    EXPECT_THROW(Requantizer(static_cast<imc_requant_kind>(9), {requant_entry(0, 0, 0)}, wide),
                 imc::InputError);
}

}  // namespace
