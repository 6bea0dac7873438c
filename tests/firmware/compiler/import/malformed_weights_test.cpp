// SPDX-License-Identifier: Apache-2.0
/// Weights and linear layers that must be refused.
#include <limits>

#include "firmware/compiler/import/malformed.h"

namespace {

using namespace imc::test;

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

}  // namespace
