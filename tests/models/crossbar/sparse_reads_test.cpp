// SPDX-License-Identifier: Apache-2.0
/// Rows that SRE and SME skip, against plain counting on the codes.
#include "crossbar/cost/sparse_reads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "common/error.h"
#include "crossbar/kernel/programmed_array.h"
#include "models/crossbar/naive_conv.h"

namespace {

using namespace imc::crossbar;
using imc::test::Problem;

struct Expected {
    std::uint64_t reads = 0, drives = 0, conversions = 0, busiest = 0, merges = 0;
};

int digit(int weight, int slice, int cell_bits)
{
    return (std::abs(weight) >> (slice * cell_bits)) & ((1 << cell_bits) - 1);
}

/// Reads and driven wordlines of one array's column group and cycle, from the digits of its rows.
std::pair<std::uint64_t, std::uint64_t> units(const std::vector<bool>& digits, const Config& config)
{
    const std::size_t rows = digits.size(), unit = config.ou_rows;
    const auto set = [&](std::size_t from, std::size_t to) {
        return static_cast<std::uint64_t>(
            std::count(digits.begin() + static_cast<std::ptrdiff_t>(from),
                       digits.begin() + static_cast<std::ptrdiff_t>(to), true));
    };
    if (config.zero_inputs == ZeroInputs::formed)
        return {(set(0, rows) + unit - 1) / unit, set(0, rows)};
    std::uint64_t reads = 0, drives = 0;
    for (std::size_t from = 0; from < rows; from += unit) {
        const std::size_t to = std::min(rows, from + unit);
        if (config.zero_inputs == ZeroInputs::fixed && set(from, to) == 0) continue;
        ++reads;
        drives += to - from;
    }
    return {reads, drives};
}

/// SRE from its description, one position, cycle, bank and column group at a time; groups = 1.
Expected naive_sre(const Problem& problem, const Config& config, int planes)
{
    const auto& s = problem.shape;
    Expected n;
    const int c = static_cast<int>(config.cell_bits), d = static_cast<int>(config.dac_bits),
              w = static_cast<int>(config.ou_columns);
    for (int p = 0; p < s.out_width; ++p) {
        std::vector<int> inputs;
        for (int i = 0; i < s.k(); ++i)
            inputs.push_back(problem.at(i / s.kernel_w / s.kernel_h, i / s.kernel_w % s.kernel_h,
                                        p * s.stride + i % s.kernel_w * s.dilation - s.pad_left));
        std::map<std::pair<int, int>, std::uint64_t> banks;
        int column_group = 0;
        for (int o = 0; o < s.out_channels; o += w)
            for (int slice = 0; slice * c < planes; ++slice, ++column_group)
                for (int bit = 0; bit < problem.format.bits; bit += d) {
                    std::map<int, std::vector<bool>> arrays;  // digits of the kept rows
                    int kept = 0;
                    for (int i = 0; i < s.k(); ++i) {
                        bool any = false;
                        for (int j = o; j < std::min(o + w, s.out_channels); ++j)
                            any |= digit(problem.weights[static_cast<std::size_t>(j) * s.k() + i],
                                         slice, c) != 0;
                        if (!any) continue;
                        arrays[kept++ / static_cast<int>(config.rows)].push_back(
                            ((inputs[i] >> bit) & ((1 << d) - 1)) != 0);
                    }
                    for (const auto& [chunk, digits] : arrays) {
                        const auto [reads, drives] = units(digits, config);
                        const int columns = std::min(w, s.out_channels - o);
                        n.reads += reads;
                        n.drives += drives;
                        n.conversions += reads * columns;
                        n.merges += columns;
                        banks[{column_group / (config.columns / config.ou_columns), chunk}] +=
                            reads;
                    }
                }
        std::uint64_t most = 0;
        for (const auto& [bank, reads] : banks)
            most = std::max(most, reads);
        n.busiest += most;
    }
    return n;
}

TEST(Sre, SkipsEmptyRowsAndZeroInputsAsPlainCountingDoes)
{
    std::mt19937 random(4);
    for (int trial = 0; trial < 54; ++trial) {
        Problem problem = Problem::random(random, 6);
        problem.shape.groups = 1;
        problem.format.is_signed = false;
        problem.pad_code = 0;
        problem.weights.resize(static_cast<std::size_t>(problem.shape.out_channels) *
                               problem.shape.k());
        for (auto& w : problem.weights)
            w = random() % 4 == 0 ? static_cast<std::int16_t>(random() % 31) - 15 : 0;
        for (auto& row : problem.input) {
            row.assign(row.empty() ? 0
                                   : static_cast<std::size_t>(problem.shape.in_channels) *
                                         problem.shape.in_width,
                       0);
            for (auto& code : row)
                code = random() % 2 == 0 ? static_cast<int>(random() % (1u << problem.format.bits))
                                         : 0;
        }
        Config config;
        config.skipping = Skipping::sre;
        config.adc_lossless = true;
        config.rows = 32;
        config.columns = 16;
        config.ou_columns = 4;
        config.cell_bits = 1 + trial % 2;
        config.dac_bits = 1 + trial % 3;
        config.zero_inputs = static_cast<ZeroInputs>(trial / 3 % 3);
        LayerWeights weights;
        weights.codes = problem.weights.data();
        weights.planes = 4;
        ProgrammedArray array(config, problem.shape, problem.format, weights);
        std::vector<std::int64_t> acc(static_cast<std::size_t>(problem.shape.out_channels) *
                                      problem.shape.out_width);
        const auto rows = problem.row_pointers();
        const ReadCounts n = array.run_row(rows.data(), 0, acc.data());
        const Expected expected = naive_sre(problem, config, 4);
        ASSERT_EQ(n.reads, expected.reads) << problem.describe();
        ASSERT_EQ(n.wordline_drives, expected.drives);
        ASSERT_EQ(n.conversions, expected.conversions);
        ASSERT_EQ(n.block_merges, expected.merges);
        ASSERT_EQ(n.table_lookups, expected.drives);  // an index each driven wordline
        ASSERT_EQ(n.busiest_reads, expected.busiest);
        ASSERT_EQ(acc, problem.naive());
    }
}

TEST(Sme, SqueezesRowsThatAreEmptyAcrossAnArray)
{
    Problem problem;
    problem.shape.in_channels = 20;
    problem.shape.out_channels = 16;
    problem.format = {2, false};
    problem.weights.assign(16 * 20, 0);
    for (int row = 0; row < 10; ++row)
        problem.weights[3 * 20 + row] = 1;  // ten rows of plane 0, one row of plane 2
    problem.weights[5 * 20 + 19] = 4;
    problem.input = {std::vector<std::int32_t>(20, 3)};
    Config config;
    config.skipping = Skipping::sme;
    LayerWeights weights;
    weights.codes = problem.weights.data();
    weights.planes = 3;
    ProgrammedArray array(config, problem.shape, problem.format, weights);
    std::vector<std::int64_t> acc(16);
    const auto rows = problem.row_pointers();
    const ReadCounts n = array.run_row(rows.data(), 0, acc.data());
    // plane 0: ceil(10 / 9) = 2 reads for each of 2 column groups; plane 1: none; plane 2: 1 for
    // each; 2 input bits
    EXPECT_EQ(n.reads, 2u * (2 * 2 + 2 * 1));
    EXPECT_EQ(n.block_merges, 2u * (2 * 8 + 2 * 8));  // a column and plane each
    EXPECT_EQ(n.table_lookups, 2u * 11);  // an array row's index serves its column groups
    EXPECT_EQ(n.busiest_reads, 2u * 4);   // planes stand in banks of their own
    EXPECT_EQ(array.sparse()->banks(), 2u);
    EXPECT_EQ(array.sparse()->index_entries(), 11u);
    EXPECT_EQ(acc, problem.naive());
}

TEST(Sre, RefusesAConverterThatCouldClip)
{
    Config config;
    config.skipping = Skipping::sre;
    config.adc_bits = 3;
    EXPECT_THROW(SparseReads(config, RowShape{}, {8, false}), imc::InputError);
}

}  // namespace
