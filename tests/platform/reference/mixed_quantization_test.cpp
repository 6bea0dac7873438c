// SPDX-License-Identifier: Apache-2.0
/// Models that are quantised in part, as exporters leave them when layers are excluded: the file's
/// integers where it has some, quantisation after training elsewhere.
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/float_eval/ranges.h"
#include "compiler/import/onnx_import.h"
#include "compiler/quantize/quantize.h"
#include "reference/reference.h"
#include "support/onnx_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace imc;
using namespace imc::compiler;
using namespace imc::test;

const std::vector<float> image{1.0f, -2.0f, 3.0f, -0.5f};
const std::vector<float> second_weights{0.5f, -0.25f, 0.125f, 0.75f, -1.0f, 0.3f};

/// Two fully connected layers, the first with 8-bit weights, the second in float; `grids`: with
/// codes for activations too.
Graph two_layers(bool grids)
{
    OnnxBuilder b;
    b.input("x", {0, 4}).output("y").scale("x_s", 0.5f).int8s("x_z", {}, {0});
    b.int8s("w", {3, 4}, {1, 2, 3, 4, -5, 6, -7, 8, 9, -10, 11, -12})
        .scale("w_s", 0.25f)
        .int8s("w_z", {}, {0})
        .scale("h_s", 0.125f)
        .int8s("h_z", {}, {3})
        .constant(floats("v", {2, 3}, second_weights));
    b.node("DequantizeLinear", {"w", "w_s", "w_z"}, "wd");
    if (grids)
        b.node("QuantizeLinear", {"x", "x_s", "x_z"}, "x_q")
            .node("DequantizeLinear", {"x_q", "x_s", "x_z"}, "x_d");
    b.node("Gemm", {grids ? "x_d" : "x", "wd"}, "h", {{"transB", 1}});
    if (grids)
        b.node("QuantizeLinear", {"h", "h_s", "h_z"}, "h_q")
            .node("DequantizeLinear", {"h_q", "h_s", "h_z"}, "h_d");
    b.node("Gemm", {grids ? "h_d" : "h", "v"}, "y", {{"transB", 1}});
    const std::string bytes = b.bytes();
    return import_onnx_bytes(bytes.data(), bytes.size(), "m.onnx");
}

QNet quantized(const Graph& graph)
{
    CalibrationSource source;
    source.ranges = [](const Graph& g) {
        Ranges ranges;
        for (const auto& histogram : collect_ranges(g, image.data(), 1))
            ranges.push_back({histogram.min(), histogram.max()});
        return ranges;
    };
    return quantize(graph, {}, source);
}

std::vector<std::int32_t> codes_of(const QTensor& tensor, const std::vector<float>& numbers)
{
    std::vector<std::int32_t> codes;
    for (const float x : numbers)
        codes.push_back(static_cast<std::int32_t>(std::lround(x / tensor.scale)) +
                        tensor.zero_point);
    return codes;
}

TEST(MixedQuantization, LayersInFloatGetCodesAndTheOthersKeepTheirs)
{
    const Graph graph = two_layers(true);
    const QNet net = quantized(graph);
    const auto tensors = reference::evaluate(net, codes_of(net.tensors[net.input], image).data());
    // codes 2, -4, 6, -1 times the rows of w, plus zero point 3; the third, 139, saturates
    EXPECT_THAT(tensors[net.layers[0].output],
                testing::ElementsAre(2 - 8 + 18 - 4 + 3, -10 - 24 - 42 - 8 + 3, 127));
    const auto expected = FloatEvaluator(graph).run(image.data(), 1);
    const QTensor& out = net.tensors[net.output];
    for (std::size_t o = 0; o < 2; ++o) {
        const double y = (tensors[net.output][o] - out.zero_point) * out.scale;
        const double step = 1.0 / 127.0;  // weights up to 1 in 8 bits; hidden values add up to 28
        EXPECT_NEAR(y, expected[o], 28.0 * step / 2 + out.scale) << "output " << o;
    }
}

TEST(MixedQuantization, WeightsAloneMayBeQuantised)
{
    const Graph graph = two_layers(false);
    const QNet net = quantized(graph);
    EXPECT_EQ(net.layers[0].weights,
              (std::vector<std::int16_t>{1, 2, 3, 4, -5, 6, -7, 8, 9, -10, 11, -12}));
    const auto tensors = reference::evaluate(net, codes_of(net.tensors[net.input], image).data());
    const auto expected = FloatEvaluator(graph).run(image.data(), 1);
    const QTensor& out = net.tensors[net.output];
    for (std::size_t o = 0; o < 2; ++o)  // 8-bit steps of inputs in 5 and hidden values in 28
        EXPECT_NEAR((tensors[net.output][o] - out.zero_point) * out.scale, expected[o],
                    28.0 / 127.0 / 2 + 2 * (28.0 / 255.0) + 5.0 / 255.0 * 10.5 + out.scale);
}

}  // namespace
