// SPDX-License-Identifier: Apache-2.0
/// Mapping and time against bwq.md 5.3's formulas and worked examples, ISAAC's table and hand
/// calculation.
#include "crossbar/cost/mapping.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "crossbar/cost/index_storage.h"
#include "crossbar/cost/programming.h"
#include "crossbar/kernel/read_counts.h"

namespace {

using namespace imc::crossbar;

RowShape conv(int in, int out, int kernel, int width)
{
    RowShape shape;
    shape.in_channels = in;
    shape.out_channels = out;
    shape.kernel_h = shape.kernel_w = kernel;
    shape.in_width = shape.out_width = width;
    return shape;
}

TEST(Mapping, Figure6NeedsSixCyclesAndSpareUnitsCostNothing)  // bwq.md 2.21
{
    Config config;
    config.rows = config.columns = 4;
    config.ou_rows = config.ou_columns = 2;
    const RowShape shape = conv(4, 2, 1, 1);
    const std::uint8_t planes[] = {2, 1};
    const Mapping mapping = map_layer(BlockMap(shape, 2, 2, planes, 2), config);
    EXPECT_EQ(mapping.banks, 1u);
    EXPECT_EQ(mapping.busiest_reads, 3u);
    EXPECT_EQ(mapping.busiest_reads * 2, 6u);  // two activation bits
    const std::uint8_t spare[] = {2, 0};  // one block less: its units are spare and take no cycle
    EXPECT_EQ(map_layer(BlockMap(shape, 2, 2, spare, 2), config).busiest_reads, 2u);
}

/// Eight 3-bit weights a row on units of 4 columns: a plane a unit fills every converted column;
/// all bits of a weight inside one unit leave its fourth column empty, three quarters (bwq.md 2.11,
/// Fig. 5).
TEST(Mapping, Figure5PlanePerUnitFillsUnitsThatWordsLeaveAtThreeQuarters)
{
    Config config;
    config.ou_columns = 4;
    const Mapping mapping = map_layer(BlockMap(conv(9, 8, 1, 1), 9, 4, 3), config);
    const std::uint64_t bits = 8 * 3, words = 8 * 4;  // columns of a unit for each word
    EXPECT_EQ(mapping.reads * config.ou_columns, bits);
    EXPECT_EQ(mapping.cells, 2u * 9 * bits);
    EXPECT_DOUBLE_EQ(static_cast<double>(mapping.reads * config.ou_columns) / words, 0.75);
}

TEST(Mapping,
     FullBankTakes224ReadsAnInputBit)  // 14 block rows x 16 column groups, bwq.md 2.14 and 5.3
{
    const Config config;
    const RowShape shape = conv(14, 128, 3, 1);  // K = 126 = 14 x 9
    const Mapping one = map_layer(BlockMap(shape, 9, 8, 1), config);
    EXPECT_EQ(one.banks, 1u);
    EXPECT_EQ(one.busiest_reads, 224u);
    const Mapping eight = map_layer(BlockMap(shape, 9, 8, 8),
                                    config);  // 128 column groups a row: 8 banks side by side
    EXPECT_EQ(eight.banks, 8u);
    EXPECT_EQ(eight.busiest_reads, 224u);
    EXPECT_EQ(eight.reads, 8u * 224);
    EXPECT_EQ(eight.cells, 2u * 8 * 126 * 128);
}

TEST(Mapping, PositionTimeIsReadsPlusBufferTraffic)  // T_pos of bwq.md 5.3, 64 -> 64, 3x3, 4-bit
                                                     // activations, 3 planes
{
    const Config config;
    const RowShape shape = conv(64, 64, 3, 8);
    const Mapping mapping = map_layer(BlockMap(shape, 9, 8, 3), config);
    // V = 64 rows of blocks -> 5 bank groups; s_v = 8 * 3 = 24 -> 2 banks, 12 reads a row, 14 rows:
    // 168
    EXPECT_EQ(mapping.bank_rows, 5u);
    EXPECT_EQ(mapping.banks, 10u);
    EXPECT_EQ(mapping.busiest_reads, 168u);
    const PositionCycles cycles = position_cycles(mapping, config, shape, 4);
    EXPECT_EQ(cycles.load, 36u);                                           // 576 * 4 / 64
    EXPECT_EQ(cycles.store, 16u);                                          // 64 * 16 / 64
    EXPECT_EQ(cycles.tree, 3u);                                            // 5 bank groups
    EXPECT_EQ(row_duration_ps(cycles, config, 8, 8 * 4 * 168), 4846667u);  // 8 * 727 / 1.2 GHz
}

TEST(Mapping,
     IsaacReadsWholeArraysIn100ns)  // 16-bit weights in eight 2-bit cells: 16 outputs an array
{
    Config config;
    config.activation = Activation::full_array;
    config.cell_bits = 2;
    config.sign = SignMode::offset;
    const RowShape shape = conv(64, 64, 3, 1);
    const Mapping mapping = map_layer(BlockMap(shape, 128, 128, 16), config);
    EXPECT_EQ(mapping.bank_rows, 5u);  // ceil(576 / 128)
    EXPECT_EQ(mapping.banks, 20u);
    const PositionCycles cycles = position_cycles(mapping, config, shape, 16);
    EXPECT_EQ(row_duration_ps(cycles, config, 1, 16 * mapping.busiest_reads), 1600000u);
    config.columns = 4;
    EXPECT_THROW(map_layer(BlockMap(shape, 128, 4, 16), config), imc::InputError);
}

TEST(Mapping, ConvertersBoundTheTimeBetweenReads)
{
    Config bwq;  // 8 bitlines, 8 converters at 1.2 GS/s
    EXPECT_DOUBLE_EQ(read_period_ns(bwq, 1), 1 / 1.2);
    EXPECT_DOUBLE_EQ(read_period_ns(bwq, 2), 2 / 1.2);  // both arrays of a pair
    bwq.adcs_per_array = 4;
    EXPECT_DOUBLE_EQ(read_period_ns(bwq, 1), 2 / 1.2);
    bwq.adcs_per_array = 3;
    EXPECT_DOUBLE_EQ(read_period_ns(bwq, 1), 3 / 1.2);
    Config isaac;  // ISCA 2016: 128 bitlines at 1.28 GS/s within the 100 ns of a read
    isaac.activation = Activation::full_array;
    isaac.adcs_per_array = 1;
    isaac.adc_gsps = 1.28;
    EXPECT_NEAR(read_period_ns(isaac, 1), 100.0, 1e-9);
    isaac.adc_gsps = 0.64;
    EXPECT_NEAR(read_period_ns(isaac, 1), 200.0, 1e-9);
    Config column = isaac;  // columnquant.md 8.8: access, then 16 conversions
    column.read_ns = 14.8;
    column.adcs_per_array = 8;
    column.adc_gsps = 1.2;
    column.adc_overlapped = false;
    EXPECT_NEAR(read_period_ns(column, 1), 14.8 + 16 / 1.2, 1e-9);
}

/// 16-bit weights in 2-bit cells: 16 outputs of 8 slices fill an array's 128 columns, so an input
/// of a layer of N outputs is driven into ceil(N / 16) arrays, however the layer is cut.
TEST(Mapping, WholeArraysDriveARowOnceAnArray)
{
    Config config;
    config.activation = Activation::full_array;
    config.cell_bits = 2;
    config.sign = SignMode::offset;
    const ReadSpec spec(config);
    const auto drives = [&](int outputs) {
        const RowShape shape = conv(64, outputs, 3, 1);
        return position_counts(BlockMap(shape, 128, 128, 16), spec, 1).wordline_drives;
    };
    EXPECT_EQ(drives(64), 576u * 4);
    EXPECT_EQ(drives(512), 576u * 32);
    EXPECT_EQ(2 * drives(32), drives(64));
    EXPECT_EQ(4 * drives(16), drives(64));
    EXPECT_EQ(drives(8), 576u);
}

TEST(Programming, CountsChangedCellsOnly)
{
    Config config;
    config.write_pulses = 3;
    const RowShape shape = conv(2, 2, 1, 1);
    const BlockMap map(shape, 9, 8, 2);
    const ReadSpec spec(config);
    const std::int16_t first[] = {3, -1, 0, 2}, second[] = {3, 1, 0, 1};
    const CellCodes old(first, map, 0, spec, 2, 2), now(second, map, 0, spec, 2, 2);
    const ProgrammingCounts fresh = programming_counts(old, nullptr, config);
    EXPECT_EQ(fresh.cells, 16u);   // 4 weights x 2 slices x 2 arrays
    EXPECT_EQ(fresh.changed, 4u);  // set bits of 3, 1, 2
    EXPECT_EQ(fresh.pulses, 12u);
    EXPECT_EQ(fresh.verify_reads, 12u);
    EXPECT_EQ(programming_counts(now, &old, config).changed,
              4u);  // -1 -> 1: two cells; 2 -> 1: two cells
    EXPECT_EQ(programming_counts(now, &now, config).changed, 0u);
}

TEST(Index, TableOfBlocksAndRowNumbers)  // bwq.md 3.9
{
    const std::uint8_t planes[] = {0, 3, 8, 0, 0, 1};
    const BlockMap map(conv(27, 16, 1, 1), 9, 8, planes, 6);
    EXPECT_EQ(block_table_bits(map, BlockTable::widths), 24u);
    EXPECT_EQ(block_table_bits(map, BlockTable::bitmap), 6u + 3 * 4);
    EXPECT_EQ(row_index_bits(10, 128), 70u);
    // ResNet-34, 21.28 M weights, rows of 8, compressed 3.3x: beside the 704 KB that BWQ reports
    // for SRE
    EXPECT_NEAR(row_index_bits(static_cast<std::uint64_t>(21.28e6 / 8 / 3.3), 128) / 8.0 / 1024.0,
                704.0, 20.0);
}

}  // namespace
