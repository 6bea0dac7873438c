// SPDX-License-Identifier: Apache-2.0
/// The two forms of quantised models as onnxruntime's quantize_static writes them: QDQ and
/// QOperator. Both must come to the same graph, and the graph must give the integers that ONNX
/// specifies.
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/import/onnx_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/error_line.h"
#include "support/onnx_builder.h"

namespace {

using namespace imc::test;
using namespace imc::compiler;

constexpr float input_scale = 0.02f, hidden_scale = 0.05f, sum_scale = 0.06f, mean_scale = 0.03f,
                logit_scale = 0.25f;
constexpr int input_zero = 128, hidden_zero = 3, sum_zero = 7, mean_zero = 0, logit_zero = 120;

std::vector<std::int8_t> codes(std::size_t count, int step)
{
    std::vector<std::int8_t> result;
    for (std::size_t i = 0; i < count; ++i)
        result.push_back(static_cast<std::int8_t>(static_cast<int>(i) * step % 255 - 127));
    return result;
}

const std::vector<std::int8_t> conv_weight = codes(4 * 4 * 9, 37), fc_weight = codes(4 * 5, 53);
const std::vector<float> conv_scales{0.01f, 0.02f, 0.005f, 0.015f};
const std::vector<std::int32_t> conv_bias{100, -2000, 3000, 0}, fc_bias{50, -60, 70, 80, 0};
constexpr float fc_scale = 0.01f;

OnnxBuilder constants()
{
    OnnxBuilder b;
    b.input("x", {0, 4, 6, 6}).output("y", {0, 5});
    const auto grid = [&](const std::string& name, float scale, int zero) {
        b.scale(name + "_s", scale).uint8s(name + "_z", {}, {static_cast<std::uint8_t>(zero)});
    };
    grid("x", input_scale, input_zero), grid("h", hidden_scale, hidden_zero),
        grid("a", sum_scale, sum_zero);
    grid("m", mean_scale, mean_zero), grid("o", logit_scale, logit_zero);
    b.int8s("cw", {4, 4, 3, 3}, conv_weight)
        .constant(floats("cw_s", {4}, conv_scales))
        .int8s("cw_z", {4}, {0, 0, 0, 0})
        .int32s("cb", {4}, conv_bias);
    b.int8s("fw", {4, 5}, fc_weight)
        .scale("fw_s", fc_scale)
        .int8s("fw_z", {}, {0})
        .int32s("fb", {5}, fc_bias);
    return b;
}

/// QDQ: every tensor through QuantizeLinear and DequantizeLinear, bias as int32 with scale = input
/// x weight.
OnnxBuilder qdq()
{
    OnnxBuilder b = constants();
    std::vector<float> bias_scales;
    for (const float s : conv_scales)
        bias_scales.push_back(input_scale * s);
    b.constant(floats("cb_s", {4}, bias_scales)).int32s("cb_z", {4}, {0, 0, 0, 0});
    b.scale("fb_s", mean_scale * fc_scale).int32s("fb_z", {}, {0});
    const auto pair = [&](const std::string& from, const std::string& grid) {
        b.node("QuantizeLinear", {from, grid + "_s", grid + "_z"}, grid + "_q")
            .node("DequantizeLinear", {grid + "_q", grid + "_s", grid + "_z"}, grid + "_d");
    };
    pair("x", "x");
    b.node("DequantizeLinear", {"cw", "cw_s", "cw_z"}, "cw_d", {{"axis", 0}})
        .node("DequantizeLinear", {"cb", "cb_s", "cb_z"}, "cb_d", {{"axis", 0}});
    b.node("Conv", {"x_d", "cw_d", "cb_d"}, "conv", {{"pads", Dims{1, 1, 1, 1}}})
        .node("Relu", {"conv"}, "relu");
    pair("relu", "h");
    b.node("Add", {"h_d", "x_d"}, "add");
    pair("add", "a");
    b.node("GlobalAveragePool", {"a_d"}, "mean");
    pair("mean", "m");
    b.node("Flatten", {"m_d"}, "flat")
        .node("DequantizeLinear", {"fw", "fw_s", "fw_z"}, "fw_d")
        .node("DequantizeLinear", {"fb", "fb_s", "fb_z"}, "fb_d");
    b.node("Gemm", {"flat", "fw_d", "fb_d"}, "gemm");
    pair("gemm", "o");
    return b.node("Identity", {"o_d"}, "y");
}

/// QOperator: the operators take codes; the relu is gone, its clamp is in the zero point, so h's
/// must be the lowest code.
OnnxBuilder qoperator(const std::string& last = "QLinearMatMul")
{
    OnnxBuilder b = constants();
    b.node("QuantizeLinear", {"x", "x_s", "x_z"}, "x_q");
    b.node("QLinearConv", {"x_q", "x_s", "x_z", "cw", "cw_s", "cw_z", "h_s", "h_z", "cb"}, "h_q",
           {{"pads", Dims{1, 1, 1, 1}}});
    b.node("com.microsoft.QLinearAdd", {"h_q", "h_s", "h_z", "x_q", "x_s", "x_z", "a_s", "a_z"},
           "a_q");
    b.node("com.microsoft.QLinearGlobalAveragePool", {"a_q", "a_s", "a_z", "m_s", "m_z"}, "m_q",
           {{"channels_last", 0}});
    b.node("Flatten", {"m_q"}, "flat");
    if (last == "QLinearMatMul")
        b.node("QLinearMatMul", {"flat", "m_s", "m_z", "fw", "fw_s", "fw_z", "o_s", "o_z"}, "o_q");
    else
        b.node("com.microsoft.QGemm",
               {"flat", "m_s", "m_z", "fw", "fw_s", "fw_z", "fb", "o_s", "o_z"}, "o_q");
    return b.node("DequantizeLinear", {"o_q", "o_s", "o_z"}, "y");
}

Graph import(const OnnxBuilder& b)
{
    const std::string bytes = b.bytes();
    return import_onnx_bytes(bytes.data(), bytes.size(), "m.onnx");
}

int round_code(double real, float scale, int zero)
{
    return static_cast<int>(std::min(255.0, std::max(0.0, std::nearbyint(real / scale) + zero)));
}

struct Codes {
    std::vector<int> hidden, logits;
};

/// The same network by integers, from ONNX's definitions: int32 sums, exact products with the
/// scales, half to even.
Codes by_integers(const std::vector<float>& image, bool relu, bool fc_bias_there)
{
    std::vector<int> x, h(4 * 36), a, m;
    for (const float pixel : image)
        x.push_back(round_code(pixel, input_scale, input_zero));
    for (int o = 0; o < 4; ++o)
        for (int p = 0; p < 36; ++p) {
            std::int32_t sum = conv_bias[static_cast<std::size_t>(o)];
            for (int k = 0; k < 36; ++k) {
                const int row = p / 6 + k % 9 / 3 - 1, column = p % 6 + k % 3 - 1;
                if (row < 0 || row > 5 || column < 0 || column > 5) continue;
                sum += conv_weight[static_cast<std::size_t>(o * 36 + k)] *
                       (x[static_cast<std::size_t>(k / 9 * 36 + row * 6 + column)] - input_zero);
            }
            const double real =
                static_cast<double>(sum) * input_scale * conv_scales[static_cast<std::size_t>(o)];
            h[static_cast<std::size_t>(o * 36 + p)] =
                round_code(relu ? std::max(0.0, real) : real, hidden_scale, hidden_zero);
        }
    for (std::size_t i = 0; i < h.size(); ++i)
        a.push_back(round_code(static_cast<double>(h[i] - hidden_zero) * hidden_scale +
                                   static_cast<double>(x[i] - input_zero) * input_scale,
                               sum_scale, sum_zero));
    for (std::size_t c = 0; c < 4; ++c) {
        int sum = 0;
        for (std::size_t p = 0; p < 36; ++p)
            sum += a[c * 36 + p] - sum_zero;
        m.push_back(round_code(sum / 36.0 * sum_scale, mean_scale, mean_zero));
    }
    Codes result{h, {}};
    for (std::size_t o = 0; o < 5; ++o) {
        std::int32_t sum = fc_bias_there ? fc_bias[o] : 0;
        for (std::size_t k = 0; k < 4; ++k)
            sum += fc_weight[k * 5 + o] * (m[k] - mean_zero);
        result.logits.push_back(
            round_code(static_cast<double>(sum) * mean_scale * fc_scale, logit_scale, logit_zero));
    }
    return result;
}

std::vector<float> test_image()
{
    std::vector<float> image;
    for (int i = 0; i < 4 * 36; ++i)
        image.push_back(static_cast<float>(i * 29 % 97 - 48) * 0.0513f);
    return image;
}

void expect_codes(const Graph& graph, bool relu, bool bias)
{
    const std::vector<float> image = test_image();
    const Codes expected = by_integers(image, relu, bias);
    int hidden = -1;
    for (const auto& node : graph.nodes)
        if (node.op == Op::add) hidden = node.inputs[0];
    ASSERT_GE(hidden, 0);
    FloatEvaluator evaluator(graph);
    const auto values = evaluator.run_values(image.data(), 1, {hidden, graph.outputs[0]});
    for (std::size_t i = 0; i < expected.hidden.size(); ++i)
        EXPECT_EQ(static_cast<int>(std::lround(values[0][i] / hidden_scale)) + hidden_zero,
                  expected.hidden[i])
            << i;
    for (std::size_t i = 0; i < expected.logits.size(); ++i)
        EXPECT_EQ(static_cast<int>(std::lround(values[1][i] / logit_scale)) + logit_zero,
                  expected.logits[i])
            << i;
}

void expect_integers_kept(const Graph& graph)
{
    for (const auto& node : graph.nodes) {
        EXPECT_NE(node.op, Op::quantize);
        const bool rounded =
            graph.values[static_cast<std::size_t>(node.output)].quantization.has_value();
        EXPECT_TRUE(rounded || node.op != Op::relu);
        if (node.op != Op::conv) continue;
        EXPECT_EQ(std::get<std::vector<std::int8_t>>(graph.tensor(node.weight).data), conv_weight);
        EXPECT_EQ(graph.tensor(node.weight).quantization->scales, conv_scales);
        EXPECT_EQ(graph.tensor(node.weight).quantization->axis, 0);
        EXPECT_EQ(std::get<std::vector<std::int32_t>>(graph.tensor(node.bias).data), conv_bias);
        EXPECT_FLOAT_EQ(graph.tensor(node.bias).quantization->scales[1],
                        input_scale * conv_scales[1]);
    }
}

TEST(QuantizedModels, QdqGivesTheIntegersOfOnnx)
{
    const Graph graph = import(qdq());
    EXPECT_TRUE(graph.quantized());
    expect_integers_kept(graph);
    expect_codes(graph, true, true);
}

TEST(QuantizedModels, QOperatorGivesTheIntegersOfOnnx)
{
    expect_integers_kept(import(qoperator()));
    expect_codes(import(qoperator()), false, false);
    expect_codes(import(qoperator("QGemm")), false, true);
}

TEST(QuantizedModels, GemmWeightIsTurnedWithItsScales)
{
    const Graph graph = import(qdq());
    const auto& node = graph.nodes.back();
    ASSERT_EQ(node.op, Op::gemm);
    const auto& weight = std::get<std::vector<std::int8_t>>(graph.tensor(node.weight).data);
    EXPECT_EQ(graph.tensor(node.weight).dims, (std::vector<int>{5, 4}));
    EXPECT_EQ(weight[0 * 4 + 1], fc_weight[1 * 5 + 0]);
    EXPECT_EQ(std::get<std::vector<std::int32_t>>(graph.tensor(node.bias).data), fc_bias);
}

TEST(QuantizedModels, PerChannelMatmulScalesMoveToTheOutputAxis)
{
    OnnxBuilder b;
    b.input("x", {0, 2})
        .output("y")
        .int8s("w", {2, 3}, {1, 2, 3, 4, 5, 6})
        .constant(floats("s", {3}, {1, 10, 100}))
        .int8s("z", {3}, {0, 0, 0});
    b.node("DequantizeLinear", {"w", "s", "z"}, "wd", {{"axis", 1}})
        .node("MatMul", {"x", "wd"}, "y");
    const Graph graph = import(b);
    const auto& weight = graph.tensor(graph.nodes.back().weight);
    EXPECT_EQ(weight.quantization->axis, 0);
    EXPECT_THAT(weight.to_float(), testing::ElementsAre(1, 4, 20, 50, 300, 600));
}

TEST(QuantizedModels,
     FloatWeightsBeforeAPairAreQuantisedHalfToEven)  // PyTorch's fake-quantisation export
{
    OnnxBuilder b;
    b.input("x", {0, 4})
        .output("y")
        .constant(floats("w", {1, 4}, {0.5f, 1.5f, -1000.0f, -0.5f}))
        .scale("s", 1.0f)
        .int8s("z", {}, {0});
    b.node("QuantizeLinear", {"w", "s", "z"}, "q")
        .node("DequantizeLinear", {"q", "s", "z"}, "d")
        .node("Gemm", {"x", "d"}, "y", {{"transB", 1}});
    const Graph graph = import(b);
    EXPECT_THAT(std::get<std::vector<std::int8_t>>(graph.tensor(graph.nodes.back().weight).data),
                testing::ElementsAre(0, 2, -128, 0));
}

TEST(QuantizedModels, BiasAddedBehindAMatmulStaysInteger)
{
    OnnxBuilder c;
    c.input("x", {0, 4})
        .output("y")
        .int8s("w", {4, 5}, fc_weight)
        .scale("ws", 0.5f)
        .int8s("wz", {}, {0})
        .int32s("b", {5}, fc_bias)
        .scale("bs", 0.25f)
        .int32s("bz", {}, {0});
    c.node("DequantizeLinear", {"w", "ws", "wz"}, "wd")
        .node("DequantizeLinear", {"b", "bs", "bz"}, "bd")
        .node("MatMul", {"x", "wd"}, "m")
        .node("Add", {"m", "bd"}, "y");
    const Graph graph = import(c);
    ASSERT_EQ(graph.nodes.back().op, Op::gemm);
    EXPECT_EQ(std::get<std::vector<std::int32_t>>(graph.tensor(graph.nodes.back().bias).data),
              fc_bias);
}

TEST(QuantizedModels, ARoundingWhoseInputIsNeededElsewhereStays)
{
    OnnxBuilder b;
    b.input("x", {0, 4}).output("y").scale("s", 1.0f).int8s("z", {}, {0});
    b.node("Relu", {"x"}, "r")
        .node("QuantizeLinear", {"r", "s", "z"}, "q")
        .node("DequantizeLinear", {"q", "s", "z"}, "d")
        .node("Add", {"r", "d"}, "y");
    const Graph graph = import(b);
    EXPECT_EQ(graph.nodes[2].op, Op::quantize);
    const std::vector<float> x{0.4f, 0.6f, 1.5f, -3.0f};
    const auto y = FloatEvaluator(graph).run(x.data(), 1);
    EXPECT_FLOAT_EQ(y[0], 0.4f);
    EXPECT_FLOAT_EQ(y[1], 1.6f);
    EXPECT_FLOAT_EQ(y[2], 3.5f);
}

TEST(QuantizedModels, MismatchedCodesAreRefused)
{
    OnnxBuilder b = qoperator();
    b.model.mutable_graph()->mutable_node(2)->set_input(
        1, "a_s");  // QLinearAdd reads h with another scale
    EXPECT_THAT(
        error_line([&] { import(b); }),
        testing::HasSubstr("'n_a_q' (com.microsoft.QLinearAdd): reads 'h_q' with scale 0.06"));
    OnnxBuilder c = qoperator();
    c.model.mutable_graph()->mutable_node(1)->set_input(4, "x_z");
    EXPECT_THAT(error_line([&] { import(c); }), testing::HasSubstr("n_h_q"));
}

}  // namespace
