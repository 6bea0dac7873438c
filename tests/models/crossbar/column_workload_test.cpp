// SPDX-License-Identifier: Apache-2.0
/// The workload table of columnquant.md section 3, exactly.
#include "crossbar/cost/column_workload.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace imc::crossbar;

struct Layer {
    int in, out, side, count;
};
const std::vector<Layer> resnet20 = {
    {16, 16, 32, 6}, {16, 32, 16, 1}, {32, 32, 16, 5}, {32, 64, 8, 1}, {64, 64, 8, 5}};
const std::vector<Layer> resnet18 = {{64, 64, 56, 4},   {64, 128, 28, 1},  {128, 128, 28, 3},
                                     {128, 256, 14, 1}, {256, 256, 14, 3}, {256, 512, 7, 1},
                                     {512, 512, 7, 3}};

ColumnWorkload total(const std::vector<Layer>& layers, int array, int slices)
{
    ColumnWorkload sum;
    for (const Layer& layer : layers) {
        RowShape shape;
        shape.in_channels = layer.in;
        shape.out_channels = layer.out;
        shape.kernel_h = shape.kernel_w = 3;
        shape.out_width = layer.side;
        for (int i = 0; i < layer.count; ++i)
            sum += column_workload(shape, layer.side, array, array, slices);
    }
    return sum;
}

void expect(const ColumnWorkload& work, std::uint64_t arrays, std::uint64_t reads,
            std::uint64_t conversions, std::uint64_t words)
{
    EXPECT_EQ(work.arrays, arrays);
    EXPECT_EQ(work.array_reads, reads);
    EXPECT_EQ(work.conversions, conversions);
    EXPECT_EQ(work.scale_words, words);
}

TEST(ColumnWorkload, Resnet20AsInTheTable)
{
    expect(total(resnet20, 128, 2), 57, 18432, 901120, 5056);
    expect(total(resnet20, 128, 3), 85, 20224, 1351680, 7584);
    expect(total(resnet20, 256, 2), 34, 10048, 516096, 3072);
    expect(total(resnet20, 256, 3), 34, 10048, 774144, 4608);
    EXPECT_NEAR(total(resnet20, 128, 2).macs / 1e6, 40.1, 0.05);
}

TEST(ColumnWorkload, Resnet18AsInTheTable)
{
    expect(total(resnet18, 128, 2), 1398, 221088, 28299264, 178944);
    expect(total(resnet18, 256, 3), 555, 106134, 22955520, 139008);
    EXPECT_NEAR(total(resnet18, 128, 2).macs / 1e9, 1.676, 0.0005);
}

}  // namespace
