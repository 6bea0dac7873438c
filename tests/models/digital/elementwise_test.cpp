// SPDX-License-Identifier: Apache-2.0
#include "digital/kernel/elementwise.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "support/requant_entry.h"

namespace {

using namespace imc::digital;
using imc::test::requant_entry;
using Codes = std::vector<std::int32_t>;

Codes add(imc_requant_kind kind, const std::vector<imc_requant>& entries, OutputRange range,
          const Codes& a, const Codes& b)
{
    Codes out(a.size());
    const std::int32_t* streams[] = {a.data(), b.data()};
    Adder(kind, entries, range).run(streams, static_cast<int>(a.size()), out.data());
    return out;
}

TEST(Adder, DyadicRoundsOnceHalfUp)
{
    // (a * 3 + b * 5) / 4: 1,1 -> 2; 1,0 -> 0.75 -> 1; 2,0 -> 1.5 -> 2; -2,0 -> -1.5 -> -1
    EXPECT_EQ(add(IMC_REQUANT_DYADIC,
                  {requant_entry(0, 3, 0), requant_entry(0, 5, 0), requant_entry(0, 0, 2)},
                  {-99, 99, 0}, {1, 1, 2, -2}, {1, 0, 0, 0}),
              (Codes{2, 1, 2, -1}));
}

TEST(Adder, OnnxAlignsExponentsAndRoundsOnceHalfToEven)
{
    // scales 3 * 2^-1 and 1 * 2^-3, output 1: (1, 4) -> 1.5 + 0.5 = 2; (1, 0) -> 1.5 -> 2; (0, 4)
    // -> 0.5 -> 0; (0, 5) -> 0.625 -> 1
    const std::vector<imc_requant> entries{requant_entry(0, 3, -1), requant_entry(0, 1, -3),
                                           requant_entry(0, 1, 0, 1)};
    EXPECT_EQ(add(IMC_REQUANT_ONNX, entries, {-99, 99, 0}, {1, 1, 0, 0}, {4, 0, 4, 5}),
              (Codes{2, 2, 0, 1}));
}

TEST(Adder, SubtractsZeroPointsAndAddsTheOutputs)
{
    const std::vector<imc_requant> entries{requant_entry(-128, 1, 0), requant_entry(-100, 1, 0),
                                           requant_entry(0, 1, 0, 1)};
    EXPECT_EQ(add(IMC_REQUANT_ONNX, entries, {0, 255, 7}, {128, 130, 255}, {100, 90, 255}),
              (Codes{7, 0, 255}));
}

TEST(Adder, RefusesScalesTooFarApartAndOtherKinds)
{
    EXPECT_THROW(
        Adder(IMC_REQUANT_ONNX,
              {requant_entry(0, 1, 0), requant_entry(0, 1, -60), requant_entry(0, 1, 0, 1)}, {}),
        imc::InputError);
    EXPECT_THROW(Adder(IMC_REQUANT_TFLITE, {requant_entry(0, 1, 0), requant_entry(0, 1, 0)}, {}),
                 imc::InputError);
    EXPECT_THROW(Adder(IMC_REQUANT_DYADIC, {requant_entry(0, 1, 0)}, {}), imc::InputError);
}

PoolShape pool_3x3()
{
    PoolShape shape;
    shape.in_width = 4;
    shape.out_width = 2;
    shape.kernel_h = shape.kernel_w = 3;
    shape.stride = 2;
    shape.pad_left = 1;
    return shape;
}

TEST(MaxPool, IgnoresPadding)
{
    const Codes top{-5, -9, -3, -8}, bottom{-7, -6, -4, -2};
    const std::int32_t* rows[] = {nullptr, top.data(), bottom.data()};
    Codes out(2);
    max_pool_row(pool_3x3(), rows, -128, out.data());
    EXPECT_EQ(out, (Codes{-5, -2}));
    const std::int32_t* nothing[] = {nullptr, nullptr, nullptr};
    max_pool_row(pool_3x3(), nothing, -128, out.data());
    EXPECT_EQ(out, (Codes{-128, -128}));
}

TEST(AveragePool, CountsPaddingOnlyWhenAsked)
{
    const Codes top{6, 2, 1, 3}, bottom{4, 4, 4, 4};
    const std::int32_t* rows[] = {nullptr, top.data(), bottom.data()};
    Codes out(2);
    const Requantizer onnx(IMC_REQUANT_ONNX, {requant_entry(0, 1, 0, 1)}, {-99, 99, 0});
    average_pool_row(pool_3x3(), rows, false, 0, onnx, out.data());
    EXPECT_EQ(out, (Codes{4, 3}));  // 16 / 4; (2 + 1 + 3 + 12) / 6
    average_pool_row(pool_3x3(), rows, true, 0, onnx, out.data());
    EXPECT_EQ(out, (Codes{2, 2}));  // 16 / 9 = 1.78; 18 / 9
    average_pool_row(pool_3x3(), rows, true, 9, onnx, out.data());
    EXPECT_EQ(out, (Codes{7, 5}));  // (16 + 5 * 9) / 9 = 6.78; (18 + 3 * 9) / 9
}

TEST(AveragePool, RoundsEachKindItsOwnWay)
{
    PoolShape shape;
    shape.kernel_w = shape.in_width = 2;
    const Codes row{1, 2};  // average 1.5
    const Codes even{2, 3}, negative{-1, -2};
    const auto average = [&](imc_requant_kind kind, const imc_requant& r, const Codes& codes) {
        const std::int32_t* rows[] = {codes.data()};
        std::int32_t out = 0;
        average_pool_row(shape, rows, false, 0, Requantizer(kind, {r}, {-99, 99, 0}), &out);
        return out;
    };
    EXPECT_EQ(average(IMC_REQUANT_ONNX, requant_entry(0, 1, 0, 1), even), 2);      // half to even
    EXPECT_EQ(average(IMC_REQUANT_DYADIC, requant_entry(0, 1, 0), even), 3);       // half up
    EXPECT_EQ(average(IMC_REQUANT_DYADIC, requant_entry(0, 1, 0), negative), -1);  // half up
    EXPECT_EQ(average(IMC_REQUANT_TFLITE, requant_entry(0, 1 << 30, 1), negative),
              -2);  // half away
    EXPECT_EQ(average(IMC_REQUANT_NONE, requant_entry(0, 0, 0), row), 2);
    EXPECT_EQ(average(IMC_REQUANT_ONNX, requant_entry(-1, 1, 0, 1), row),
              0);  // zero point 1: 0.5 -> 0
}

TEST(LookUp, TakesTheTablesEndsOutside)
{
    const Codes codes{-3, -2, 0, 1, 5};
    Codes out(5);
    look_up(codes.data(), 5, {10, 11, 12, 13}, -2, out.data());
    EXPECT_EQ(out, (Codes{10, 10, 12, 13, 13}));
}

}  // namespace
