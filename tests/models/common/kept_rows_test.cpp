// SPDX-License-Identifier: Apache-2.0
#include "common/kept_rows.h"

#include <gtest/gtest.h>

namespace {

imc_stage copy_of_eight(unsigned copy)  // of a 3 x 3 convolution over 32 rows, padded
{
    imc_stage s{};
    s.op = IMC_STAGE_CONV;
    s.streams = 1;
    s.unit_rows = 1;
    s.out_height = s.in[0].height = 32;
    s.kernel_h = s.kernel_w = 3;
    s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = 1;
    s.pad_top = s.pad_bottom = 1;
    s.copies = 8;
    s.copy = static_cast<std::uint16_t>(copy);
    return s;
}

TEST(KeptRows, ASingleCopyGetsEveryRow)
{
    imc_stage s = copy_of_eight(0);
    s.copies = 1;
    EXPECT_EQ(imc::kept_rows(s, 0), nullptr);
}

TEST(KeptRows, ACopyGetsTheRowsUnderItsWindows)  // rows 2, 10, 18, 26 read 1-3, 9-11, 17-19, 25-27
{
    const auto kept = imc::kept_rows(copy_of_eight(2), 0);
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->count(), 12u);
    EXPECT_FALSE(kept->has(0));
    EXPECT_TRUE(kept->has(1));
    EXPECT_TRUE(kept->has(3));
    EXPECT_FALSE(kept->has(4));
    EXPECT_EQ(kept->below(10), 4u);
    EXPECT_FALSE(kept->has(40));
}

TEST(KeptRows, PaddingTakesNoRows)  // row 0 reads rows 0 and 1 alone
{
    EXPECT_EQ(imc::kept_rows(copy_of_eight(0), 0)->count(), 11u);
}

TEST(KeptRows, TwoWindowsNeedSixSlotsHoweverManyCopies)
{
    const auto kept = imc::kept_rows(copy_of_eight(2), 0);
    EXPECT_EQ(kept->most_in(3), 3u);
    EXPECT_EQ(kept->most_in(3 + 8), 6u);
    EXPECT_EQ(kept->most_in(32), 12u);
    EXPECT_EQ(kept->most_in(64), 24u);
}

TEST(KeptRows, OverlappingWindowsOfTwoCopiesTakeEveryRow)
{
    imc_stage s = copy_of_eight(0);
    s.copies = 2;
    EXPECT_EQ(imc::kept_rows(s, 0)->count(), 32u);
}

}  // namespace
