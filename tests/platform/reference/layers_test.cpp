// SPDX-License-Identifier: Apache-2.0
#include "reference/reference.h"

#include "common/error.h"
#include "common/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace {

using namespace imc::reference;
using imc::compiler::QCodebook;
using imc::compiler::QColumn;
using imc::compiler::QLayer;
using imc::compiler::QNet;
using imc::compiler::QTensor;

QTensor tensor(unsigned channels, unsigned height, unsigned width, std::int32_t zero_point = 0,
               std::int32_t min = -1'000'000, std::int32_t max = 1'000'000)
{
    QTensor t;
    t.channels = channels;
    t.height = height;
    t.width = width;
    t.zero_point = zero_point;
    t.min = min;
    t.max = max;
    return t;
}

/// A network of one layer; more inputs than one are made from the first by copies.
QNet net_of(QTensor in, QLayer layer, QTensor out)
{
    QNet net;
    net.tensors = {std::move(in), std::move(out)};
    net.input = 0;
    net.output = 1;
    layer.name = "under test";
    layer.inputs = {0};
    layer.output = 1;
    net.layers = {std::move(layer)};
    return net;
}

std::vector<std::int32_t> run(const QNet& net, const std::vector<std::int32_t>& input,
                              unsigned threads = 1)
{
    return evaluate(net, input.data(), threads)[static_cast<std::size_t>(net.output)];
}

using Codes = std::vector<std::int32_t>;

TEST(Conv, PaddingIsRealZeroAndTheOutputIsClamped)
{
    QLayer layer;
    layer.geometry.kernel_h = layer.geometry.kernel_w = 2;
    layer.geometry.pad_top = layer.geometry.pad_left = 1;
    layer.weights = {1, -1, 2, 0};
    layer.requant = IMC_REQUANT_DYADIC;
    layer.scale = {{1, 1, 0, 1, 0}};
    const QNet net = net_of(tensor(1, 3, 3, 1), layer, tensor(1, 3, 3, 2, 2, 8));
    // codes less 1: 0..8; sums 0 0 2 / 0 5 7 / -3 11 13; plus bias 1, halved half up, plus zero
    // point 2, within 2..8
    EXPECT_EQ(run(net, {1, 2, 3, 4, 5, 6, 7, 8, 9}), (Codes{3, 3, 4, 3, 5, 6, 2, 8, 8}));
}

TEST(Conv, GroupsAndDilation)
{
    QLayer layer;
    layer.geometry.kernel_w = layer.geometry.dilation_w = layer.geometry.groups = 2;
    layer.weights = {1, 10, -1, 1};
    layer.requant = IMC_REQUANT_NONE;
    const QNet net = net_of(tensor(2, 1, 4), layer, tensor(2, 1, 2));
    EXPECT_EQ(run(net, {1, 2, 3, 4, 5, 6, 7, 8}), (Codes{31, 42, 2, 2}));
}

TEST(Conv, AFullyConnectedLayerIsAKernelOfTheWholeInput)
{
    QLayer layer;
    layer.geometry.kernel_h = layer.geometry.kernel_w = 2;
    layer.weights = {1, 2, 3, 4, -1, 0, 0, 1};
    layer.requant = IMC_REQUANT_ONNX;
    layer.scale = {{0, 1, 2, 0, 0}, {100, 1, 1, 0, 0}};
    const QNet net = net_of(tensor(1, 2, 2), layer, tensor(2, 1, 1));
    EXPECT_EQ(run(net, {1, 1, 1, 5}), (Codes{13, 104}));  // 26 / 2; 4 + 100
}

TEST(Conv, SixteenBitSumsNeedMoreThan32Bits)
{
    QLayer layer;
    layer.weights.assign(4608, 32767);
    layer.requant = IMC_REQUANT_DYADIC;
    layer.scale = {{0, 1, 0, 30, 0}};
    const QNet net = net_of(tensor(4608, 1, 1), layer, tensor(1, 1, 1));
    // 4608 x 32767 x 65535 = 9,895,159,726,080... / 2^30
    EXPECT_EQ(run(net, Codes(4608, 65535)),
              Codes{static_cast<std::int32_t>((4608ll * 32767 * 65535 + (1ll << 29)) >> 30)});
}

TEST(Conv, RandomLayersEqualTheSevenLoops)
{
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const auto pick = [&](std::uint64_t what, std::uint64_t n) {
            return static_cast<unsigned>(imc::random_bits(imc::random_key(seed, what), 0) % n);
        };
        QLayer layer;
        auto& g = layer.geometry;
        g.groups = 1 + pick(0, 3);
        const unsigned channels = 1 + pick(1, 4), outputs = 1 + pick(2, 4);
        g.kernel_h = 1 + pick(3, 3), g.kernel_w = 1 + pick(4, 3);
        g.stride_h = 1 + pick(5, 2), g.stride_w = 1 + pick(6, 2);
        g.dilation_h = 1 + pick(7, 2), g.dilation_w = 1 + pick(8, 2);
        g.pad_top = pick(9, 3), g.pad_left = pick(10, 3);
        const QTensor in = tensor(channels * g.groups, 4 + pick(11, 5), 4 + pick(12, 5),
                                  static_cast<int>(pick(13, 7)));
        const QTensor out = tensor(outputs * g.groups, 1 + pick(14, 4), 1 + pick(15, 4));
        layer.requant = IMC_REQUANT_NONE;
        const bool wide = seed % 3 == 0;
        Codes codes;
        for (std::size_t i = 0; i < in.size(); ++i)
            codes.push_back(static_cast<int>(imc::random_bits(imc::random_key(seed, 20), i) %
                                             (wide ? 65536 : 256)));
        for (std::size_t i = 0; i < std::size_t{out.channels} * channels * g.kernel_h * g.kernel_w;
             ++i)
            layer.weights.push_back(static_cast<std::int16_t>(
                static_cast<int>(imc::random_bits(imc::random_key(seed, 21), i) % 255) - 127));
        Codes expected;
        for (unsigned o = 0; o < out.channels; ++o)
            for (unsigned y = 0; y < out.height; ++y)
                for (unsigned x = 0; x < out.width; ++x) {
                    std::int64_t sum = 0;
                    for (unsigned c = 0; c < channels; ++c)
                        for (unsigned ky = 0; ky < g.kernel_h; ++ky)
                            for (unsigned kx = 0; kx < g.kernel_w; ++kx) {
                                const int iy =
                                    static_cast<int>(y * g.stride_h + ky * g.dilation_h) -
                                    static_cast<int>(g.pad_top);
                                const int ix =
                                    static_cast<int>(x * g.stride_w + kx * g.dilation_w) -
                                    static_cast<int>(g.pad_left);
                                if (iy < 0 || ix < 0 || iy >= static_cast<int>(in.height) ||
                                    ix >= static_cast<int>(in.width))
                                    continue;
                                const unsigned channel = o / outputs * channels + c;
                                const std::size_t at =
                                    (std::size_t{channel} * in.height + static_cast<unsigned>(iy)) *
                                        in.width +
                                    static_cast<unsigned>(ix);
                                const std::size_t w =
                                    ((std::size_t{o} * channels + c) * g.kernel_h + ky) *
                                        g.kernel_w +
                                    kx;
                                sum += std::int64_t{codes[at] - in.zero_point} * layer.weights[w];
                            }
                    expected.push_back(
                        static_cast<std::int32_t>(std::clamp<std::int64_t>(sum, out.min, out.max)));
                }
        const QNet net = net_of(in, layer, out);
        ASSERT_EQ(run(net, codes), expected) << "seed " << seed;
        ASSERT_EQ(run(net, codes, 3), expected) << "threads change nothing, seed " << seed;
    }
}

/// Two streams: the input and a copy of it, to which 1 is added.
QNet add_net(QLayer add)
{
    QNet net;
    net.tensors = {tensor(1, 1, 4, 1), tensor(1, 1, 4), tensor(1, 1, 4)};
    QLayer copy;
    copy.op = IMC_STAGE_COPY;
    copy.requant = IMC_REQUANT_NONE;
    copy.scale = {{1, 0, 0, 0, 0}};
    copy.inputs = {0};
    copy.output = 1;
    add.op = IMC_STAGE_ADD;
    add.inputs = {0, 1};
    add.output = 2;
    net.layers = {copy, add};
    net.input = 0;
    net.output = 2;
    return net;
}

TEST(Add, OnnxRoundsOnceToEven)
{
    QLayer add;
    add.requant = IMC_REQUANT_ONNX;
    add.scale = {{0, 1, 0, -1, 0}, {0, 1, 0, -2, 0}, {0, 1, 1, 0, 0}};
    // codes 1 2 4 7, real 0 1 3 6; the copy holds real + 1; real / 2 + (real + 1) / 4 = 0.25,
    // 1, 2.5, 4.75
    EXPECT_EQ(run(add_net(add), {1, 2, 4, 7}), (Codes{0, 1, 2, 5}));
}

TEST(Add, DyadicRoundsHalfUp)
{
    QLayer add;
    add.requant = IMC_REQUANT_DYADIC;
    add.scale = {{0, 2, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 0, 2, 0}};
    EXPECT_EQ(run(add_net(add), {1, 2, 4, 7}), (Codes{0, 1, 3, 5}));  // 1, 4, 10 and 19 quarters
}

TEST(Pool, PaddingNeverWinsAndCountsOnlyIfAsked)
{
    QLayer pool;
    pool.op = IMC_STAGE_MAXPOOL;
    pool.geometry.kernel_h = pool.geometry.kernel_w = 2;
    pool.geometry.stride_h = pool.geometry.stride_w = 2;
    pool.geometry.pad_top = pool.geometry.pad_left = 1;
    QTensor in = tensor(1, 2, 2, 10);
    const Codes codes{4, 5, 6, 1};  // real -6 -5 -4 -9
    EXPECT_EQ(run(net_of(in, pool, tensor(1, 1, 1)), codes), Codes{4});
    pool.op = IMC_STAGE_AVGPOOL;
    pool.requant = IMC_REQUANT_NONE;
    EXPECT_EQ(run(net_of(in, pool, tensor(1, 1, 1, 10)), codes), Codes{4});
    pool.geometry.count_include_pad = true;  // -6 / 4 = -1.5, away from zero
    EXPECT_EQ(run(net_of(in, pool, tensor(1, 1, 1, 10)), codes), Codes{8});
}

TEST(Elementwise, AffineLutAndConcat)
{
    QLayer affine;
    affine.op = IMC_STAGE_AFFINE;
    affine.requant = IMC_REQUANT_DYADIC;
    affine.scale = {{5, 3, 0, 2, 0}, {0, -1, 0, 0, 0}};
    EXPECT_EQ(run(net_of(tensor(2, 1, 1, 1), affine, tensor(2, 1, 1)), {8, 9}),
              (Codes{7, -8}));  // (21 + 5) / 4, -8
    QLayer lut;
    lut.op = IMC_STAGE_LUT;
    lut.lut = {10, 20, 30, 40};
    QTensor in = tensor(1, 1, 2, 0, -2, 1);
    EXPECT_EQ(run(net_of(in, lut, tensor(1, 1, 2)), {-2, 1}), (Codes{10, 40}));
    QNet concat = add_net(QLayer{});
    concat.layers[1].op = IMC_STAGE_COPY;
    concat.tensors[2] = tensor(2, 1, 4);
    EXPECT_EQ(run(concat, {1, 2, 4, 7}), (Codes{1, 2, 4, 7, 1, 2, 4, 7}));
}

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

TEST(Bad, LayersAreNamed)
{
    QLayer layer;
    layer.weights = {1, 2, 3};
    try {
        run(net_of(tensor(2, 1, 1), layer, tensor(1, 1, 1)), {1, 2});
        FAIL();
    } catch (const imc::InputError& error) {
        EXPECT_STREQ(error.what(), "reference: layer under test: number of weights is wrong");
    }
}

TEST(Comparison, CountsAndNamesTheFirstMismatch)
{
    Comparison comparison;
    const Codes expected{10, 20, 30}, actual{10, 21, 28};
    comparison.add(0, expected.data(), expected.data(), 3);
    EXPECT_FALSE(comparison.sqnr_db());
    comparison.add(4, expected.data(), actual.data(), 3);
    EXPECT_EQ(comparison.compared(), 6u);
    EXPECT_EQ(comparison.mismatches(), 2u);
    EXPECT_EQ(comparison.first_mismatch(), "image 4, element 1: expected 20, got 21");
    EXPECT_NEAR(*comparison.sqnr_db(), 10 * std::log10(2800.0 / 5.0), 1e-12);
}

}  // namespace
