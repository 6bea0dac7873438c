// SPDX-License-Identifier: Apache-2.0
/// Cycles, energy and time against the numbers of the BF-IMNA fact sheet (reference/bf-imna.md,
/// sections 7 to 11).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "associative/cost/energy.h"
#include "associative/cost/layer_cost.h"
#include "common/error.h"

namespace imc::associative {
namespace {

struct Row {
    std::uint64_t channels;
    std::uint64_t length;
    std::uint64_t positions;
};

/// Section 2: ResNet-18, conv1 to fc.
const std::vector<Row> resnet18 = {
    {64, 147, 12544}, {64, 576, 3136},  {64, 576, 3136}, {64, 576, 3136},  {64, 576, 3136},
    {128, 576, 784},  {128, 1152, 784}, {128, 64, 784},  {128, 1152, 784}, {128, 1152, 784},
    {256, 1152, 196}, {256, 2304, 196}, {256, 128, 196}, {256, 2304, 196}, {256, 2304, 196},
    {512, 2304, 49},  {512, 4608, 49},  {512, 256, 49},  {512, 4608, 49},  {512, 4608, 49},
    {1000, 512, 1}};

const std::vector<Row> alexnet = {{64, 363, 3025},  {192, 1600, 729}, {384, 1728, 169},
                                  {256, 3456, 169}, {256, 2304, 169}, {4096, 9216, 1},
                                  {4096, 4096, 1},  {1000, 4096, 1}};

const std::vector<Row> vgg16 = {
    {64, 27, 50176},   {64, 576, 50176},  {128, 576, 12544}, {128, 1152, 12544},
    {256, 1152, 3136}, {256, 2304, 3136}, {256, 2304, 3136}, {512, 2304, 784},
    {512, 4608, 784},  {512, 4608, 784},  {512, 4608, 196},  {512, 4608, 196},
    {512, 4608, 196},  {4096, 25088, 1},  {4096, 4096, 1},   {1000, 4096, 1}};

/// ResNet-50 with the stride in the 3 x 3 convolutions.
std::vector<Row> resnet50()
{
    std::vector<Row> rows = {{64, 147, 12544}};
    std::uint64_t in = 64;
    std::uint64_t width = 64;
    std::uint64_t side = 56;
    for (const int blocks : {3, 4, 6, 3}) {
        for (int b = 0; b < blocks; ++b) {
            const std::uint64_t in_side = b == 0 && width != 64 ? 2 * side : side;
            rows.push_back({width, in, in_side * in_side});
            rows.push_back({width, 9 * width, side * side});
            rows.push_back({4 * width, width, side * side});
            if (b == 0) {
                rows.push_back({4 * width, in, side * side});
            }
            in = 4 * width;
        }
        width *= 2;
        side /= 2;
    }
    rows.push_back({1000, 2048, 1});
    return rows;
}

GemmShape shape(const Row& row, int bits)
{
    return {row.channels, row.length, row.positions, bits, bits};
}

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

TEST(LayerCost, OperationsOfSection8)
{
    EXPECT_EQ(add_in_place_cycles(8), 89u);
    EXPECT_EQ(add_out_of_place_cycles(8), 16u + 80u + 9u);
    EXPECT_EQ(multiply_cycles(8, 8), 16u + 512u + 16u);
    EXPECT_EQ(relu_cycles(8, false), 8u + 16u + 8u);
    EXPECT_EQ(relu_cycles(8, true), 8u + 2u + 8u);
    EXPECT_EQ(max_cycles(8), 16u + 48u + 1u + 8u);
    // 112 x 112 -> 56 x 56 x 64 windows of 3 x 3, all at once on 19.7 M rows
    EXPECT_EQ(max_pool_cycles(Config{}, 56 * 56 * 64, 9, 8), 8u * 49u);
}

/// Sum over layers of cycles (ns at 1 GHz) and energy by the fact sheet's way of counting.
struct Total {
    std::uint64_t cycles = 0;
    double energy_j = 0.0;
};

Total total_of(const std::vector<Row>& rows, const std::vector<int>& bits, Resources resources,
               const Energies& energies)
{
    Config config;
    config.resources = resources;
    Total total;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const int b = bits.size() == 1 ? bits[0] : bits[i];
        const double written = b == 8 ? 20.44 : b == 4 ? 4.5 : 1.0;  // section 10
        total.cycles += gemm_cost(config, shape(rows[i], b)).cycles();
        total.energy_j += energy_j(fact_sheet_counts(shape(rows[i], b), written), energies, 1.0);
    }
    return total;
}

std::vector<int> bits_of(const std::string& text)
{
    std::vector<int> bits;
    for (const char c : text) {
        bits.push_back(c - '0');
    }
    return bits;
}

TEST(FactSheet, HawqTableOfSection11)
{
    struct Expected {
        const char* bits;
        double latency_ms;
        double energy_mj;
        double edp;
    };
    const Expected rows[] = {{"844444444444444444448", 0.0650, 2.270, 147.7},
                             {"888848484444444444448", 0.0771, 3.272, 252.3},
                             {"888888488488844848448", 0.0915, 4.430, 405.3},
                             {"888888888488884848848", 0.1012, 5.275, 534.0},
                             {"888888888888888888888", 0.1142, 6.401, 731.2}};
    Energies energies;
    energies.compare_fj = 10.8;
    energies.read_fj = 0.5;  // section 11 charges every I/O bit like a write
    double last_edp = 0.0;
    for (const Expected& expected : rows) {
        const Total total =
            total_of(resnet18, bits_of(expected.bits), Resources::limited, energies);
        const double ms = static_cast<double>(total.cycles) * 1e-6;
        const double edp = total.energy_j * static_cast<double>(total.cycles) * 1e-9 * 1e9;
        EXPECT_NEAR(ms, expected.latency_ms, 0.00006);
        EXPECT_NEAR(total.energy_j * 1e3, expected.energy_mj, 0.001 * expected.energy_mj);
        EXPECT_NEAR(edp, expected.edp, 0.001 * expected.edp);
        EXPECT_GT(edp, last_edp);
        last_edp = edp;
    }
}

TEST(FactSheet, NetworkTableOfSection11)
{
    struct Expected {
        std::vector<Row> rows;
        int bits;
        double limited_ms;
        double unlimited_us;
        double energy_mj;
    };
    const Expected table[] = {
        {alexnet, 2, 0.019, 3.4, 0.28},     {alexnet, 4, 0.025, 4.5, 0.78},
        {alexnet, 8, 0.046, 8.2, 2.52},     {vgg16, 2, 0.355, 6.8, 6.11},
        {vgg16, 4, 0.468, 9.0, 16.9},       {vgg16, 8, 0.851, 16.4, 54.6},
        {resnet50(), 2, 0.093, 19.0, 1.61}, {resnet50(), 4, 0.128, 26.3, 4.46},
        {resnet50(), 8, 0.245, 51.4, 14.4}};
    Energies energies;
    energies.compare_fj = 10.8;
    energies.read_fj = 0.5;
    for (const Expected& expected : table) {
        const Total limited =
            total_of(expected.rows, {expected.bits}, Resources::limited, energies);
        const Total unlimited =
            total_of(expected.rows, {expected.bits}, Resources::unlimited, energies);
        EXPECT_NEAR(static_cast<double>(limited.cycles) * 1e-6, expected.limited_ms, 0.0006);
        EXPECT_NEAR(static_cast<double>(unlimited.cycles) * 1e-3, expected.unlimited_us, 0.06);
        EXPECT_NEAR(limited.energy_j * 1e3, expected.energy_mj, 0.01 * expected.energy_mj);
    }
}

TEST(FactSheet, PeakThroughputOfTheHonestMicrocode)
{
    // Section 1.10: one MAC a row in 8 M^2 cycles of the 64 x 64 x 4,800 rows gives 72 TOPS at 8
    // bits.
    const double rows = 4096.0 * 4800.0;
    EXPECT_NEAR(2.0 * rows / static_cast<double>(multiply_cycles(8, 8)) * 1e-3, 72.0, 0.5);
    EXPECT_NEAR(2.0 * rows / static_cast<double>(multiply_cycles(16, 16)) * 1e-3, 18.6, 0.2);
    EXPECT_NEAR(2.0 * rows / static_cast<double>(multiply_cycles(1, 1)) * 1e-3, 3277.0, 1.0);
}

TEST(Energy, AMacOf8BitsCostsAPicojouleBottomUp)
{
    // Section 10: 256 compares of 4 fJ and 20.4 written cells; SRAM 1.03 pJ, ReRAM 21.5 pJ.
    Counts counts;
    counts.row_compares = 256000;
    counts.written = 20440;
    EXPECT_NEAR(energy_j(counts, Energies{}, 1.0) * 1e9, 1.03, 0.005);
    Energies reram;
    reram.write_fj = 1000.0;
    EXPECT_NEAR(energy_j(counts, reram, 1.0) * 1e9, 21.5, 0.05);
}

TEST(Energy, VoltageScalesEnergyBySquareAndDelayByTheAlphaPowerLaw)
{
    Counts counts;
    counts.row_compares = 1000;
    EXPECT_DOUBLE_EQ(energy_j(counts, Energies{}, 0.5), 0.25 * energy_j(counts, Energies{}, 1.0));
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

TEST(Energy, AreaOfTheArrays)
{
    Config config;
    config.columns = 64;
    EXPECT_NEAR(array_area_mm2(config, 0.22), 4096 * 4800 * 64 * 0.22e-6, 1e-9);
}

TEST(Energy, EstimatesForUniformOperandsComeNearCountedOnes)
{
    const GemmShape product{16, 64, 8, 8, 8};
    GemmConfig gemm_config;
    std::vector<std::int32_t> weights(16 * 64);
    std::vector<std::uint16_t> activations(8 * 64);
    std::uint32_t state = 1;
    for (auto& w : weights) {
        state = state * 1664525u + 1013904223u;
        w = static_cast<std::int32_t>(state >> 24) - 128;
    }
    for (auto& a : activations) {
        state = state * 1664525u + 1013904223u;
        a = static_cast<std::uint16_t>(state >> 24);
    }
    std::vector<std::int64_t> sums(16 * 8);
    const Counts counted =
        Gemm(gemm_config, weights.data(), 16, 64).run(activations.data(), 8, sums.data());
    const Counts estimate = estimated_counts(Config{}, product);
    EXPECT_EQ(estimate.row_compares, counted.row_compares);
    EXPECT_EQ(estimate.column_compares, counted.column_compares);
    EXPECT_EQ(estimate.compare_cycles, counted.compare_cycles);
    EXPECT_EQ(estimate.write_cycles, counted.write_cycles);
    EXPECT_NEAR(static_cast<double>(estimate.written), static_cast<double>(counted.written),
                0.1 * static_cast<double>(counted.written));
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
/// of 8 dot products make 512 a step, hence 7 steps; 56 positions of 10 channels are 66 rows of 576
/// x 8 bits over 1,024 a cycle: 297 cycles, where columns alone take 16.
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
    EXPECT_EQ(cost.operand_bits, 66u * 576 * 8);
    EXPECT_EQ(cost.load_cycles + cost.link_cycles, 297u);
    EXPECT_EQ(cost.cycles(), 7u * (297 + 512 + (11 + 22 * 9 + 8 * 26) + 26));
    config.link_bits = 65536;  // the columns are slower
    EXPECT_EQ(cluster_cost(config, share).cycles(), 7u * (16 + 512 + (11 + 22 * 9 + 8 * 26) + 26));
}

}  // namespace
}  // namespace imc::associative
