// SPDX-License-Identifier: Apache-2.0
/// Models that must be refused: each in one line that names the place.
#include "compiler/import/onnx_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "support/error_line.h"
#include "support/onnx_builder.h"
#include "support/temp_folder.h"

namespace {

using namespace imc::test;
using imc::compiler::import_onnx;
using imc::compiler::import_onnx_bytes;
using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const std::string& bytes)
{
    return error_line([&] { import_onnx_bytes(bytes.data(), bytes.size(), "m.onnx"); });
}

struct Bad {
    const char* name;
    std::function<OnnxBuilder()> model;
    const char* place;  // node or tensor that the line must name
    const char* says;
};

class Malformed : public testing::TestWithParam<Bad> {};

TEST_P(Malformed, IsRefusedInOneLineThatNamesThePlace)
{
    EXPECT_THAT(
        refusal(GetParam().model().bytes()),
        AllOf(HasSubstr("m.onnx: "), HasSubstr(GetParam().place), HasSubstr(GetParam().says)));
}

/// Input x of 3x8x8, output y; the caller adds what lies between.
OnnxBuilder image(int opset = 13)
{
    OnnxBuilder b(opset);
    b.input("x", {0, 3, 8, 8}).output("y");
    return b;
}

OnnxBuilder conv(const Dims& weight, const std::vector<Attribute>& attributes = {})
{
    return image().weight("w", weight).node("Conv", {"x", "w"}, "y", attributes);
}

OnnxBuilder quantize(const onnx::TensorProto& scale)
{
    return image()
        .constant(scale)
        .int8s("z", {}, {0})
        .node("QuantizeLinear", {"x", "s", "z"}, "q")
        .node("DequantizeLinear", {"q", "s", "z"}, "y");
}

OnnxBuilder external(const char* location)
{
    OnnxBuilder b = conv({4, 3, 1, 1});
    auto* tensor = b.model.mutable_graph()->mutable_initializer(0);
    tensor->clear_raw_data();
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    auto* entry = tensor->add_external_data();
    entry->set_key("location");
    entry->set_value(location);
    return b;
}

OnnxBuilder with_nan_weight()
{
    return image()
        .constant(floats("w", {1, 3, 1, 1}, {1, std::numeric_limits<float>::quiet_NaN(), 1}))
        .node("Conv", {"x", "w"}, "y");
}

OnnxBuilder short_weight()
{
    return image()
        .constant(tensor<float>("w", {4, 3, 3, 3}, {1, 2, 3}, onnx::TensorProto::FLOAT))
        .node("Conv", {"x", "w"}, "y");
}

OnnxBuilder two_inputs()
{
    return image().input("x2", {0, 3, 8, 8}).node("Add", {"x", "x2"}, "y");
}

OnnxBuilder subgraph()
{
    return image().node("If", {"x"}, "y");
}

OnnxBuilder wrong_output_shape()
{
    OnnxBuilder b;
    return b.input("x", {0, 3, 8, 8}).output("y", {0, 5, 8, 8}).node("Relu", {"x"}, "y");
}

INSTANTIATE_TEST_SUITE_P(
    Structure, Malformed,
    testing::Values(
        Bad{"opset_old", [] { return image(5).node("Relu", {"x"}, "y"); }, "m.onnx", "opset 5"},
        Bad{"opset_new", [] { return image(99).node("Relu", {"x"}, "y"); }, "m.onnx", "opset 99"},
        Bad{"no_nodes", [] { return image(); }, "m.onnx", "no graph with nodes"},
        Bad{"no_input",
            [] { return OnnxBuilder().weight("w", {1}).node("Relu", {"w"}, "y").output("y"); },
            "m.onnx", "no input"},
        Bad{"no_output",
            [] {
                return OnnxBuilder().input("x", {0, 3}).node("Relu", {"x"}, "y");
            },
            "m.onnx", "no output"},
        Bad{"two_inputs", two_inputs, "'x2'", "one input is supported"},
        Bad{"open_height",
            [] {
                return OnnxBuilder().input("x", {1, 3, 0, 8}).node("Relu", {"x"}, "y").output("y");
            },
            "'x'", "dimension 2 is open"},
        Bad{"rank_five",
            [] {
                return OnnxBuilder()
                    .input("x", {1, 3, 8, 8, 8})
                    .node("Relu", {"x"}, "y")
                    .output("y");
            },
            "'x'", "5 dimensions"},
        Bad{"absurd_input",
            [] {
                return OnnxBuilder()
                    .input("x", {1, 1 << 20, 1 << 20, 4})
                    .node("Relu", {"x"}, "y")
                    .output("y");
            },
            "'x'", "2^28"},
        Bad{"negative_input",
            [] {
                return OnnxBuilder().input("x", {1, -3, 8, 8}).node("Relu", {"x"}, "y").output("y");
            },
            "'x'", "dimension 1"},
        Bad{"cycle",
            [] {
                return image()
                    .node("Add", {"x", "b"}, "a")
                    .node("Relu", {"a"}, "b")
                    .node("Relu", {"b"}, "y");
            },
            "n_", "cycle"},
        Bad{"unknown_tensor", [] { return image().node("Relu", {"nowhere"}, "y"); }, "'nowhere'",
            "no input, initializer or node gives it"},
        Bad{"written_twice",
            [] { return image().node("Relu", {"x"}, "y").node("Relu", {"x"}, "y"); }, "n_y",
            "something else writes too"},
        Bad{"initializer_twice",
            [] {
                return conv({4, 3, 1, 1}).weight("w", {4, 3, 1, 1});
            },
            "'w'", "there twice"},
        Bad{"output_unknown",
            [] {
                return OnnxBuilder().input("x", {0, 3}).node("Relu", {"x"}, "z").output("y");
            },
            "'y'", "gives it"},
        Bad{"output_shape", wrong_output_shape, "'y'", "declared 5 but comes out as 3"},
        Bad{"unknown_operator", [] { return image().node("NonMaxSuppression", {"x"}, "y"); },
            "'n_y' (NonMaxSuppression)", "not supported"},
        Bad{"foreign_domain", [] { return image().node("ai.example.Relu", {"x"}, "y"); },
            "ai.example.Relu", "not supported"},
        Bad{"subgraph", subgraph, "(If)", "not supported"}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Weights, Malformed,
    testing::Values(
        Bad{"nan_weight", with_nan_weight, "'w'", "element 1 is not a finite number"},
        Bad{"short_weight", short_weight, "'w'", "12 bytes of data where the shape needs 432"},
        Bad{"negative_dim",
            [] {
                OnnxBuilder b = conv({4, 3, 1, 1});
                b.model.mutable_graph()->mutable_initializer(0)->set_dims(0, -4);
                return b;
            },
            "'w'", "negative"},
        Bad{"absurd_dims",
            [] {
                OnnxBuilder b = conv({4, 3, 1, 1});
                b.model.mutable_graph()->mutable_initializer(0)->set_dims(0, std::int64_t{1} << 62);
                return b;
            },
            "'w'", "2^31"},
        Bad{"strings",
            [] {
                OnnxBuilder b = conv({4, 3, 1, 1});
                b.model.mutable_graph()->mutable_initializer(0)->set_data_type(
                    onnx::TensorProto::STRING);
                return b;
            },
            "'w'", "element type 8"},
        Bad{"external_missing", [] { return external("weights.bin"); }, "weights.bin", "missing"},
        Bad{"external_outside", [] { return external("../../etc/passwd"); }, "'w'",
            "must be a file beside the model"},
        Bad{"declared_open",
            [] {
                return image().input("w", {0, 3, 1, 1}).node("Conv", {"x", "w"}, "y");
            },
            "'w'", "open shape"},
        Bad{"channels",
            [] {
                return conv({4, 5, 3, 3});
            },
            "n_y", "4x5 channels and 1 groups does not fit an input of 3 channels"},
        Bad{"groups",
            [] {
                return conv({4, 3, 1, 1}, {{"group", 0}});
            },
            "n_y", "0 groups"},
        Bad{"weight_rank",
            [] {
                return conv({4, 3, 3});
            },
            "n_y", "weight 'w' has 3 dimensions"},
        Bad{"bias",
            [] {
                return image()
                    .weight("w", {4, 3, 1, 1})
                    .weight("b", {5})
                    .node("Conv", {"x", "w", "b"}, "y");
            },
            "n_y", "bias 'b' has 5 entries where 4"},
        Bad{"kernel_disagrees",
            [] {
                return conv({4, 3, 3, 3}, {{"kernel_shape", Dims{5, 5}}});
            },
            "n_y", "disagrees"},
        Bad{"kernel_too_large",
            [] {
                return conv({4, 3, 9, 9});
            },
            "n_y", "larger than the input"},
        Bad{"stride_zero",
            [] {
                return conv({4, 3, 1, 1}, {{"strides", Dims{0, 1}}});
            },
            "n_y", "'strides' holds 0"},
        Bad{"pads_length",
            [] {
                return conv({4, 3, 1, 1}, {{"pads", Dims{1, 1}}});
            },
            "n_y", "'pads' has 2 entries"},
        Bad{"pads_negative",
            [] {
                return conv({4, 3, 1, 1}, {{"pads", Dims{-1, 0, 0, 0}}});
            },
            "n_y", "'pads' holds -1"},
        Bad{"auto_pad",
            [] {
                return conv({4, 3, 1, 1}, {{"auto_pad", "SOMETIMES"}});
            },
            "n_y", "auto_pad 'SOMETIMES'"},
        Bad{"attribute_type",
            [] {
                return conv({4, 3, 1, 1}, {{"group", 1.0f}});
            },
            "n_y", "'group' must be an integer"},
        Bad{"gemm_features",
            [] {
                return OnnxBuilder()
                    .input("x", {0, 7})
                    .weight("w", {6, 4})
                    .node("Gemm", {"x", "w"}, "y")
                    .output("y");
            },
            "n_y", "takes 6 features but the input has 7"},
        Bad{"gemm_image",
            [] {
                return image().weight("w", {8, 4}).node("Gemm", {"x", "w"}, "y");
            },
            "n_y", "flatten it"},
        Bad{"gemm_trans_a",
            [] {
                return OnnxBuilder()
                    .input("x", {0, 6})
                    .weight("w", {6, 4})
                    .node("Gemm", {"x", "w"}, "y", {{"transA", 1}})
                    .output("y");
            },
            "n_y", "transA"},
        Bad{"matmul_activations",
            [] {
                return OnnxBuilder().input("x", {0, 6}).node("MatMul", {"x", "x"}, "y").output("y");
            },
            "n_y", "two activations"},
        Bad{"norm_channels",
            [] {
                return image().weight("g", {4}).weight("v", {3}).node(
                    "BatchNormalization", {"x", "g", "g", "v", "v"}, "y");
            },
            "n_y", "4 entries for 3 channels"},
        Bad{"norm_variance",
            [] {
                return image()
                    .weight("g", {3})
                    .weight("v", {3}, -1.0f)
                    .node("BatchNormalization", {"x", "g", "g", "g", "v"}, "y");
            },
            "n_y", "variance of channel 0 is -1"},
        Bad{"norm_training",
            [] {
                return image(14).weight("g", {3}).node(
                    "BatchNormalization", {"x", "g", "g", "g", "g"}, "y", {{"training_mode", 1}});
            },
            "n_y", "eval mode"}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Operators, Malformed,
    testing::Values(
        Bad{"missing_input", [] { return image().node("Conv", {"x"}, "y"); }, "n_y",
            "input 1 is missing"},
        Bad{"add_shapes",
            [] {
                return image()
                    .node("MaxPool", {"x"}, "p", {{"kernel_shape", Dims{2, 2}}})
                    .node("Add", {"x", "p"}, "y");
            },
            "n_y", "3x8x8 and 3x7x7"},
        Bad{"mul_activations",
            [] {
                return image().node("Relu", {"x"}, "r").node("Mul", {"x", "r"}, "y");
            },
            "n_y", "two activations"},
        Bad{"per_position",
            [] {
                return image()
                    .constant(floats("c", {1, 1, 1, 8}, {1, 2, 3, 4, 5, 6, 7, 8}))
                    .node("Mul", {"x", "c"}, "y");
            },
            "n_y", "position to position"},
        Bad{"divide_by_zero",
            [] {
                return image().constant(floats("c", {}, {0})).node("Div", {"x", "c"}, "y");
            },
            "n_y", "divides by zero"},
        Bad{"clip_empty",
            [] {
                return image()
                    .constant(floats("l", {}, {2}))
                    .constant(floats("h", {}, {1}))
                    .node("Clip", {"x", "l", "h"}, "y");
            },
            "n_y", "empty"},
        Bad{"pool_no_kernel", [] { return image().node("MaxPool", {"x"}, "y"); }, "n_y",
            "'kernel_shape' is missing"},
        Bad{"pool_pads",
            [] {
                return image().node("MaxPool", {"x"}, "y",
                                    {{"kernel_shape", Dims{2, 2}}, {"pads", Dims{2, 2, 2, 2}}});
            },
            "n_y", "as large as the kernel"},
        Bad{"reshape_size",
            [] {
                return image().constant(int64s("s", {0, 100})).node("Reshape", {"x", "s"}, "y");
            },
            "n_y", "reshapes (N,3,8,8) to (N,100)"},
        Bad{"reshape_two_open",
            [] {
                return image().constant(int64s("s", {-1, -1})).node("Reshape", {"x", "s"}, "y");
            },
            "n_y", "more than one -1"},
        Bad{"reshape_batch",
            [] {
                return image().constant(int64s("s", {7, 192})).node("Reshape", {"x", "s"}, "y");
            },
            "n_y", "not 192 elements"},
        Bad{"transpose",
            [] {
                return image().node("Transpose", {"x"}, "y", {{"perm", Dims{0, 2, 1, 3}}});
            },
            "n_y", "permutes dimensions"},
        Bad{"concat_axis",
            [] {
                return image().node("Concat", {"x", "x"}, "y", {{"axis", 2}});
            },
            "n_y", "only channels"},
        Bad{"concat_range",
            [] {
                return image().node("Concat", {"x", "x"}, "y", {{"axis", 9}});
            },
            "n_y", "axis 9 is outside"},
        Bad{"concat_constant",
            [] {
                return image().weight("c", {1, 3, 8, 8}).node("Concat", {"x", "c"}, "y");
            },
            "n_y", "is a constant"},
        Bad{"pad_mode",
            [] {
                return image()
                    .constant(int64s("p", {0, 0, 1, 1, 0, 0, 1, 1}))
                    .node("Pad", {"x", "p"}, "y", {{"mode", "reflect"}});
            },
            "n_y", "only mode 'constant'"},
        Bad{"pad_batch",
            [] {
                return image()
                    .constant(int64s("p", {1, 0, 1, 1, 0, 0, 1, 1}))
                    .node("Pad", {"x", "p"}, "y");
            },
            "n_y", "batch"},
        Bad{"slice_empty",
            [] {
                return image()
                    .constant(int64s("s", {8}))
                    .constant(int64s("e", {9}))
                    .constant(int64s("a", {2}))
                    .node("Slice", {"x", "s", "e", "a"}, "y");
            },
            "n_y", "3x0x8"},
        Bad{"slice_back",
            [] {
                return image()
                    .constant(int64s("s", {7}))
                    .constant(int64s("e", {0}))
                    .constant(int64s("a", {2}))
                    .constant(int64s("t", {-1}))
                    .node("Slice", {"x", "s", "e", "a", "t"}, "y");
            },
            "n_y", "step -1"},
        Bad{"softmax_axis",
            [] {
                return image().node("Softmax", {"x"}, "y", {{"axis", 2}});
            },
            "n_y", "not the channel axis"},
        Bad{"reduce_axis",
            [] {
                return image().node("ReduceMean", {"x"}, "y", {{"axes", Dims{1}}});
            },
            "n_y", "height and width"},
        Bad{"dynamic", [] { return image().node("DynamicQuantizeLinear", {"x"}, "y"); }, "n_y",
            "static quantisation"},
        Bad{"scale_nan",
            [] { return quantize(floats("s", {}, {std::numeric_limits<float>::quiet_NaN()})); },
            "'s'", "not a finite number"},
        Bad{"scale_zero", [] { return quantize(floats("s", {}, {0})); }, "n_q",
            "must be a positive number"},
        Bad{"scale_list",
            [] {
                return quantize(floats("s", {3}, {1, 2, 3}));
            },
            "n_q", "3 entries; one for the tensor"},
        Bad{"codes_into_relu",
            [] {
                return image()
                    .scale("s", 1)
                    .node("QuantizeLinear", {"x", "s"}, "q")
                    .node("Relu", {"q"}, "y");
            },
            "n_y", "DequantizeLinear is missing"},
        Bad{"other_scale",
            [] {
                return image()
                    .scale("s", 1)
                    .scale("t", 2)
                    .node("QuantizeLinear", {"x", "s"}, "q")
                    .node("DequantizeLinear", {"q", "t"}, "y");
            },
            "n_y", "scale 2"},
        Bad{"not_codes",
            [] {
                return image().scale("s", 1).node("DequantizeLinear", {"x", "s"}, "y");
            },
            "n_y", "is not quantised"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(MalformedFiles, AreRefusedInOneLine)
{
    TempFolder folder;
    const std::string good = conv({4, 3, 3, 3}).bytes();
    const auto says = [&](const std::string& bytes) {
        return error_line([&] { import_onnx(folder.write("m.onnx", bytes)); });
    };
    EXPECT_THAT(error_line([&] { import_onnx(folder.path("none.onnx")); }),
                HasSubstr("cannot be opened"));
    EXPECT_THAT(error_line([&] { import_onnx(folder.path("")); }), HasSubstr("is a folder"));
    EXPECT_THAT(says(""), HasSubstr("is empty"));
    EXPECT_THAT(says("this is no protobuf"), HasSubstr("not an ONNX model"));
    EXPECT_THAT(says(good.substr(0, good.size() / 2)), HasSubstr("cut short"));
    for (std::size_t length = 1; length < good.size();
         ++length)  // whatever is left of a file, it is one line
        error_line([&] { import_onnx_bytes(good.data(), length, "m.onnx"); });
}

TEST(MalformedFiles, FlippedBytesNeverCrash)
{
    const std::string good = conv({4, 3, 3, 3}, {{"pads", Dims{1, 1, 1, 1}}}).bytes();
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const int flip : {1, 128, 255}) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ flip);
            try {
                import_onnx_bytes(bad.data(), bad.size(), "m.onnx");
            } catch (const imc::InputError& error) {
                EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
            }
        }
}

}  // namespace
