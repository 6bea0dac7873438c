// SPDX-License-Identifier: Apache-2.0
/// Cycles and time against the numbers of the BF-IMNA fact sheet (reference/bf-imna.md, sections 7
/// to 11).
#include <gtest/gtest.h>

#include <algorithm>

#include "associative/cost/energy.h"
#include "associative/cost/layer_cost.h"
#include "common/error.h"
#include "network_rows.h"

namespace imc::associative {
namespace {

TEST(LayerCost, UnitChecksOfSection11)
{
    const Config config;
    const GemmCost conv = gemm_cost(config, {64, 576, 3136, 8, 8});
    EXPECT_EQ(conv.steps, 7u);
    EXPECT_EQ(conv.multiply_cycles, 512u);
    EXPECT_EQ(conv.reduction.cycles(), 417u);
    EXPECT_EQ(conv.load_cycles, 16u);
    EXPECT_EQ(conv.read_cycles, 26u);
    EXPECT_EQ(conv.cycles(), 6797u);
    const GemmCost narrow = gemm_cost(config, {512, 4608, 49, 4, 4});
    EXPECT_EQ(narrow.multiply_cycles, 128u);
    EXPECT_EQ(narrow.reduction.cycles(), 443u);
    EXPECT_EQ(narrow.cycles(), 4200u);
    const GemmCost fc = gemm_cost(config, {4096, 25088, 1, 8, 8});
    EXPECT_EQ(fc.segments, 6u);
    EXPECT_EQ(fc.steps, 6u);
    EXPECT_EQ(fc.cycles(), 13836u);
}

TEST(LayerCost, CyclesByActivityAddUp)
{
    Config config;
    for (const Reduction mode : {Reduction::carry_save_tree, Reduction::ripple_tree,
                                 Reduction::serial_carry_save, Reduction::row_io}) {
        config.reduction = mode;
        config.load = LoadMode::network;
        config.preset_cycle = true;
        const GemmCost cost = gemm_cost(config, {64, 576, 3136, 8, 8});
        EXPECT_EQ(cost.cycles(), cost.compare_cycles() + cost.write_cycles() +
                                     cost.read_only_cycles() + cost.link_only_cycles());
    }
}

TEST(LayerCost, ReductionModesTakeTheCyclesOfSection7)
{
    // L = 1152 rows of 16 bits: 11 levels.
    EXPECT_EQ(array_reduction(Reduction::carry_save_tree, 1152, 16).cycles(),
              11u + 22u * 10u + 8u * 27u);
    std::uint64_t ripple = 0;
    for (int q = 0; q < 11; ++q) {
        ripple += 8 * (16 + q);
    }
    EXPECT_EQ(array_reduction(Reduction::ripple_tree, 1152, 16).cycles(), ripple);
    EXPECT_EQ(array_reduction(Reduction::serial_carry_save, 1152, 16).cycles(),
              11u * 1151u + 8u * 27u);
    EXPECT_EQ(array_reduction(Reduction::row_io, 1152, 16).cycles(), 2u * 1151u + ripple);
    EXPECT_EQ(array_reduction(Reduction::carry_save_tree, 1, 16).cycles(), 0u);
}

TEST(Energy, VoltageScalesEnergyBySquareAndDelayByTheAlphaPowerLaw)
{
    EXPECT_DOUBLE_EQ(energy_scale(0.5), 0.25);
    EXPECT_DOUBLE_EQ(delay_scale(1.0), 1.0);
    EXPECT_NEAR(delay_scale(0.5), 3.363, 0.001);  // 0.5 / 0.15^1.3 over 1 / 0.65^1.3
    EXPECT_THROW(delay_scale(0.3), InputError);
}

TEST(Energy, ReramPassesTakeElevenNanoseconds)
{
    Config reram;
    reram.write_ns = 10.0;
    EXPECT_EQ(duration_ps(reram, 256, 256), 256u * 11000u);  // section 10: 2.8 us a MAC
    EXPECT_EQ(duration_ps(Config{}, gemm_cost(Config{}, {64, 576, 3136, 8, 8})), 6797000u);
}

TEST(Energy, ReramLifetimeIsWeeksAtBest)
{
    // Section 10: 1.3 + 0.5 writes a cell in 2.8 us: 1e12 writes are used up after about 18 days.
    EXPECT_NEAR(lifetime_s(1e12, 1.8, 2.816e-6) / 86400.0, 18.0, 0.2);
}

/// Section 1.10 and issue: 48 columns for 8 x 8 bits, 80 for 16 x 16.
TEST(Columns, OfAProductRow)
{
    GemmShape shape;
    shape.length = 4608;
    EXPECT_EQ(product_columns(shape), 8 + 8 + 29 + 3);
    shape.weight_bits = shape.activation_bits = 16;
    EXPECT_EQ(product_columns(shape), 80);
    Config config;
    EXPECT_NO_THROW(check_product_columns(config, shape));
    config.columns = 79;
    EXPECT_THROW(check_product_columns(config, shape), InputError);
}

/// Layer 64 x 576 x 3136 cut into 56 bands: a cluster makes 64 channels x 56 positions. 64 arrays
/// of 8 dot products make 512 a step, hence 7 steps; 23 positions of 23 channels are 46 rows of 576
/// x 8 bits over 1,024 a cycle: 207 cycles, where columns alone take 16.
TEST(ClusterCost, OperandsComeOverThePortOfTheMemoryAp)
{
    Config config;
    config.load = LoadMode::network;
    GemmShape share;
    share.channels = 64;
    share.length = 576;
    share.positions = 56;
    const GemmCost cost = cluster_cost(config, share);
    EXPECT_EQ(cost.steps, 7u);
    EXPECT_EQ(cost.operand_bits, 46u * 576 * 8);
    EXPECT_EQ(cost.load_cycles + cost.link_cycles, 207u);
    EXPECT_EQ(cost.cycles(), 7u * (207 + 512 + (11 + 22 * 9 + 8 * 26) + 26));
    config.link_bits = 65536;  // the columns are slower
    EXPECT_EQ(cluster_cost(config, share).cycles(), 7u * (16 + 512 + (11 + 22 * 9 + 8 * 26) + 26));
}

/// A batch shares weights: what an image costs in operands never grows with it.
TEST(ClusterCost, ABatchMakesNoImageDearer)
{
    Config config;
    config.load = LoadMode::network;
    for (const Row& row : resnet18) {
        GemmShape share = shape(row, 8);
        share.positions = std::max<std::uint64_t>(1, row.positions / 64);
        const auto bits_an_image = [&](std::uint64_t batch) {
            GemmShape all = share;
            all.positions *= batch;
            const GemmCost cost = cluster_cost(config, all);
            return static_cast<double>(cost.steps * cost.operand_bits) / static_cast<double>(batch);
        };
        EXPECT_LE(bits_an_image(8), bits_an_image(1)) << row.length;
        EXPECT_LE(bits_an_image(64), bits_an_image(8)) << row.length;
    }
}

/// 32 groups of 4 channels x 100 positions, 1,000 dot products a step: two whole groups, 2 x (4 +
/// 100) rows, and 200 of the third: 4 + 50 rows. 24 are in one group, 4 x 6.
TEST(OperandTile, GroupsBringTheirOwnActivations)
{
    GemmShape grouped;
    grouped.channels = 128;
    grouped.groups = 32;
    grouped.length = 36;
    grouped.positions = 100;
    EXPECT_EQ(operand_tile(grouped, 1000).bits, 36u * 8 * (2 * 104 + 54));
    EXPECT_EQ(operand_tile(grouped, 24).bits, 36u * 8 * 10);
    grouped.groups = 1;  // 31 x 33 cover them
    EXPECT_EQ(operand_tile(grouped, 1000).bits, 36u * 8 * 64);
    EXPECT_EQ(operand_tile(grouped, 128 * 100).bits, 36u * 8 * 228);
}

}  // namespace
}  // namespace imc::associative
