// SPDX-License-Identifier: Apache-2.0
/// Internal to the importer: handlers of operators, one file a family. Each reads one ONNX node and
/// adds graph nodes.
#pragma once

#include "compiler/import/importer.h"

namespace imc::compiler {

/// Where a convolution-like node keeps weight and bias among its inputs; an input that is not there
/// means no bias.
struct ConvInputs {
    int weight = 1;
    int bias = 2;
};

struct GemmInputs {
    int weight = 1;
    int bias = 2;
    bool transpose_weight = false;  ///< the file's weight is (in, out)
};

/// Adds the graph node of a convolution or matrix product; returns its value. Input 0 is the
/// activation.
int import_conv(Importer& importer, const onnx::NodeProto& node, const ConvInputs& inputs);
int import_gemm(Importer& importer, const onnx::NodeProto& node, const GemmInputs& inputs);

/// Gives the last node, an affine, its per-channel numbers; empty vectors make synthetic tensors.
void set_affine(Importer& importer, const std::string& scale_name, const std::vector<float>& scale,
                const std::string& shift_name, const std::vector<float>& shift);

/// Defines the node's output as a per-channel affine of `x`, joined with an affine before it where
/// that is possible.
void define_affine(Importer& importer, const onnx::NodeProto& node, const Activation& x,
                   const std::vector<float>& scale, const std::vector<float>& shift);

/// The file's tensor `x` under per-image dimensions `dims`: an alias where only the rank changes,
/// else a reshape node.
Activation reshape_to(Importer& importer, const onnx::NodeProto& node, const Activation& x,
                      const std::vector<std::int64_t>& dims);

/// A node whose output lies on its input's grid (pool, slice, ...): codes stay codes.
Activation define_like(Importer& importer, const onnx::NodeProto& node, const Activation& x,
                       int value);

/// A constant operand of `x` as one number a channel; empty if its numbers are absent.
std::vector<float> per_channel(Importer& importer, const onnx::NodeProto& node, int index,
                               const Activation& x);

/// The real number that a code at input `index` (0 where it is left out) means on the grid of `x`.
float real_of_code(Importer& importer, const onnx::NodeProto& node, const Activation& x, int index);

// ops_linear.cpp
void op_conv(Importer&, const onnx::NodeProto&);
void op_gemm(Importer&, const onnx::NodeProto&);
void op_matmul(Importer&, const onnx::NodeProto&);
void op_batch_normalization(Importer&, const onnx::NodeProto&);

// ops_pool.cpp
void op_max_pool(Importer&, const onnx::NodeProto&);
void op_average_pool(Importer&, const onnx::NodeProto&);
void op_global_average_pool(Importer&, const onnx::NodeProto&);
void op_global_max_pool(Importer&, const onnx::NodeProto&);
void op_reduce_mean(Importer&, const onnx::NodeProto&);
/// Average over all of H and W as a graph node; returns its value.
int add_global_average(Importer& importer, const onnx::NodeProto& node, const Activation& x);
/// Mean over height and width, which `axes` must name; `keepdims` is the node's.
Activation mean_over_image(Importer& importer, const onnx::NodeProto& node, const Activation& x,
                           std::vector<std::int64_t> axes);
/// Average pool of the node's window attributes; returns its value.
int add_average_pool(Importer& importer, const onnx::NodeProto& node, const Activation& x);

// ops_elementwise.cpp
void op_relu(Importer&, const onnx::NodeProto&);
void op_clip(Importer&, const onnx::NodeProto&);
void op_arithmetic(Importer&, const onnx::NodeProto&);
void op_sum(Importer&, const onnx::NodeProto&);
/// Adds the sum of two activations of one shape; returns its value.
int add_sum(Importer& importer, const onnx::NodeProto& node, const Activation& a,
            const Activation& b, const std::string& suffix = "");

// ops_unary.cpp
void op_unary(Importer&, const onnx::NodeProto&);
void op_prelu(Importer&, const onnx::NodeProto&);
void op_lrn(Importer&, const onnx::NodeProto&);
void op_softmax(Importer&, const onnx::NodeProto&);
void op_argmax(Importer&, const onnx::NodeProto&);
/// Product of two activations where it is a known activation function; false if it is none.
bool match_gated_unary(Importer& importer, const onnx::NodeProto& node, const Activation& a,
                       const Activation& b);
/// Adds a softmax over the channels, as opset `opset` has it; returns its value.
int add_softmax(Importer& importer, const onnx::NodeProto& node, const Activation& x,
                std::int64_t opset);
/// Adds a unary node with the attributes of the ONNX node; returns its value.
int add_unary(Importer& importer, const onnx::NodeProto& node, const Activation& x, Unary function);

// ops_shape.cpp
void op_flatten(Importer&, const onnx::NodeProto&);
void op_reshape(Importer&, const onnx::NodeProto&);
void op_squeeze(Importer&, const onnx::NodeProto&);
void op_unsqueeze(Importer&, const onnx::NodeProto&);
void op_transpose(Importer&, const onnx::NodeProto&);
void op_identity(Importer&, const onnx::NodeProto&);
void op_cast(Importer&, const onnx::NodeProto&);

// ops_layout.cpp
void op_concat(Importer&, const onnx::NodeProto&);
void op_pad(Importer&, const onnx::NodeProto&);
void op_slice(Importer&, const onnx::NodeProto&);
void op_split(Importer&, const onnx::NodeProto&);
/// Concatenation along the channels of inputs; returns its value.
int add_concat(Importer& importer, const onnx::NodeProto& node,
               const std::vector<Activation>& inputs, std::int64_t axis);

// ops_quantize.cpp
void op_quantize_linear(Importer&, const onnx::NodeProto&);
void op_dequantize_linear(Importer&, const onnx::NodeProto&);
void op_dynamic_quantization(Importer&, const onnx::NodeProto&);
/// Fails unless the codes of `x` were made with this scale and zero point.
void check_grid(Importer& importer, const onnx::NodeProto& node, const Activation& x,
                const Quantization& q);

// ops_qlinear.cpp
void op_qlinear_conv(Importer&, const onnx::NodeProto&);
void op_qlinear_matmul(Importer&, const onnx::NodeProto&);
void op_qgemm(Importer&, const onnx::NodeProto&);
void op_qlinear_arithmetic(Importer&, const onnx::NodeProto&);
void op_qlinear_global_average_pool(Importer&, const onnx::NodeProto&);
void op_qlinear_average_pool(Importer&, const onnx::NodeProto&);
void op_qlinear_reduce_mean(Importer&, const onnx::NodeProto&);
void op_qlinear_softmax(Importer&, const onnx::NodeProto&);
void op_qlinear_concat(Importer&, const onnx::NodeProto&);
void op_qlinear_unary(Importer&, const onnx::NodeProto&);

}  // namespace imc::compiler
