// SPDX-License-Identifier: Apache-2.0
/// Operators that must be refused.
#include <limits>

#include "firmware/compiler/import/malformed.h"

namespace {

using namespace imc::test;

OnnxBuilder quantize(const onnx::TensorProto& scale)
{
    return image()
        .constant(scale)
        .int8s("z", {}, {0})
        .node("QuantizeLinear", {"x", "s", "z"}, "q")
        .node("DequantizeLinear", {"q", "s", "z"}, "y");
}

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

}  // namespace
