// SPDX-License-Identifier: Apache-2.0
#include "common/unit_plan.h"

#include <gtest/gtest.h>

namespace {

imc_stage conv(std::uint32_t height, unsigned kernel, unsigned stride, unsigned pad,
               unsigned dilation = 1)
{
    imc_stage s{};
    s.op = IMC_STAGE_CONV;
    s.streams = 1;
    s.copies = 1;
    s.unit_rows = 1;
    s.kernel_h = s.kernel_w = static_cast<std::uint16_t>(kernel);
    s.stride_h = s.stride_w = static_cast<std::uint16_t>(stride);
    s.dilation_h = s.dilation_w = static_cast<std::uint16_t>(dilation);
    s.pad_top = static_cast<std::uint16_t>(pad);
    s.in[0].height = height;
    s.out_height = (height + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
    return s;
}

TEST(UnitPlan, ThreeByThreeConvolutionNeedsOneRowBelow)
{
    const imc_stage s = conv(8, 3, 1, 1);
    EXPECT_EQ(imc::rows_needed(s, 0, 1), 2u);
    EXPECT_EQ(imc::rows_needed(s, 0, 8), 8u);  // the row below the last is padding
    EXPECT_EQ(imc::first_row_needed(s, 0, 0), 0u);
    EXPECT_EQ(imc::first_row_needed(s, 0, 5), 4u);
    EXPECT_EQ(imc::least_depth(s, 0), 3u);
}

TEST(UnitPlan, StridesDilationsAndSevenBySeven)
{
    const imc_stage stem = conv(224, 7, 2, 3);
    EXPECT_EQ(stem.out_height, 112u);
    EXPECT_EQ(imc::rows_needed(stem, 0, 1), 4u);
    EXPECT_EQ(imc::rows_needed(stem, 0, 112), 224u);
    EXPECT_EQ(imc::least_depth(stem, 0), 7u);
    const imc_stage dilated = conv(16, 3, 1, 2, 2);
    EXPECT_EQ(imc::least_depth(dilated, 0), 5u);
    EXPECT_EQ(imc::rows_needed(dilated, 0, 3), 5u);
}

TEST(UnitPlan, CopiesTakeEveryNthUnit)
{
    imc_stage s = conv(10, 1, 1, 0);
    s.unit_rows = 3;  // units 0-2, 3-5, 6-8, 9
    s.copies = 2;
    s.copy = 1;
    EXPECT_EQ(imc::units_per_image(s), 4u);
    EXPECT_EQ(imc::own_units_per_image(s), 2u);
    EXPECT_EQ(imc::unit_rows_of(s, 0).begin, 3u);
    EXPECT_EQ(imc::unit_rows_of(s, 1).begin, 9u);
    EXPECT_EQ(imc::unit_rows_of(s, 1).end, 10u);
    s.copy = 5;
    s.copies = 6;
    EXPECT_EQ(imc::own_units_per_image(s), 0u);
}

TEST(UnitPlan, LateCopiesLetTheFirstRowsGo)
{
    imc_stage s = conv(32, 3, 1, 1);
    s.copies = 32;
    s.copy = 4;  // row 4 alone: rows 3 to 5
    EXPECT_EQ(imc::rows_skipped(s, 0), 3u);
    s.copy = 0;
    EXPECT_EQ(imc::rows_skipped(s, 0), 0u);
}

TEST(UnitPlan, AdditionsTakeTheSameRowAndReshapesTheWholeInput)
{
    imc_stage add{};
    add.op = IMC_STAGE_ADD;
    add.streams = 2;
    add.copies = add.unit_rows = 1;
    add.out_height = add.in[0].height = add.in[1].height = 4;
    EXPECT_EQ(imc::rows_needed(add, 1, 3), 3u);
    EXPECT_EQ(imc::first_row_needed(add, 1, 3), 3u);
    imc_stage flatten = add;
    flatten.op = IMC_STAGE_COPY;
    flatten.streams = 1;
    flatten.out_height = 1;
    EXPECT_EQ(imc::rows_needed(flatten, 0, 1), 4u);
    EXPECT_EQ(imc::least_depth(flatten, 0), 4u);
}

TEST(UnitPlan, PartialSumsGrowByTheLogOfTheirTerms)
{
    imc_stage s = conv(8, 3, 1, 1);
    s.in[0].channels = 512;
    s.weight_bits = s.act_bits = 16;
    EXPECT_EQ(imc::psum_bits(s),
              16 + 16 + 13 + 1u);  // 4608 terms need 45 bits and a sign (architecture.md)
    imc_stream in{3, 8, 5, 0, 4, 0, 3, 0, {}};
    EXPECT_EQ(imc::stream_bytes(in), 4 * 6u);  // 45 bits a row
}

}  // namespace
