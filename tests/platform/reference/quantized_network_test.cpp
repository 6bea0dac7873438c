// SPDX-License-Identifier: Apache-2.0
/// The quantiser's networks, evaluated by the independent reference, against the float network.
#include "compiler/float_eval/ranges.h"
#include "compiler/graph/passes.h"
#include "compiler/import/onnx_import.h"
#include "compiler/quantize/quantize.h"
#include "reference/reference.h"

#include "common/random.h"
#include "support/data_folder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace imc;
using namespace imc::compiler;

/// Builds float graphs node by node.
struct Builder {
    Graph graph;
    int value(const std::string& name, Shape shape)
    {
        graph.values.push_back({name, shape, static_cast<int>(graph.nodes.size()), {}});
        return static_cast<int>(graph.values.size() - 1);
    }
    int input(Shape shape)
    {
        Node node;
        node.name = "input";
        node.output = graph.input = value("input", shape);
        graph.nodes.push_back(node);
        return node.output;
    }
    int tensor(const std::string& name, std::vector<int> dims, std::vector<float> data)
    {
        Tensor t;
        t.name = name;
        t.dims = std::move(dims);
        t.data = std::move(data);
        graph.tensors.push_back(std::move(t));
        return static_cast<int>(graph.tensors.size() - 1);
    }
    std::vector<float> numbers(std::size_t n, double scale)
    {
        std::vector<float> data(n);
        for (std::size_t i = 0; i < n; ++i)
            data[i] =
                static_cast<float>(scale * random_normal(random_key(3, graph.tensors.size()), i));
        return data;
    }
    int conv(const std::string& name, int in, int out, int kernel, int stride, int groups = 1)
    {
        const Shape s = graph.shape(in);
        Node node;
        node.op = Op::conv;
        node.name = name;
        node.inputs = {in};
        ConvAttributes a;
        a.kernel_h = a.kernel_w = kernel;
        a.stride_h = a.stride_w = stride;
        a.pad_top = a.pad_left = a.pad_bottom = a.pad_right = kernel / 2;
        a.groups = groups;
        node.attributes = a;
        const int k = s.c / groups * kernel * kernel;
        node.weight = tensor(name + ".w", {out, s.c / groups, kernel, kernel},
                             numbers(static_cast<std::size_t>(out) * k, std::sqrt(2.0 / k)));
        node.bias = tensor(name + ".b", {out}, numbers(static_cast<std::size_t>(out), 0.1));
        node.output = value(name, {out, (s.h + 2 * (kernel / 2) - kernel) / stride + 1,
                                   (s.w + 2 * (kernel / 2) - kernel) / stride + 1});
        graph.nodes.push_back(node);
        return node.output;
    }
    int simple(Op op, const std::string& name, std::vector<int> inputs, Shape shape,
               Attributes attributes = {})
    {
        Node node;
        node.op = op;
        node.name = name;
        node.inputs = std::move(inputs);
        node.attributes = std::move(attributes);
        node.output = value(name, shape);
        graph.nodes.push_back(node);
        return node.output;
    }
    int relu(int in)
    {
        return simple(Op::relu, "relu" + std::to_string(graph.nodes.size()), {in}, graph.shape(in));
    }
    int gemm(const std::string& name, int in, int out)
    {
        const auto size = static_cast<int>(graph.shape(in).size());
        Node node;
        node.op = Op::gemm;
        node.name = name;
        node.inputs = {in};
        node.weight = tensor(name + ".w", {out, size},
                             numbers(static_cast<std::size_t>(out) * size, std::sqrt(1.0 / size)));
        node.output = value(name, {out, 1, 1});
        graph.nodes.push_back(node);
        return node.output;
    }
};

/// Every operator of a residual network, a depthwise block, a concat and a parameter-free shortcut.
Graph mixed_network()
{
    Builder b;
    const int image = b.input({3, 12, 12});
    const int stem = b.relu(b.conv("stem", image, 8, 3, 1));
    const int main = b.conv("conv2", b.relu(b.conv("conv1", stem, 8, 3, 1)), 8, 3, 1);
    const int block = b.relu(b.simple(Op::add, "add", {main, stem}, {8, 12, 12}));
    const int depthwise = b.relu(b.conv("depthwise", block, 8, 3, 1, 8));
    const int joined = b.simple(Op::concat, "concat", {block, depthwise}, {16, 12, 12});
    PoolAttributes max;
    max.kernel_h = max.kernel_w = max.stride_h = max.stride_w = 2;
    const int pooled = b.simple(Op::max_pool, "max", {joined}, {16, 6, 6}, max);
    SliceAttributes every_second;
    every_second.step = {1, 2, 2};
    const int sliced = b.simple(Op::slice, "slice", {pooled}, {16, 3, 3}, every_second);
    PadAttributes channels;
    channels.before = {4, 0, 0};
    channels.after = {4, 0, 0};
    const int padded = b.simple(Op::pad, "pad", {sliced}, {24, 3, 3}, channels);
    const int down = b.conv("down", pooled, 24, 3, 2);
    const int second = b.relu(b.simple(Op::add, "add2", {down, padded}, {24, 3, 3}));
    PoolAttributes average;
    average.kernel_h = average.kernel_w = 3;
    const int mean = b.simple(Op::average_pool, "mean", {second}, {24, 1, 1}, average);
    b.graph.outputs = {b.gemm("fc", mean, 10)};
    b.graph.name = "mixed";
    return b.graph;
}

std::vector<float> images(const Graph& graph, std::size_t count)
{
    std::vector<float> x(count * static_cast<std::size_t>(graph.shape(graph.input).size()));
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = static_cast<float>(random_normal(11, i));
    return x;
}

CalibrationSource source(const std::vector<float>& x, std::size_t count)
{
    CalibrationSource s;
    s.ranges = [&x, count](const Graph& g) {
        Ranges ranges;
        for (const auto& h : collect_ranges(g, x.data(), count))
            ranges.push_back({h.min(), h.max()});
        return ranges;
    };
    s.observe = [&x, count](const Graph& g, const FloatEvaluator::Observer& o) {
        FloatEvaluator(g).run(x.data(), count, o);
    };
    return s;
}

/// Signal to noise of the quantised network's outputs against the float ones, dB.
double sqnr(const Graph& graph, const QNet& net, const std::vector<float>& x, std::size_t count)
{
    const auto expected = FloatEvaluator(graph).run(x.data(), count);
    const QTensor &in = net.tensors[net.input], &out = net.tensors[net.output];
    double signal = 0.0, noise = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<std::int32_t> codes(in.size());
        for (std::size_t j = 0; j < codes.size(); ++j)
            codes[j] = static_cast<std::int32_t>(std::clamp<double>(
                std::nearbyint(x[i * codes.size() + j] / in.scale) + in.zero_point, in.min,
                in.max));
        const auto result = reference::evaluate(net, codes.data(), 1)[net.output];
        for (std::size_t j = 0; j < result.size(); ++j) {
            const double want = expected[i * result.size() + j],
                         got = (result[j] - out.zero_point) * out.scale;
            signal += want * want;
            noise += (want - got) * (want - got);
        }
    }
    return 10.0 * std::log10(signal / noise);
}

TEST(QuantizedNetwork, EightBitsFollowTheFloatNetwork)
{
    const Graph graph = mixed_network();
    const auto x = images(graph, 4);
    QuantOptions options;
    const double eight = sqnr(graph, quantize(graph, options, source(x, 4)), x, 4);
    EXPECT_GT(eight, 28.0);  // four layers of 8-bit rounding, 6.02 dB a bit
    options.signed_activations = SignedActivations::twos_complement;
    EXPECT_GT(sqnr(graph, quantize(graph, options, source(x, 4)), x, 4), 28.0);
    options.weight_bits = options.activation_bits = options.input_layer_bits = 12;
    EXPECT_GT(sqnr(graph, quantize(graph, options, source(x, 4)), x, 4),
              eight + 15.0);  // four bits more: 24 dB less noise
}

TEST(QuantizedNetwork, BlockwiseBitsWithoutATargetKeepTheNetwork)
{
    const Graph graph = mixed_network();
    const auto x = images(graph, 2);
    QuantOptions options;
    options.scheme = Scheme::bwq;
    const QNet net = quantize(graph, options, source(x, 2));
    EXPECT_GT(sqnr(graph, net, x, 2), 25.0);
    EXPECT_LT(net.weight_bits_mean, 8.0);
}

/// Codes of three neighbouring bits lie within 1/16 of any weight: about 26 dB a layer, four
/// layers.
TEST(QuantizedNetwork, ThreeConsecutiveBitsKeepTheNetwork)
{
    const Graph graph = mixed_network();
    const auto x = images(graph, 4);
    QuantOptions options;
    options.weight_bits = options.activation_bits = options.input_layer_bits = 16;
    options.bit_window = 3;
    const QNet net = quantize(graph, options, source(x, 4));
    const double three = sqnr(graph, net, x, 4);
    EXPECT_GT(three, 17.0);
    for (const auto& layer : net.layers)
        for (const int code : layer.weights) {
            const unsigned m = static_cast<unsigned>(std::abs(code));
            ASSERT_TRUE(m == 0 || m >> __builtin_ctz(m) < 8) << layer.name << " " << code;
        }
    options.bit_window = 1;
    EXPECT_LT(sqnr(graph, quantize(graph, options, source(x, 4)), x, 4), three - 6.0);
}

TEST(QuantizedNetwork, ColumnQuantConvergesToThePlainNetworkWithConverterBits)
{
    const Graph graph = mixed_network();
    const auto x = images(graph, 4);
    QuantOptions options;
    options.scheme = Scheme::column;
    options.column.array_rows = 128;
    options.weight_bits = 4;
    options.activation_bits = 6;
    double before = -100.0;
    for (const double bits : {1.0, 2.0, 4.0, 8.0}) {
        options.column.adc_bits = bits;
        const double now = sqnr(graph, quantize(graph, options, source(x, 4)), x, 4);
        EXPECT_GT(now, before - 1.0) << bits;
        before = now;
    }
    EXPECT_GT(before, 12.0);
}

TEST(QuantizedNetwork, ResNet20KeepsItsPredictions)
{
    IMC_NEEDS_DATA(folder);
    const Graph graph = import_onnx(folder + "/resnet20-cifar10/resnet20.onnx");
    const auto x = images(graph, 2);
    EXPECT_GT(sqnr(graph, quantize(graph, {}, source(x, 2)), x, 2), 20.0);
}

}  // namespace
