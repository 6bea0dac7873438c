// SPDX-License-Identifier: Apache-2.0
/// The same computation in the forms that exporters choose comes to the same graph, or the same
/// numbers.
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/import/onnx_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/onnx_builder.h"
#include "support/temp_folder.h"

namespace {

using namespace imc::test;
using namespace imc::compiler;
using testing::ElementsAre;

Graph import(const OnnxBuilder& b)
{
    const std::string bytes = b.bytes();
    return import_onnx_bytes(bytes.data(), bytes.size(), "m.onnx");
}

std::vector<Op> operators(const Graph& graph)
{
    std::vector<Op> ops;
    for (const auto& node : graph.nodes)
        ops.push_back(node.op);
    return ops;
}

std::vector<float> evaluate(const OnnxBuilder& b, const std::vector<float>& x)
{
    const Graph graph = import(b);
    return FloatEvaluator(graph).run(x.data(), 1);
}

std::vector<float> ramp(int count)
{
    std::vector<float> numbers;
    for (int i = 0; i < count; ++i)
        numbers.push_back(static_cast<float>(i * 7 % 11 - 5) * 0.5f);
    return numbers;
}

TEST(Forms, ViewByShapeArithmeticIsAReshape)  // x.view(x.size(0), -1) in PyTorch
{
    OnnxBuilder b;
    b.input("x", {0, 2, 3, 4})
        .output("y")
        .constant(int64s("minus", {-1}))
        .constant(tensor<std::int64_t>("zero", {}, {0}, onnx::TensorProto::INT64));
    b.node("Shape", {"x"}, "shape")
        .node("Gather", {"shape", "zero"}, "n", {{"axis", 0}})
        .node("Unsqueeze", {"n"}, "nu", {{"axes", Dims{0}}});
    b.node("Concat", {"nu", "minus"}, "target", {{"axis", 0}})
        .node("Reshape", {"x", "target"}, "y");
    const Graph graph = import(b);
    EXPECT_THAT(operators(graph), ElementsAre(Op::input, Op::reshape));
    EXPECT_EQ(graph.shape(graph.outputs[0]), (Shape{24, 1, 1}));
}

TEST(Forms, MeanOverTheImageAndSqueezesLeaveOnePool)
{
    OnnxBuilder b;
    b.input("x", {1, 2, 3, 4})
        .output("y")
        .node("ReduceMean", {"x"}, "m", {{"axes", Dims{-1, -2}}, {"keepdims", 1}});
    b.constant(int64s("a", {2, 3})).node("Squeeze", {"m", "a"}, "y");
    const Graph graph = import(b);
    EXPECT_THAT(operators(graph), ElementsAre(Op::input, Op::average_pool));
    EXPECT_EQ(graph.nodes[1].pool().kernel_w, 4);
}

TEST(Forms, NormalisationChainIsOneAffine)  // (x / 255 - mean) / std
{
    OnnxBuilder b;
    b.input("x", {0, 2, 1, 1})
        .output("y")
        .scale("d", 255.0f)
        .constant(floats("m", {1, 2, 1, 1}, {0.5f, 0.25f}))
        .constant(floats("s", {2, 1, 1}, {0.5f, 2.0f}));
    b.node("Div", {"x", "d"}, "a").node("Sub", {"a", "m"}, "c").node("Div", {"c", "s"}, "y");
    EXPECT_THAT(operators(import(b)), ElementsAre(Op::input, Op::affine));
    const auto y = evaluate(b, {255.0f, 0.0f});
    EXPECT_FLOAT_EQ(y[0], 1.0f);
    EXPECT_FLOAT_EQ(y[1], -0.125f);
}

TEST(Forms, ConstantMinusActivation)
{
    OnnxBuilder b;
    b.input("x", {0, 2}).output("y").scale("c", 3.0f).node("Sub", {"c", "x"}, "y");
    EXPECT_THAT(evaluate(b, {1.0f, 5.0f}), ElementsAre(2.0f, -2.0f));
}

/// Keras by tf2onnx: image input (N,H,W,C), transposed for the convolution, flattened in (H,W,C)
/// order before a MatMul.
TEST(Forms, NhwcModelComputesWhatItsNchwTwinDoes)
{
    std::vector<float> weight;  // (H W C = 12, 2)
    for (int i = 0; i < 24; ++i)
        weight.push_back(static_cast<float>(i * 5 % 13) - 6.0f);
    OnnxBuilder b;
    b.input("x", {0, 2, 2, 3})
        .output("y")
        .constant(floats("cw", {3, 3, 1, 1}, ramp(9)))
        .constant(floats("w", {12, 2}, weight))
        .constant(int64s("s", {-1, 12}));
    b.node("Transpose", {"x"}, "t", {{"perm", Dims{0, 3, 1, 2}}})
        .node("Conv", {"t", "cw"}, "c")
        .node("Transpose", {"c"}, "u", {{"perm", Dims{0, 2, 3, 1}}});
    b.node("Reshape", {"u", "s"}, "f").node("MatMul", {"f", "w"}, "y");
    const Graph graph = import(b);
    EXPECT_TRUE(graph.input_is_nhwc);
    EXPECT_EQ(graph.shape(graph.input), (Shape{3, 2, 2}));
    const auto x = ramp(12);  // planes
    const auto y = FloatEvaluator(graph).run(x.data(), 1);
    const auto kernel = ramp(9);
    for (int o = 0; o < 2; ++o) {
        float expected = 0.0f;
        for (int p = 0; p < 4; ++p)
            for (int c = 0; c < 3; ++c) {
                float value = 0.0f;
                for (int i = 0; i < 3; ++i)
                    value += kernel[static_cast<std::size_t>(c * 3 + i)] *
                             x[static_cast<std::size_t>(i * 4 + p)];
                expected += value * weight[static_cast<std::size_t>((p * 3 + c) * 2 + o)];
            }
        EXPECT_NEAR(y[static_cast<std::size_t>(o)], expected, 1e-4f);
    }
}

TEST(Forms, PadNodeGoesIntoTheConvolution)
{
    OnnxBuilder b;
    b.input("x", {0, 1, 4, 4})
        .output("y")
        .weight("w", {1, 1, 3, 3}, 1.0f)
        .constant(int64s("p", {0, 0, 0, 1, 0, 0, 1, 0}));
    b.node("Pad", {"x", "p"}, "q").node("Conv", {"q", "w"}, "y", {{"strides", Dims{2, 2}}});
    const Graph graph = import(b);
    ASSERT_THAT(operators(graph), ElementsAre(Op::input, Op::conv));
    EXPECT_EQ(graph.nodes[1].conv().pad_left, 1);
    EXPECT_EQ(graph.nodes[1].conv().pad_bottom, 1);
    EXPECT_EQ(graph.nodes[1].conv().pad_top, 0);
    const std::vector<float> ones(16, 1.0f);
    EXPECT_THAT(FloatEvaluator(graph).run(ones.data(), 1), ElementsAre(6, 9, 4, 6));
}

TEST(Forms, ZeroPaddingEntersAMaxPoolOnlyBehindARelu)
{
    for (const bool relu : {false, true}) {
        OnnxBuilder b;
        b.input("x", {0, 1, 2, 2}).output("y").constant(int64s("p", {0, 0, 1, 1, 0, 0, 1, 1}));
        if (relu) b.node("Relu", {"x"}, "r");
        b.node("Pad", {relu ? "r" : "x", "p"}, "q")
            .node("MaxPool", {"q"}, "y", {{"kernel_shape", Dims{2, 2}}, {"strides", Dims{2, 2}}});
        EXPECT_THAT(operators(import(b)),
                    ElementsAre(Op::input, relu ? Op::relu : Op::pad, Op::max_pool));
        EXPECT_THAT(evaluate(b, {-1, -2, -3, -4}), ElementsAre(0, 0, 0, 0));
    }
}

TEST(Forms, AutoPadAndCeilModeGiveTheSizesOfOnnx)
{
    OnnxBuilder b;
    b.input("x", {0, 1, 7, 7})
        .output("y")
        .weight("w", {1, 1, 4, 4})
        .node("Conv", {"x", "w"}, "c", {{"auto_pad", "SAME_LOWER"}, {"strides", Dims{2, 2}}});
    b.node("MaxPool", {"c"}, "y",
           {{"kernel_shape", Dims{3, 3}}, {"strides", Dims{2, 2}}, {"ceil_mode", 1}});
    const Graph graph = import(b);
    EXPECT_EQ(graph.shape(graph.nodes[1].output), (Shape{1, 4, 4}));  // ceil(7 / 2)
    EXPECT_EQ(graph.nodes[1].conv().pad_top, 2);  // 3 in all, the odd one at the beginning
    EXPECT_EQ(graph.nodes[1].conv().pad_bottom, 1);
    EXPECT_EQ(graph.shape(graph.outputs[0]), (Shape{1, 2, 2}));  // ceil((4 - 3) / 2) + 1
}

TEST(Forms, GeluAndHardSwishAreRecognised)
{
    OnnxBuilder gelu;
    gelu.input("x", {0, 3})
        .output("y")
        .scale("r", std::sqrt(2.0f))
        .scale("one", 1.0f)
        .scale("half", 0.5f);
    gelu.node("Div", {"x", "r"}, "a")
        .node("Erf", {"a"}, "e")
        .node("Add", {"e", "one"}, "g")
        .node("Mul", {"x", "g"}, "m")
        .node("Mul", {"m", "half"}, "y");
    OnnxBuilder swish;
    swish.input("x", {0, 3})
        .output("y")
        .scale("three", 3.0f)
        .scale("zero", 0.0f)
        .scale("six", 6.0f);
    swish.node("Add", {"x", "three"}, "a")
        .node("Clip", {"a", "zero", "six"}, "c")
        .node("Div", {"c", "six"}, "d")
        .node("Mul", {"x", "d"}, "y");
    OnnxBuilder silu;
    silu.input("x", {0, 3}).output("y").node("Sigmoid", {"x"}, "s").node("Mul", {"s", "x"}, "y");
    EXPECT_EQ(import(gelu).nodes[1].unary().function, Unary::gelu);
    EXPECT_EQ(import(swish).nodes[1].unary().function, Unary::hard_swish);
    EXPECT_EQ(import(silu).nodes[1].unary().function, Unary::silu);
    EXPECT_NEAR(evaluate(gelu, {1.0f, 0.0f, -1.0f})[0], 0.8413447f,
                1e-5f);  // x times the normal distribution at x
    EXPECT_NEAR(evaluate(swish, {1.0f, 4.0f, -4.0f})[0], 4.0f / 6.0f, 1e-6f);
    EXPECT_NEAR(evaluate(silu, {1.0f, 0.0f, -1.0f})[0], 0.7310586f, 1e-6f);
}

TEST(Forms, SliceAndSplitFollowOnnx)
{
    OnnxBuilder b;
    b.input("x", {0, 4, 3, 1})
        .output("y")
        .constant(int64s("s", {-3, 0}))
        .constant(int64s("e", {1000, -1}))
        .constant(int64s("a", {1, 2}))
        .constant(int64s("t", {2, 1}));
    b.node("Slice", {"x", "s", "e", "a", "t"}, "y");
    EXPECT_THAT(evaluate(b, {0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32}),
                ElementsAre(10, 11, 30, 31));
    OnnxBuilder split;
    split.input("x", {0, 3})
        .output("y")
        .constant(int64s("n", {1, 2}))
        .node("Split", {"x", "n"}, "p", {{"axis", 1}});
    split.model.mutable_graph()->mutable_node(0)->add_output("q");
    split.node("Concat", {"q", "p"}, "y", {{"axis", 1}});
    EXPECT_THAT(evaluate(split, {1, 2, 3}), ElementsAre(2, 3, 1));
}

TEST(Forms, GemmWithAlphaBetaAndEitherWeightOrder)
{
    for (const int transposed : {0, 1}) {
        OnnxBuilder b;
        b.input("x", {0, 2})
            .output("y")
            .constant(transposed ? floats("w", {3, 2}, {1, 4, 2, 5, 3, 6})
                                 : floats("w", {2, 3}, {1, 2, 3, 4, 5, 6}));
        b.constant(floats("b", {1, 3}, {10, 20, 30}));
        b.node("Gemm", {"x", "w", "b"}, "y",
               {{"alpha", 2.0f}, {"beta", 0.5f}, {"transB", transposed}});
        EXPECT_THAT(evaluate(b, {1, 10}), ElementsAre(2 * 41 + 5, 2 * 52 + 10, 2 * 63 + 15));
    }
}

TEST(Forms, OneDimensionalConvolutionAndNodesOutOfOrder)
{
    OnnxBuilder b;
    b.input("x", {0, 1, 5}).output("y").weight("w", {1, 1, 3}, 1.0f);
    b.node("Relu", {"c"}, "y").node("Conv", {"x", "w"}, "c", {{"pads", Dims{1, 1}}});
    EXPECT_THAT(evaluate(b, {1, 2, 3, 4, -20}), ElementsAre(3, 6, 9, 0, 0));
}

TEST(Forms, ExternalDataBesideTheModelIsRead)
{
    TempFolder folder;
    OnnxBuilder b;
    b.input("x", {0, 2}).output("y").weight("w", {2, 1}).node("MatMul", {"x", "w"}, "y");
    auto* tensor = b.model.mutable_graph()->mutable_initializer(0);
    tensor->clear_raw_data();
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] :
         {std::pair{"location", "w.bin"}, {"offset", "4"}, {"length", "8"}}) {
        tensor->add_external_data()->set_key(key);
        tensor->mutable_external_data(tensor->external_data_size() - 1)->set_value(value);
    }
    const float weights[] = {9.0f, 2.0f, 3.0f};
    folder.write("w.bin", std::string(reinterpret_cast<const char*>(weights), sizeof weights));
    const Graph graph = import_onnx(folder.write("m.onnx", b.bytes()));
    const std::vector<float> x{10.0f, 1.0f};
    EXPECT_THAT(FloatEvaluator(graph).run(x.data(), 1), ElementsAre(23.0f));
}

TEST(Forms, HalfPrecisionWeights)  // 1.5, -2 and the smallest subnormal in IEEE binary16
{
    OnnxBuilder b;
    b.input("x", {0, 3})
        .output("y")
        .constant(tensor<std::uint16_t>("w", {3, 1}, {0x3E00, 0xC000, 0x0001},
                                        onnx::TensorProto::FLOAT16))
        .node("MatMul", {"x", "w"}, "y");
    EXPECT_THAT(evaluate(b, {1, 1, 16777216}), ElementsAre(0.5f));
}

TEST(Forms, UnusedBranchesAreDropped)
{
    OnnxBuilder b;
    b.input("x", {0, 2}).output("y").node("Relu", {"x"}, "y").node("Sigmoid", {"x"}, "unused");
    EXPECT_THAT(operators(import(b)), ElementsAre(Op::input, Op::relu));
}

}  // namespace
