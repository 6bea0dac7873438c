// SPDX-License-Identifier: Apache-2.0
/// The integer product against naive loops, over random shapes, formats and SIMD levels.
#include "crossbar/kernel/gemm.h"

#include <gtest/gtest.h>

#include <random>

#include "models/crossbar/naive_conv.h"
#include "support/simd_levels.h"

namespace {

using namespace imc::crossbar;
using imc::SimdLevel;
using imc::test::Problem;

std::vector<std::int64_t> run_gemm(const Problem& problem)
{
    const RowShape& s = problem.shape;
    Patches patches(s, problem.format, Encoding::offset, SlotLayout::dense(s.k(), 4));
    const auto rows = problem.row_pointers();
    patches.gather(rows.data(), problem.pad_code);
    std::vector<std::int64_t> acc(static_cast<std::size_t>(s.out_channels) * s.out_width);
    for (int g = 0; g < s.groups; ++g) {
        const std::size_t first = static_cast<std::size_t>(g) * s.outputs_per_group();
        const PackedMatrix matrix(problem.weights.data() + first * s.k(), s.outputs_per_group(),
                                  s.k());
        matrix.multiply(patches, g, acc.data() + first * s.out_width);
    }
    return acc;
}

using GemmLevels = imc::test::SimdLevels;

TEST_P(GemmLevels, EqualsNaiveLoopsOnRandomLayers)
{
    std::mt19937 random(1);
    for (int trial = 0; trial < 120; ++trial) {
        const Problem problem = Problem::random(random);
        ASSERT_EQ(run_gemm(problem), problem.naive())
            << "trial " << trial << ": " << problem.describe();
    }
}

TEST_P(GemmLevels, SixteenBitExtremesOver4608RowsNeed45BitsAndAreExact)
{
    Problem problem;
    problem.shape.in_channels = 4608;
    problem.shape.out_channels = 17;
    problem.format = {16, false};
    problem.weights.assign(4608 * 17, -32768);
    problem.input = {std::vector<std::int32_t>(4608, 65535)};
    const auto acc = run_gemm(problem);
    EXPECT_EQ(acc.front(), -32768ll * 65535 * 4608);
    EXPECT_EQ(acc.back(), -32768ll * 65535 * 4608);
}

TEST_P(GemmLevels, SumsBeyondInt32AreCarriedInSegments)
{
    Problem problem;
    problem.shape.in_channels = 150000;
    problem.weights.assign(150000, -128);
    problem.input = {std::vector<std::int32_t>(150000, 255)};
    EXPECT_EQ(run_gemm(problem).front(), -128ll * 255 * 150000);
}

INSTANTIATE_TEST_SUITE_P(Simd, GemmLevels,
                         testing::Values(SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512),
                         [](const auto& info) { return std::string(imc::to_string(info.param)); });

TEST(Patches, RefusesACodeOutsideOfItsFormat)
{
    Problem problem;
    problem.weights = {1};
    problem.input = {{256}};
    EXPECT_THROW(run_gemm(problem), imc::InputError);
}

TEST(CpuFeatures, RefusesUnknownNames)
{
    EXPECT_EQ(imc::simd_level_from_string("avx2"), SimdLevel::avx2);
    EXPECT_THROW(imc::simd_level_from_string("avx1024"), imc::InputError);
}

}  // namespace
