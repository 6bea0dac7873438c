// SPDX-License-Identifier: Apache-2.0
/// What PyTorch, onnxruntime, TensorRT's and TFLite's converters put around quantised models beside
/// the pairs and operators themselves.
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/import/onnx_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_line.h"
#include "support/onnx_builder.h"

namespace {

using namespace imc::test;
using namespace imc::compiler;
using testing::ElementsAre;
using testing::HasSubstr;

Graph import(const OnnxBuilder& b, bool shapes_only = false)
{
    const std::string bytes = b.bytes();
    ImportOptions options;
    options.shapes_only = shapes_only;
    return import_onnx_bytes(bytes.data(), bytes.size(), "m.onnx", options);
}

const Value& input_of(const Graph& graph)
{
    return graph.values[static_cast<std::size_t>(graph.input)];
}

std::vector<Op> operators(const Graph& graph)
{
    std::vector<Op> ops;
    for (const auto& node : graph.nodes)
        ops.push_back(node.op);
    return ops;
}

std::vector<float> evaluate(const Graph& graph, const std::vector<float>& x)
{
    return FloatEvaluator(graph).run(x.data(), 1);
}

/// x -> codes `x_q` on scale 0.5, zero point 2 (uint8).
OnnxBuilder codes_of(const Dims& dims)
{
    OnnxBuilder b;
    b.input("x", dims).output("y").scale("x_s", 0.5f).uint8s("x_z", {}, {2});
    b.node("QuantizeLinear", {"x", "x_s", "x_z"}, "x_q");
    return b;
}

/// A graph input of 8-bit integers.
OnnxBuilder integer_input(const Dims& dims, int type)
{
    OnnxBuilder b;
    b.input("x", dims).output("y");
    b.model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
        type);
    return b;
}

TEST(Exporters, ScalesOfAnyNumberOfChannelsAreThereWhereShapesAloneAreRead)
{
    const std::size_t channels = 200;
    OnnxBuilder b;
    b.input("x", {0, 1, 4, 4}).output("y");
    b.int8s("w", {200, 1, 1, 1}, std::vector<std::int8_t>(channels, 1))
        .constant(floats("w_s", {200}, std::vector<float>(channels, 0.25f)))
        .int8s("w_z", {200}, std::vector<std::int8_t>(channels, 0));
    b.node("DequantizeLinear", {"w", "w_s", "w_z"}, "wd", {{"axis", 0}})
        .node("Conv", {"x", "wd"}, "y");
    const Graph graph = import(b, true);
    EXPECT_TRUE(graph.synthetic());
    EXPECT_EQ(graph.tensor(graph.nodes.back().weight).quantization->scales.size(), channels);
}

TEST(Exporters, WeightsInFloatBeforeTheirPairMayBeAbsent)  // quantisation-aware training
{
    OnnxBuilder b;
    b.input("x", {0, 4})
        .output("y")
        .constant(floats("w", {1, 4}, {0.5f, 1.5f, -2.0f, -0.5f}))
        .scale("s", 1.0f)
        .int8s("z", {}, {0});
    b.node("QuantizeLinear", {"w", "s", "z"}, "q")
        .node("DequantizeLinear", {"q", "s", "z"}, "d")
        .node("Gemm", {"x", "d"}, "y", {{"transB", 1}});
    const Graph graph = import(b, true);
    EXPECT_TRUE(graph.tensor(graph.nodes.back().weight).synthetic());
    EXPECT_EQ(graph.tensor(graph.nodes.back().weight).quantization->dtype, DType::int8);
}

/// torch.onnx writes a Cast to the codes' own type behind every QuantizeLinear, and the bias's zero
/// points as a ConstantOfShape of int32 that is cast to int32.
TEST(Exporters, CastsAndFilledZeroPointsOfPyTorch)
{
    OnnxBuilder b = codes_of({0, 2});
    b.int8s("w", {2, 2}, {1, 2, 3, 4})
        .constant(floats("w_s", {2}, {0.5f, 0.25f}))
        .int8s("w_z", {2}, {0, 0})
        .int32s("b", {2}, {10, -20})
        .constant(floats("b_s", {2}, {0.25f, 0.125f}))
        .constant(int64s("two", {2}));
    b.node("ConstantOfShape", {"two"}, "zeros",
           {{"value", tensor<std::int32_t>("v", {1}, {0}, onnx::TensorProto::INT32)}})
        .node("Cast", {"zeros"}, "b_z", {{"to", onnx::TensorProto::INT32}})
        .node("Cast", {"x_q"}, "x_c", {{"to", onnx::TensorProto::UINT8}})
        .node("DequantizeLinear", {"x_c", "x_s", "x_z"}, "xd")
        .node("DequantizeLinear", {"w", "w_s", "w_z"}, "wd", {{"axis", 0}})
        .node("DequantizeLinear", {"b", "b_s", "b_z"}, "bd", {{"axis", 0}})
        .node("Gemm", {"xd", "wd", "bd"}, "y", {{"transB", 1}});
    const Graph graph = import(b);
    EXPECT_THAT(operators(graph), ElementsAre(Op::input, Op::gemm));
    // 1 * 0.5 + 3 * 1 + 2.5 and 1 * 0.75 + 3 * 1 - 2.5, by hand
    EXPECT_THAT(evaluate(graph, {1.0f, 3.0f}), ElementsAre(6.0f, 1.25f));
}

TEST(Exporters, BiasesThatOlderPyTorchComputesInTheGraph)  // Cast(Div(bias, Mul(scale, scale)))
{
    OnnxBuilder b = codes_of({0, 1});
    b.int8s("w", {1, 1}, {1}).constant(floats("w_s", {1}, {0.5f})).int8s("w_z", {1}, {0});
    b.constant(floats("bias", {1}, {0.9f})).int32s("b_z", {1}, {0});
    b.node("Mul", {"w_s", "x_s"}, "b_s")
        .node("Div", {"bias", "b_s"}, "b_f")
        .node("Cast", {"b_f"}, "b", {{"to", onnx::TensorProto::INT32}})
        .node("DequantizeLinear", {"b", "b_s", "b_z"}, "bd", {{"axis", 0}})
        .node("DequantizeLinear", {"x_q", "x_s", "x_z"}, "xd")
        .node("DequantizeLinear", {"w", "w_s", "w_z"}, "wd", {{"axis", 0}})
        .node("Gemm", {"xd", "wd", "bd"}, "y");
    const Graph graph = import(b);
    EXPECT_THAT(std::get<std::vector<std::int32_t>>(graph.tensor(graph.nodes.back().bias).data),
                ElementsAre(3));  // 0.9 / 0.25 = 3.6, cut
}

TEST(Exporters, ClipsOfCodesAreClipsOnTheGrid)  // fake quantisation to 7 bits
{
    OnnxBuilder b = codes_of({0, 4});
    b.uint8s("low", {}, {0}).uint8s("high", {}, {12});
    b.node("Clip", {"x_q", "low", "high"}, "x_c")
        .node("DequantizeLinear", {"x_c", "x_s", "x_z"}, "y");
    EXPECT_THAT(evaluate(import(b), {-3.0f, 0.4f, 4.9f, 99.0f}),
                ElementsAre(-1.0f, 0.5f, 5.0f, 5.0f));  // codes 0, 3, 12, 12
}

TEST(Exporters, ClipsOfWeightCodesAreDone)  // -127 .. 127
{
    OnnxBuilder b;
    b.input("x", {0, 2}).output("y").int8s("w", {1, 2}, {-128, 5}).int8s("low", {}, {-127});
    b.scale("s", 1.0f).int8s("z", {}, {0});
    b.node("Clip", {"w", "low"}, "wc")
        .node("DequantizeLinear", {"wc", "s", "z"}, "d")
        .node("Gemm", {"x", "d"}, "y", {{"transB", 1}});
    EXPECT_THAT(evaluate(import(b), {1.0f, 1.0f}), ElementsAre(-122.0f));
}

TEST(Exporters, CodesAsInputBecomeNumbersOnTheHost)  // fully integer TFLite models
{
    OnnxBuilder b = integer_input({0, 2}, onnx::TensorProto::INT8);
    b.scale("s", 0.5f).int8s("z", {}, {-3}).node("DequantizeLinear", {"x", "s", "z"}, "d");
    b.node("Relu", {"d"}, "y");
    const Graph graph = import(b);
    EXPECT_THAT(graph.input_affine.scale, ElementsAre(0.5f));
    EXPECT_THAT(graph.input_affine.shift, ElementsAre(1.5f));
    ASSERT_TRUE(input_of(graph).quantization);
    EXPECT_EQ(input_of(graph).quantization->dtype, DType::int8);
    EXPECT_THAT(input_of(graph).quantization->zero_points, ElementsAre(-3));
}

TEST(Exporters, PixelsAsInputStayWhatTheyAre)
{
    OnnxBuilder b = integer_input({0, 2}, onnx::TensorProto::UINT8);
    b.node("Cast", {"x"}, "f", {{"to", onnx::TensorProto::FLOAT}}).node("Relu", {"f"}, "y");
    EXPECT_TRUE(import(b).input_affine.none());
    OnnxBuilder c = integer_input({0, 2}, onnx::TensorProto::UINT8);
    c.node("Relu", {"x"}, "y");
    EXPECT_THAT(error_line([&] { import(c); }), HasSubstr("a DequantizeLinear is missing"));
}

TEST(Exporters, ArithmeticBeforeTheFirstGridIsTheHosts)
{
    OnnxBuilder b;
    b.input("x", {0, 2, 1, 2})
        .output("y")
        .constant(floats("mean", {1, 2, 1, 1}, {1.0f, 2.0f}))
        .constant(floats("std", {1, 2, 1, 1}, {0.5f, 0.25f}))
        .scale("s", 0.1f)
        .int8s("z", {}, {0});
    b.node("Sub", {"x", "mean"}, "m")
        .node("Div", {"m", "std"}, "n")
        .node("QuantizeLinear", {"n", "s", "z"}, "q")
        .node("DequantizeLinear", {"q", "s", "z"}, "d")
        .node("Relu", {"d"}, "y");
    const Graph graph = import(b);
    EXPECT_THAT(operators(graph), ElementsAre(Op::input, Op::relu));
    EXPECT_THAT(graph.input_affine.scale, ElementsAre(2.0f, 4.0f));
    EXPECT_THAT(graph.input_affine.shift, ElementsAre(-2.0f, -8.0f));
    EXPECT_FLOAT_EQ(input_of(graph).quantization->scales[0], 0.1f);
}

TEST(Exporters, AModelMayEndInCodes)
{
    OnnxBuilder b = codes_of({0, 2});
    b.node("Identity", {"x_q"}, "y");
    EXPECT_TRUE(import(b).output_is_codes);
    OnnxBuilder c = codes_of({0, 2});
    c.node("DequantizeLinear", {"x_q", "x_s", "x_z"}, "y");
    EXPECT_FALSE(import(c).output_is_codes);
}

/// 0.5 (q - 2) + 0.25 (k - 1) on scale 1, zero point 0, half to even.
TEST(Exporters, QLinearAddAndMulTakeAConstant)
{
    for (const bool sum : {true, false}) {
        OnnxBuilder b = codes_of({0, 3});
        b.uint8s("k", {3}, {1, 7, 9}).scale("k_s", 0.25f).uint8s("k_z", {}, {1});
        b.scale("y_s", 1.0f).uint8s("y_z", {}, {0});
        b.node(sum ? "com.microsoft.QLinearAdd" : "com.microsoft.QLinearMul",
               {"x_q", "x_s", "x_z", "k", "k_s", "k_z", "y_s", "y_z"}, "y_q")
            .node("DequantizeLinear", {"y_q", "y_s", "y_z"}, "y");
        const auto y = evaluate(import(b), {2.5f, 3.0f, 1.5f});
        if (sum)  // 2.5, 4.5, 3.5
            EXPECT_THAT(y, ElementsAre(2.0f, 4.0f, 4.0f));
        else  // 0, 4.5, 3
            EXPECT_THAT(y, ElementsAre(0.0f, 4.0f, 3.0f));
    }
    OnnxBuilder c = codes_of({0, 3});
    c.node("com.microsoft.QLinearMul", {"x_q", "x_s", "x_z", "x_q", "x_s", "x_z", "x_s", "x_z"},
           "y");
    EXPECT_THAT(error_line([&] { import(c); }), HasSubstr("multiplies two activations"));
}

/// Swish as onnxruntime quantises it: the sigmoid is rounded before the product. Both forms, by
/// hand: x 1.5 and -0.5, sigmoid 0.8176 and 0.3775 on quarters, product on eighths.
TEST(Exporters, SigmoidTimesItsInputRoundsInBetween)
{
    for (const bool qdq : {true, false}) {
        OnnxBuilder b = codes_of({0, 2});
        b.scale("g_s", 0.25f).uint8s("g_z", {}, {0}).scale("y_s", 0.125f).uint8s("y_z", {}, {100});
        if (qdq)
            b.node("DequantizeLinear", {"x_q", "x_s", "x_z"}, "x_d")
                .node("Sigmoid", {"x_d"}, "g")
                .node("QuantizeLinear", {"g", "g_s", "g_z"}, "g_q")
                .node("DequantizeLinear", {"g_q", "g_s", "g_z"}, "g_d")
                .node("Mul", {"x_d", "g_d"}, "p")
                .node("QuantizeLinear", {"p", "y_s", "y_z"}, "y_q");
        else
            b.node("com.microsoft.QLinearSigmoid", {"x_q", "x_s", "x_z", "g_s", "g_z"}, "g_q")
                .node("com.microsoft.QLinearMul",
                      {"x_q", "x_s", "x_z", "g_q", "g_s", "g_z", "y_s", "y_z"}, "y_q");
        b.node("DequantizeLinear", {"y_q", "y_s", "y_z"}, "y");
        const Graph graph = import(b);
        EXPECT_THAT(operators(graph), ElementsAre(Op::input, Op::unary));
        EXPECT_THAT(evaluate(graph, {1.5f, -0.5f}), ElementsAre(1.125f, -0.25f));
    }
}

TEST(Exporters, QLinearReduceMeanAndSoftmaxRoundToTheirGrid)
{
    OnnxBuilder b = codes_of({0, 2, 1, 2});
    b.scale("m_s", 0.5f).uint8s("m_z", {}, {2}).scale("y_s", 1 / 256.0f).uint8s("y_z", {}, {0});
    b.node("com.microsoft.QLinearReduceMean", {"x_q", "x_s", "x_z", "m_s", "m_z"}, "m_q",
           {{"axes", Dims{2, 3}}, {"keepdims", 0}})
        .node("com.microsoft.QLinearSoftmax", {"m_q", "m_s", "m_z", "y_s", "y_z"}, "y_q",
              {{"axis", -1}, {"opset", 13}})
        .node("DequantizeLinear", {"y_q", "y_s", "y_z"}, "y");
    // means 1 and 2; softmax 1 / (1 + e) = 0.26894 = 68.85 / 256
    EXPECT_THAT(evaluate(import(b), {0.5f, 1.5f, 2.0f, 2.0f}),
                ElementsAre(69.0f / 256.0f, 187.0f / 256.0f));
}

TEST(Exporters, PaddingOfCodesGoesIntoTheConvolution)
{
    OnnxBuilder b = codes_of({0, 1, 4, 4});
    b.constant(int64s("pads", {0, 0, 1, 1, 0, 0, 1, 1})).uint8s("zero", {}, {2});
    b.int8s("w", {1, 1, 3, 3}, std::vector<std::int8_t>(9, 1)).scale("w_s", 1.0f);
    b.int8s("w_z", {}, {0}).scale("y_s", 1.0f).uint8s("y_z", {}, {0});
    b.node("Pad", {"x_q", "pads", "zero"}, "p")
        .node("QLinearConv", {"p", "x_s", "x_z", "w", "w_s", "w_z", "y_s", "y_z"}, "y_q")
        .node("DequantizeLinear", {"y_q", "y_s", "y_z"}, "y");
    const Graph graph = import(b);
    EXPECT_THAT(operators(graph), ElementsAre(Op::input, Op::conv));
    EXPECT_EQ(graph.nodes[1].conv().pad_top, 1);
    b.model.mutable_graph()->mutable_node(1)->set_input(2, "y_z");  // code 0 means -1
    EXPECT_THAT(operators(import(b)), ElementsAre(Op::input, Op::pad, Op::conv));
}

TEST(Exporters, DynamicAndBlockedQuantisationIsRefusedWithAdvice)
{
    OnnxBuilder b;
    b.input("x", {0, 2}).output("y").int8s("w", {2, 2}, {1, 2, 3, 4}).scale("s", 1.0f);
    b.node("com.microsoft.DynamicQuantizeMatMul", {"x", "w", "s"}, "y");
    EXPECT_THAT(error_line([&] { import(b); }), HasSubstr("export with static quantisation"));
    OnnxBuilder c = codes_of({0, 2});
    c.node("DequantizeLinear", {"x_q", "x_s", "x_z"}, "y", {{"block_size", 32}});
    EXPECT_THAT(error_line([&] { import(c); }), HasSubstr("blocked scales are not supported"));
}

}  // namespace
