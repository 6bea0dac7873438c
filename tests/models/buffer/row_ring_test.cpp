// SPDX-License-Identifier: Apache-2.0
#include "buffer/kernel/row_ring.h"

#include <gtest/gtest.h>

namespace {

using imc::buffer::PsumRing;
using imc::buffer::RowPiece;
using imc::buffer::RowRing;

imc_stream stream(std::uint32_t channels, std::uint32_t width, std::uint32_t depth,
                  std::uint32_t begin = 0)
{
    imc_stream s{};
    s.channels = channels;
    s.height = 8;
    s.width = width;
    s.channel_begin = begin;
    s.depth_rows = depth;
    return s;
}

TEST(RowRing, ARowIsHereWhenAllItsElementsAre)
{
    RowRing ring(stream(4, 3, 2, 8));  // channels 8..11
    const std::vector<std::int32_t> upper{1, 2, 3, 4, 5, 6};
    EXPECT_TRUE(ring.put({0, 0, 10, 12, 0, 3}, upper.data()));
    EXPECT_EQ(ring.complete(), 0u);
    EXPECT_TRUE(ring.put({0, 0, 8, 10, 0, 2}, std::vector<std::int32_t>{7, 8, 9, 10}.data()));
    EXPECT_TRUE(ring.put({0, 0, 8, 10, 2, 3}, std::vector<std::int32_t>{-1, -2}.data()));
    EXPECT_EQ(ring.complete(), 1u);
    const std::vector<std::int32_t> expected{7, 8, -1, 9, 10, -2, 1, 2, 3, 4, 5, 6};
    EXPECT_EQ(std::vector<std::int32_t>(ring.row(0), ring.row(0) + 12), expected);
}

TEST(RowRing, RefusesRowsBeyondItsSlotsAndChannelsBeyondItsSlice)
{
    RowRing ring(stream(1, 1, 2));
    const std::int32_t code = 5;
    EXPECT_TRUE(ring.put({0, 0, 0, 1, 0, 1}, &code));
    EXPECT_FALSE(ring.put({0, 0, 0, 1, 0, 1}, &code));  // the row is full
    EXPECT_TRUE(ring.put({1, 0, 0, 1, 0, 1}, &code));
    EXPECT_FALSE(ring.put({2, 0, 0, 1, 0, 1}, &code));
    EXPECT_FALSE(ring.put({1, 0, 1, 2, 0, 1}, &code));
    EXPECT_FALSE(ring.put({1, 0, 0, 1, 0, 2}, &code));
    EXPECT_TRUE(ring.release(1));
    EXPECT_FALSE(ring.release(1));
    EXPECT_TRUE(ring.put({2, 0, 0, 1, 0, 1}, &code));
    EXPECT_EQ(ring.complete(), 3u);
}

TEST(RowRing, RowsNobodyWaitsForAnyMoreAreDropped)  // the last row of a strided 1x1 convolution
{
    RowRing ring(stream(1, 1, 2));
    const std::int32_t code = 5;
    EXPECT_TRUE(ring.put({0, 0, 0, 1, 0, 1}, &code));
    ring.release(8);
    EXPECT_TRUE(ring.put({7, 0, 0, 1, 0, 1}, &code));
    EXPECT_EQ(ring.complete(), 8u);
    EXPECT_TRUE(ring.put({8, 1, 0, 1, 0, 1}, &code));
    EXPECT_EQ(ring.complete(), 9u);
    EXPECT_EQ(ring.image_of(8), 1u);
}

TEST(PsumRing, AddsWorkersUpInAnyOrder)
{
    PsumRing ring(0, 2, 2, 2, 2);
    const std::vector<std::int64_t> a{1, 2, 3, 4}, b{10, 20, 30, 1ll << 40};
    EXPECT_TRUE(ring.add({0, 0, 0, 2, 0, 2}, a.data()));
    EXPECT_TRUE(ring.add({1, 0, 0, 2, 0, 2}, a.data()));
    EXPECT_FALSE(ring.has(1));
    EXPECT_TRUE(ring.add({0, 0, 0, 2, 0, 2}, b.data()));
    EXPECT_TRUE(ring.has(1));
    EXPECT_FALSE(ring.has(2));
    std::vector<std::int64_t> out(4);
    ring.copy_row(0, out.data(), 2);
    EXPECT_EQ(out, (std::vector<std::int64_t>{11, 22, 33, 4 + (1ll << 40)}));
    EXPECT_FALSE(ring.add({2, 0, 0, 2, 0, 2}, a.data()));
    ring.release(1);
    EXPECT_TRUE(ring.add({2, 0, 0, 2, 0, 2}, a.data()));
    ring.copy_row(2, out.data(), 2);
    EXPECT_EQ(out, a);
}

}  // namespace
