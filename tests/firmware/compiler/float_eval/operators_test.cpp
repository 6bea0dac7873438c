// SPDX-License-Identifier: Apache-2.0
/// Operators against direct sums written from the ONNX definitions, over random shapes; and
/// properties of histograms.
#include "common/cpu_features.h"
#include "common/error.h"
#include "common/random.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/float_eval/ranges.h"
#include "compiler/graph/passes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using namespace imc::compiler;

int pick(std::uint64_t key, int index, int low, int high)
{
    return low + static_cast<int>(imc::random_bits(key, static_cast<std::uint64_t>(index)) %
                                  static_cast<unsigned>(high - low + 1));
}

std::vector<float> random_floats(std::uint64_t key, std::int64_t count)
{
    std::vector<float> numbers;
    for (std::int64_t i = 0; i < count; ++i)
        numbers.push_back(
            static_cast<float>(imc::random_normal(key, static_cast<std::uint64_t>(i))));
    return numbers;
}

/// input -> one node.
Graph one_node(const Shape& in, const Shape& out, Op op, Attributes attributes)
{
    Graph g;
    g.nodes.push_back({Op::input, "input", {}, 0, -1, -1, {}});
    g.nodes.push_back({op, "node", {0}, 1, -1, -1, std::move(attributes)});
    g.values.push_back({"input", in, 0, {}});
    g.values.push_back({"output", out, 1, {}});
    g.input = 0;
    g.outputs = {1};
    return g;
}

struct ConvCase {
    Graph graph;
    ConvAttributes a;
    Shape in, out;
};

ConvCase random_conv(std::uint64_t key)
{
    ConvCase c;
    c.a = {pick(key, 0, 1, 4), pick(key, 1, 1, 4), pick(key, 2, 1, 3), pick(key, 3, 1, 3),
           pick(key, 4, 0, 2), pick(key, 5, 0, 2), pick(key, 6, 0, 2), pick(key, 7, 0, 2),
           pick(key, 8, 1, 2), pick(key, 9, 1, 2), pick(key, 10, 1, 3)};
    const int in_per_group = pick(key, 11, 1, 4), out_per_group = pick(key, 12, 1, 11);
    c.in = {in_per_group * c.a.groups, pick(key, 13, 7, 14), pick(key, 14, 7, 14)};
    c.out = {out_per_group * c.a.groups,
             (c.in.h + c.a.pad_top + c.a.pad_bottom - (c.a.kernel_h - 1) * c.a.dilation_h - 1) /
                     c.a.stride_h +
                 1,
             (c.in.w + c.a.pad_left + c.a.pad_right - (c.a.kernel_w - 1) * c.a.dilation_w - 1) /
                     c.a.stride_w +
                 1};
    c.graph = one_node(c.in, c.out, Op::conv, c.a);
    const std::vector<int> dims{c.out.c, in_per_group, c.a.kernel_h, c.a.kernel_w};
    const std::int64_t count =
        static_cast<std::int64_t>(c.out.c) * in_per_group * c.a.kernel_h * c.a.kernel_w;
    c.graph.tensors.push_back({"w", dims, random_floats(key + 1, count), {}});
    c.graph.tensors.push_back({"b", {c.out.c}, random_floats(key + 2, c.out.c), {}});
    c.graph.nodes[1].weight = 0;
    c.graph.nodes[1].bias = 1;
    return c;
}

/// One output of a convolution, straight from its definition, in double.
double conv_at(const ConvCase& c, const float* image, int oc, int oy, int ox)
{
    const auto& w = std::get<std::vector<float>>(c.graph.tensors[0].data);
    const int per_group = c.in.c / c.a.groups, first = oc / (c.out.c / c.a.groups) * per_group;
    double sum =
        std::get<std::vector<float>>(c.graph.tensors[1].data)[static_cast<std::size_t>(oc)];
    for (int ic = 0; ic < per_group; ++ic)
        for (int ky = 0; ky < c.a.kernel_h; ++ky)
            for (int kx = 0; kx < c.a.kernel_w; ++kx) {
                const int y = oy * c.a.stride_h + ky * c.a.dilation_h - c.a.pad_top;
                const int x = ox * c.a.stride_w + kx * c.a.dilation_w - c.a.pad_left;
                if (y < 0 || y >= c.in.h || x < 0 || x >= c.in.w) continue;
                const double weight = w[static_cast<std::size_t>(
                    ((oc * per_group + ic) * c.a.kernel_h + ky) * c.a.kernel_w + kx)];
                sum += weight * image[((first + ic) * c.in.h + y) * c.in.w + x];
            }
    return sum;
}

TEST(FloatOperators, ConvolutionIsItsDefinitionOverRandomShapes)
{
    for (std::uint64_t trial = 0; trial < 60; ++trial) {
        const ConvCase c = random_conv(imc::random_key(11, trial));
        const auto images = random_floats(trial + 500, 3 * c.in.size());
        const auto result = FloatEvaluator(c.graph).run(images.data(), 3);
        std::size_t i = 0;
        for (int image = 0; image < 3; ++image)
            for (int oc = 0; oc < c.out.c; ++oc)
                for (int oy = 0; oy < c.out.h; ++oy)
                    for (int ox = 0; ox < c.out.w; ++ox, ++i)
                        ASSERT_NEAR(result[i],
                                    conv_at(c, images.data() + image * c.in.size(), oc, oy, ox),
                                    1e-4)
                            << trial;
    }
}

TEST(FloatOperators, EverySimdLevelGivesTheSameBits)
{
    const imc::SimdLevel before = imc::simd_level();
    const ConvCase c = random_conv(imc::random_key(12, 4));
    const auto images = random_floats(77, 5 * c.in.size());
    const auto best = FloatEvaluator(c.graph).run(images.data(), 5);
    for (int level = 0; level <= static_cast<int>(imc::detected_simd_level()); ++level) {
        imc::set_simd_level(static_cast<imc::SimdLevel>(level));
        EXPECT_EQ(FloatEvaluator(c.graph).run(images.data(), 5), best) << level;
    }
    imc::set_simd_level(before);
}

TEST(FloatOperators, AveragePoolCountsOnlyWhatItMay)
{
    // 3x3 of ones, window 2x2, pad 1 all round, stride 2: the corner sees one real position.
    PoolAttributes a{2, 2, 2, 2, 1, 1, 1, 1, 1, 1, false};
    const std::vector<float> ones(9, 1.0f);
    EXPECT_EQ(
        FloatEvaluator(one_node({1, 3, 3}, {1, 2, 2}, Op::average_pool, a)).run(ones.data(), 1),
        (std::vector<float>{1, 1, 1, 1}));
    a.count_include_pad = true;
    EXPECT_EQ(
        FloatEvaluator(one_node({1, 3, 3}, {1, 2, 2}, Op::average_pool, a)).run(ones.data(), 1),
        (std::vector<float>{0.25f, 0.5f, 0.5f, 1.0f}));
}

TEST(FloatOperators, PaddingNeverWinsAMaxPool)
{
    const PoolAttributes a{3, 3, 2, 2, 1, 1, 1, 1, 1, 1, false};
    const std::vector<float> negative{-4, -3, -2, -1};
    EXPECT_EQ(
        FloatEvaluator(one_node({1, 2, 2}, {1, 1, 1}, Op::max_pool, a)).run(negative.data(), 1),
        (std::vector<float>{-1}));
}

TEST(FloatOperators, RoundingToAGridIsHalfToEvenAndSaturates)
{
    Graph g = one_node({6, 1, 1}, {6, 1, 1}, Op::quantize, {});
    g.values[1].quantization = Quantization{DType::int8, -1, {0.5f}, {10}};
    const std::vector<float> x{0.25f, 0.75f, -0.25f, 100.0f, -100.0f, 1.0f};
    // codes: 10 + rne(0.5) = 10, 10 + rne(1.5) = 12, 10, 127, -128, 12
    EXPECT_EQ(FloatEvaluator(g).run(x.data(), 1),
              (std::vector<float>{0.0f, 1.0f, 0.0f, 58.5f, -69.0f, 1.0f}));
}

TEST(FloatOperators,
     LocalResponseNormalisationOfOnes)  // (1 + 1/5 * neighbours)^-1 with alpha 1, beta 1
{
    const Graph g = one_node({5, 1, 1}, {5, 1, 1}, Op::lrn, LrnAttributes{5, 1.0f, 1.0f, 1.0f});
    const std::vector<float> ones(5, 1.0f);
    const auto y = FloatEvaluator(g).run(ones.data(), 1);
    EXPECT_FLOAT_EQ(y[0], 1.0f / 1.6f);
    EXPECT_FLOAT_EQ(y[2], 1.0f / 2.0f);
}

TEST(FoldAffine, LeavesTheNetworkWhatItComputes)
{
    ConvCase c = random_conv(imc::random_key(13, 1));
    Graph& g = c.graph;
    g.tensors.push_back({"s", {c.out.c}, random_floats(3, c.out.c), {}});
    g.tensors.push_back({"t", {c.out.c}, random_floats(4, c.out.c), {}});
    g.nodes.push_back({Op::affine, "bn", {1}, 2, 2, 3, {}});
    g.values.push_back({"bn", c.out, 2, {}});
    g.outputs = {2};
    const auto images = random_floats(5, 2 * c.in.size());
    const auto before = FloatEvaluator(g).run(images.data(), 2);
    fold_affine(g);
    ASSERT_EQ(g.nodes.size(), 2u);
    EXPECT_EQ(g.values[static_cast<std::size_t>(g.outputs[0])].name, "bn");
    const auto after = FloatEvaluator(g).run(images.data(), 2);
    for (std::size_t i = 0; i < before.size(); ++i)
        ASSERT_NEAR(after[i], before[i], 2e-5 * (1.0 + std::abs(before[i])));
}

TEST(FillSynthetic, DrawsTheVarianceOfHeAndDependsOnNameAndSeed)
{
    Graph g = one_node({256, 1, 1}, {64, 1, 1}, Op::gemm, {});
    g.tensors.push_back({"w", {64, 256}, {}, {}});
    g.nodes[1].weight = 0;
    EXPECT_THROW(FloatEvaluator{g}, imc::InputError);
    Graph other = g;
    fill_synthetic(g, 1);
    fill_synthetic(other, 2);
    const auto& w = std::get<std::vector<float>>(g.tensors[0].data);
    double sum = 0.0, squares = 0.0;
    for (const float x : w)
        sum += x, squares += static_cast<double>(x) * x;
    EXPECT_NEAR(sum / static_cast<double>(w.size()), 0.0, 3e-3);
    EXPECT_NEAR(squares / static_cast<double>(w.size()), 2.0 / 256.0, 2e-4);
    EXPECT_NE(w, std::get<std::vector<float>>(other.tensors[0].data));
}

TEST(Histogram, DoesNotDependOnTheOrder)
{
    auto numbers = random_floats(9, 20000);
    Histogram forward, backward;
    for (const float x : numbers)
        forward.add(&x, 1);
    std::reverse(numbers.begin(), numbers.end());
    backward.add(numbers.data(), numbers.size());
    EXPECT_EQ(forward.bins(), backward.bins());
    EXPECT_EQ(forward.bin_width(), backward.bin_width());
    EXPECT_EQ(forward.min(), backward.min());
    EXPECT_NEAR(forward.quantile(0.975), 1.96, 0.05);  // of the standard normal
    EXPECT_NEAR(forward.quantile(0.5), 0.0, 0.03);
    EXPECT_EQ(forward.quantile(1.0), forward.max());
    const float bad = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(forward.add(&bad, 1), imc::InputError);
}

}  // namespace
