// SPDX-License-Identifier: Apache-2.0
#include "reference/reference.h"

#include "common/error.h"
#include "common/random.h"
#include "support/one_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace {

using namespace imc::reference;
using namespace imc::test;

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
