// SPDX-License-Identifier: Apache-2.0
/// Matrix products: against plain integer arithmetic, the two paths against each other.
#include "gemm_case.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/cpu_features.h"
#include "common/error.h"

namespace imc::associative {
namespace {

TEST(Gemm, FastPathGivesTheSumsAndCountsOfThePassExactPath)
{
    const Reduction modes[] = {Reduction::carry_save_tree, Reduction::ripple_tree,
                               Reduction::serial_carry_save, Reduction::row_io};
    for (std::uint64_t seed = 0; seed < 160; ++seed) {
        GemmConfig config;
        config.weight_bits = 1 + static_cast<int>(random_bits(1, seed) % 8);
        config.activation_bits = 1 + static_cast<int>(random_bits(2, seed) % 8);
        config.reduction = modes[seed % 4];
        config.array_rows = seed % 3 == 0 ? 1 + random_bits(6, seed) % 60 : 4800;
        config.expected_positions = seed % 2 == 0 ? 1 : 100;
        const Layer layer =
            random_layer(seed, config, 1 + random_bits(3, seed) % 70,
                         1 + random_bits(4, seed) % 150, 1 + random_bits(5, seed) % 20);
        std::vector<std::int64_t> fast;
        std::vector<std::int64_t> exact;
        const Counts fast_counts = run_layer(config, layer, fast);
        config.path = Path::pass_exact;
        const Counts exact_counts = run_layer(config, layer, exact);
        EXPECT_EQ(fast, exact);
        EXPECT_EQ(fast, plain_sums(layer));
        EXPECT_TRUE(fast_counts == exact_counts) << "seed " << seed;
        EXPECT_GT(fast_counts.cycles(), 0u);
    }
}

TEST(Gemm, SumsOf16BitOperandsAreExact)
{
    GemmConfig config;
    config.weight_bits = 16;
    config.activation_bits = 16;
    const Layer layer = random_layer(7, config, 3, 700, 9);
    std::vector<std::int64_t> sums;
    run_layer(config, layer, sums);
    EXPECT_EQ(sums, plain_sums(layer));
}

TEST(Gemm, ExtremeOperandsDoNotOverflow)
{
    GemmConfig config;
    Layer layer{2, 4608, 1, std::vector<std::int32_t>(2 * 4608, -128),
                std::vector<std::uint16_t>(4608, 255)};
    for (std::size_t k = 0; k < 4608; ++k) {
        layer.weights[4608 + k] = 127;
    }
    for (const Path path : {Path::fast, Path::pass_exact}) {
        config.path = path;
        std::vector<std::int64_t> sums;
        run_layer(config, layer, sums);
        EXPECT_EQ(sums, (std::vector<std::int64_t>{-128 * 255 * 4608, 127 * 255 * 4608}));
    }
}

TEST(Gemm, EveryInstructionSetGivesTheSameSumsAndCounts)
{
    const SimdLevel best = detected_simd_level();
    for (const Path path : {Path::fast, Path::pass_exact}) {
        GemmConfig config;
        config.path = path;
        const Layer layer = random_layer(3, config, 37, 90, 11);
        std::vector<std::int64_t> expected;
        set_simd_level(SimdLevel::portable);
        const Counts expected_counts = run_layer(config, layer, expected);
        for (const SimdLevel level : {SimdLevel::avx2, SimdLevel::avx512}) {
            if (level > best) {
                continue;
            }
            set_simd_level(level);
            std::vector<std::int64_t> sums;
            EXPECT_TRUE(run_layer(config, layer, sums) == expected_counts);
            EXPECT_EQ(sums, expected);
        }
        set_simd_level(best);
    }
}

TEST(Gemm, RefusesOperandsOutOfRange)
{
    const std::int32_t weights[] = {8};
    GemmConfig config;
    config.weight_bits = 4;
    EXPECT_THROW(Gemm(config, weights, 1, 1), InputError);
    config.weight_bits = 17;
    EXPECT_THROW(Gemm(config, weights, 1, 1), InputError);
    config.weight_bits = 8;
    config.activation_bits = 2;
    const Gemm gemm(config, weights, 1, 1);
    const std::uint16_t activation = 4;
    std::int64_t sum = 0;
    EXPECT_THROW(gemm.run(&activation, 1, &sum), InputError);
}

}  // namespace
}  // namespace imc::associative
