// SPDX-License-Identifier: Apache-2.0
/// The tables of section 11 of the fact sheet: cycles by the models' formulas, energy as the sheet
/// counts it.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "associative/cost/layer_cost.h"
#include "associative/kernel/counts.h"
#include "network_rows.h"

namespace imc::associative {
namespace {

/// fJ at 1 V (section 6).
struct Energies {
    double compare_fj = 4.0, write_fj = 0.5, load_fj = 0.5, read_fj = 0.1;
};

double energy_j(const Counts& counts, const Energies& energies)
{
    const double lines =
        static_cast<double>(counts.row_compares) + static_cast<double>(counts.column_compares);
    return 1e-15 *
           (lines * energies.compare_fj + static_cast<double>(counts.written) * energies.write_fj +
            static_cast<double>(counts.io_bits_in) * energies.load_fj +
            static_cast<double>(counts.io_bits_out) * energies.read_fj);
}

/// Without the two 2D tricks, as section 11 counts energy: ripple-tree passes, every level with
/// ceil(n / 2) pairs, 0.75 cells a column.
Counts fact_sheet_counts(const GemmShape& shape, double written_per_product)
{
    const std::uint64_t outputs = shape.channels * shape.positions;
    const std::uint64_t products = outputs * shape.length;
    double written = static_cast<double>(products) * written_per_product;
    Counts counts;
    counts.row_compares =
        products * 4 * static_cast<unsigned>(shape.weight_bits * shape.activation_bits);
    std::uint64_t nodes = shape.length;
    for (int level = 0; nodes > 1; ++level) {
        const std::uint64_t pairs = (nodes + 1) / 2;
        const std::uint64_t columns =
            outputs * pairs * static_cast<unsigned>(shape.product_bits() + level);
        counts.column_compares += 4 * columns;
        written += 0.75 * static_cast<double>(columns);
        nodes = pairs;
    }
    counts.written = static_cast<std::uint64_t>(std::llround(written));
    counts.io_bits_in = products * static_cast<unsigned>(shape.product_bits());
    counts.io_bits_out = outputs * static_cast<unsigned>(shape.sum_bits());
    return counts;
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
        total.energy_j += energy_j(fact_sheet_counts(shape(rows[i], b), written), energies);
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
    // Section 1.10: one MAC a row of the 64 x 64 x 4,800 in 8 M^2 cycles, 4 M for loading and
    // reading: 72 TOPS at 8 bits.
    const auto tops = [](int m) {
        const GemmCost cost = gemm_cost(Config{}, {64, 1, 4096 * 4800 / 64, m, m});
        EXPECT_EQ(cost.steps, 1u);
        return 2.0 * 4096.0 * 4800.0 / static_cast<double>(cost.cycles()) * 1e-3;
    };
    EXPECT_NEAR(tops(8), 72.0, 0.5);
    EXPECT_NEAR(tops(16), 18.6, 0.2);
    EXPECT_NEAR(tops(1), 3277.0, 1.0);
}

TEST(FactSheet, AMacOf8BitsCostsAPicojouleBottomUp)
{
    // Section 10: 256 compares of 4 fJ and 20.4 written cells; SRAM 1.03 pJ, ReRAM 21.5 pJ.
    Counts counts;
    counts.row_compares = 256000;
    counts.written = 20440;
    EXPECT_NEAR(energy_j(counts, Energies{}) * 1e9, 1.03, 0.005);
    Energies reram;
    reram.write_fj = 1000.0;
    EXPECT_NEAR(energy_j(counts, reram) * 1e9, 21.5, 0.05);
}

}  // namespace
}  // namespace imc::associative
