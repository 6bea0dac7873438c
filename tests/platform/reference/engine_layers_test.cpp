// SPDX-License-Identifier: Apache-2.0
/// What only one engine computes: partial-sum converters and codebooks, by hand calculation.
#include "common/random.h"
#include "support/one_layer.h"

#include <gtest/gtest.h>

#include <memory>

namespace {

using namespace imc::test;
using imc::compiler::QCodebook;
using imc::compiler::QColumn;

/// One output of weights 5 and -3 (4 bits, 2-bit cells) on two arrays of one row: digits 1, 1 and
/// -1, 1.
QLayer column_layer()
{
    QLayer layer;
    layer.weight_bits = 4;
    layer.weights = {5, -3};
    layer.scheme = IMC_SCHEME_COLUMN;
    layer.requant = IMC_REQUANT_NONE;
    auto column = std::make_shared<QColumn>();
    column->slices = column->tiles = 2;
    column->rows_per_tile = 1;
    column->adc_bits = 2;  // -2..1 around the centre
    column->adc = {{1, 1, 1, 0}, {1, 1, 0, 0}, {2, 2, 0, 0}, {4, 4, 0, 0}};  // top slice weighs 4
    layer.column = column;
    return layer;
}

TEST(Column, ConvertsEverySliceAndTile)
{
    const QNet net = net_of(tensor(2, 1, 1), column_layer(), tensor(1, 1, 1));
    // top slice: 3 -> 2 (centre 1), x 4; -2, x 4; low slice: 3 / 2 -> 2 -> 1, x 2; 2 / 4 -> 0
    EXPECT_EQ(run(net, {3, 2}), Codes{8 - 8 + 2 + 0});
}

TEST(Column, BitSerialInputsConvertAfterEveryBit)
{
    QLayer layer = column_layer();
    layer.column->bit_serial_inputs = true;
    QTensor in = tensor(2, 1, 1);
    in.bits = 2;
    // a = 3, 2: bits 1 1 and 0 1. Top slice, tile 0: codes 1, 1 -> 3 x 4; tile 1: 0, -1 -> -2 x 4;
    // low slice: 1 / 2 -> 0 twice; 0 and 1 / 4 -> 0
    EXPECT_EQ(run(net_of(in, layer, tensor(1, 1, 1)), {3, 2}), Codes{12 - 8});
}

TEST(Column, TwoPolaritiesSubtractTheirConversions)
{
    QLayer layer = column_layer();
    layer.column->polarities = 2;
    layer.column->adc_bits = 8;
    layer.column->adc.clear();
    for (int polarity = 0; polarity < 2; ++polarity)
        for (const double scale : {1.0, 1.0, 1.0, 1.0})
            layer.column->adc.push_back({1, scale, 0, 0});
    EXPECT_EQ(run(net_of(tensor(2, 1, 1), layer, tensor(1, 1, 1)), {3, 2}), Codes{5 * 3 - 3 * 2});
}

TEST(Column, AWideConverterOfStepOneLosesNothing)
{
    for (const unsigned cell_bits : {1u, 2u, 4u})
        for (const unsigned polarities : {1u, 2u})
            for (const bool serial : {false, true}) {
                QLayer plain;
                plain.geometry.kernel_h = plain.geometry.kernel_w = 3;
                plain.geometry.pad_top = plain.geometry.pad_left = 1;
                plain.requant = IMC_REQUANT_NONE;
                plain.weight_bits = 4;
                QTensor in = tensor(5, 6, 6);
                in.bits = 4;
                const QTensor out = tensor(3, 6, 6);
                for (std::size_t i = 0; i < 3u * 5 * 9; ++i)
                    plain.weights.push_back(static_cast<std::int16_t>(
                        static_cast<int>(imc::random_bits(7, i) % 16) - 8));
                Codes codes;
                for (std::size_t i = 0; i < in.size(); ++i)
                    codes.push_back(static_cast<int>(imc::random_bits(8, i) % 16));
                QLayer column = plain;
                column.column = std::make_shared<QColumn>();
                column.column->cell_bits = cell_bits;
                column.column->slices = 4 / cell_bits;
                column.column->tiles = 3;
                column.column->rows_per_tile = 20;  // two channels of nine rows
                column.column->polarities = polarities;
                column.column->adc_bits = 16;
                column.column->bit_serial_inputs = serial;
                for (unsigned p = 0; p < polarities; ++p)
                    for (unsigned s = 0; s < 4 / cell_bits; ++s)
                        for (int i = 0; i < 3 * 3; ++i)
                            column.column->adc.push_back({1.0, 1.0, 0, 0});
                EXPECT_EQ(run(net_of(in, column, out), codes), run(net_of(in, plain, out), codes))
                    << cell_bits << "-bit cells, " << polarities << " polarities, serial "
                    << serial;
            }
}

TEST(Codebook, CountsProductsActivatesAndEncodes)
{
    QLayer layer;
    layer.scheme = IMC_SCHEME_CODEBOOK;
    layer.weights = {0, 1, 1};
    layer.codebook = std::make_shared<QCodebook>();
    layer.codebook->bias = {-10};
    layer.codebook->weight_codes = layer.codebook->input_codes = 2;
    layer.codebook->product = {-6, 6, -20, 20};
    QTensor in = tensor(3, 1, 1);
    const auto outcome = [&] { return run(net_of(in, layer, tensor(1, 1, 1)), {1, 0, 1}); };
    EXPECT_EQ(outcome(), Codes{-10 + 6 - 20 + 20});
    layer.codebook->relu = true;
    EXPECT_EQ(outcome(), Codes{0});
    layer.codebook->relu = false;
    layer.codebook->activation_key = {-8, 0, 8};
    layer.codebook->activation_value = {100, 200,
                                        300};  // -4 lies between -8 and 0: the lower index
    EXPECT_EQ(outcome(), Codes{100});
    layer.codebook->encode_key = {-50, 90, 120};
    EXPECT_EQ(outcome(), Codes{1});
}

TEST(Codebook, AddsDecodedValues)
{
    QLayer add;
    add.codebook = std::make_shared<QCodebook>();
    add.codebook->decode = {{0, -5, 20, 30}, {0, 7, 9, 100, 4}};
    add.codebook->encode_key = {0, 10, 30, 120};
    QNet net = add_net(add);
    net.tensors[0].zero_point = 0;
    // codes 0 1 2 3 and the copy's 1 2 3 4: 0 + 7, -5 + 9, 20 + 100, 30 + 4
    EXPECT_EQ(run(net, {0, 1, 2, 3}), (Codes{1, 0, 3, 2}));
}

TEST(Codebook, MeansDivideByAPowerOfTwoAndScaleTheKeys)
{
    QLayer pool;
    pool.op = IMC_STAGE_AVGPOOL;
    pool.geometry.kernel_w = 3;
    pool.codebook = std::make_shared<QCodebook>();
    pool.codebook->decode = {{0, 10, 40}};
    pool.codebook->encode_key = {0, 10, 20, 40};
    // 90 / 3 = 30 lies between 20 and 40: the sum 90 / 2 = 45 against keys 0, 15, 30, 60 (floor((3
    // key + 1) / 2))
    EXPECT_EQ(run(net_of(tensor(1, 1, 3), pool, tensor(1, 1, 1)), {1, 2, 2}), Codes{2});
    pool.geometry.kernel_w = 4;
    pool.geometry.pad_left = 1;
    pool.geometry.count_include_pad = true;  // (40 + 40 + 40 + 0) / 4 = 30: a tie, the lower index
    EXPECT_EQ(run(net_of(tensor(1, 1, 3), pool, tensor(1, 1, 1)), {2, 2, 2}), Codes{2});
}

TEST(Codebook, WeightedXorIsAnotherDistance)
{
    QLayer layer;
    layer.weights = {0};
    layer.codebook = std::make_shared<QCodebook>();
    layer.codebook->weight_codes = layer.codebook->input_codes = 1;
    layer.codebook->product = {
        7};  // 0111 against 0011 and 1000 (rapidnn.md: nearest by value is 1000)
    layer.codebook->encode_key = {3, 8};
    const QTensor one = tensor(1, 1, 1);
    EXPECT_EQ(run(net_of(one, layer, one), {0}), Codes{1});
    layer.codebook->weighted_xor = true;
    EXPECT_EQ(run(net_of(one, layer, one), {0}), Codes{0});
}

}  // namespace
