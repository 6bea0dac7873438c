// SPDX-License-Identifier: Apache-2.0
/// QOperator form: operators on codes with scales among their inputs. They become plain nodes with
/// quantised values.
#include "compiler/import/ops.h"

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// The activation at `index`, whose codes must have the scale and zero point at the next two
/// inputs.
Activation codes(Importer& importer, const OnnxNode& node, int index)
{
    Activation x = importer.any_activation(node, index);
    if (!x.integer)
        importer.model().fail(node, fmt::format("input '{}' is not quantised", node.input(index)));
    check_grid(importer, node, x, importer.quantization(node, index + 1, index + 2, -1));
    return x;
}

void define_codes(Importer& importer, const OnnxNode& node, int value, int rank,
                  const Quantization& q)
{
    importer.set_quantization(value, q);
    importer.define(node.output(0), {value, rank, false, true, {}});
}

/// Notes scale and zero point of the weight at input 3 (scale 4, zero point 5); `axis`: of output
/// channels.
void quantize_weight(Importer& importer, const OnnxNode& node, int axis)
{
    Quantization q = importer.quantization(node, 4, 5, axis);
    Constant& weight = importer.constant(node, 3);
    if (weight.is_float())
        importer.model().fail(node,
                              fmt::format("weight '{}' is not 8-bit integers", node.input(3)));
    q.dtype = weight.dtype;
    const auto dim = static_cast<std::size_t>(axis);
    if (q.per_channel() && (dim >= weight.dims.size() ||
                            weight.dims[dim] != static_cast<std::int64_t>(q.scales.size())))
        importer.model().fail(node, fmt::format("{} weight scales do not fit weight '{}'",
                                                q.scales.size(), node.input(3)));
    weight.quantization = q;
}

/// The int32 bias of a QLinear operator has the product of input and weight scale (ONNX
/// QLinearConv).
void quantize_bias(Importer& importer, const OnnxNode& node, int index, const Activation& x)
{
    if (!has_input(node, index)) return;
    const Quantization& weight = *importer.constant(node, 3).quantization;
    const float input_scale = importer.value(x).quantization->scales[0];
    Constant& bias = importer.constant(node, index);
    if (!std::holds_alternative<std::vector<std::int32_t>>(bias.data))
        importer.model().fail(node, fmt::format("bias '{}' is not int32", node.input(index)));
    Quantization q{DType::int32, weight.per_channel() ? 0 : -1, weight.scales, {}};
    for (float& scale : q.scales)
        scale *= input_scale;
    q.zero_points.assign(q.scales.size(), 0);
    bias.quantization = q;
}

/// Name of a bias that several nodes read would need several scales.
void check_own(Importer& importer, const OnnxNode& node, int index)
{
    if (has_input(node, index) && importer.model().uses(node.input(index)) > 1)
        importer.model().fail(
            node, fmt::format("'{}' is shared between quantised operators; not supported",
                              node.input(index)));
}

}  // namespace

void op_qlinear_conv(Importer& importer, const OnnxNode& node)
{
    const Activation x = codes(importer, node, 0);
    check_own(importer, node, 8);
    quantize_weight(importer, node, 0);
    quantize_bias(importer, node, 8, x);
    const Quantization out = importer.quantization(node, 6, 7, -1);
    define_codes(importer, node, import_conv(importer, node, {3, 8}), x.rank, out);
}

void op_qlinear_matmul(Importer& importer, const OnnxNode& node)
{
    codes(importer, node, 0);
    quantize_weight(importer, node, 1);
    const Quantization out = importer.quantization(node, 6, 7, -1);
    define_codes(importer, node, import_gemm(importer, node, {3, -1, true}), 2, out);
}

void op_qgemm(Importer& importer, const OnnxNode& node)
{
    const OnnxModel& model = importer.model();
    const Activation x = codes(importer, node, 0);
    if (model.integer(node, "transA", 0) != 0 || model.real(node, "alpha", 1.0f) != 1.0f)
        model.fail(node, "transA and alpha other than 1 are not supported");
    const bool transpose = model.integer(node, "transB", 0) == 0;
    check_own(importer, node, 6);
    quantize_weight(importer, node, transpose ? 1 : 0);
    quantize_bias(importer, node, 6, x);
    const bool requantized = has_input(node, 7);
    const int value = import_gemm(importer, node, {3, 6, transpose});
    if (requantized)
        return define_codes(importer, node, value, 2, importer.quantization(node, 7, 8, -1));
    importer.define(node.output(0), {value, 2, false, false, {}});
}

namespace {

/// The sum or product of codes and a constant that has a scale and zero point of its own.
void add_constant_operand(Importer& importer, const OnnxNode& node, int constant)
{
    const Activation x = codes(importer, node, 3 - constant);
    Constant& c = importer.constant(node, constant);
    c.quantization = importer.quantization(node, constant + 1, constant + 2, -1);
    const std::vector<float> numbers = per_channel(importer, node, constant, x);
    const bool sum = node.op_type() == "QLinearAdd";
    define_affine(importer, node, x, sum ? std::vector<float>(numbers.size(), 1.0f) : numbers,
                  sum ? numbers : std::vector<float>(numbers.size(), 0.0f));
}

}  // namespace

void op_qlinear_arithmetic(Importer& importer, const OnnxNode& node)
{
    const Quantization out = importer.quantization(node, 6, 7, -1);
    const auto is_constant = [&](int index) {
        return has_input(node, index) && importer.is_constant(node.input(index));
    };
    if (is_constant(0) || is_constant(3)) {
        add_constant_operand(importer, node, is_constant(0) ? 0 : 3);
        return importer.set_quantization(importer.find_activation(node.output(0))->value, out);
    }
    const Activation a = codes(importer, node, 0), b = codes(importer, node, 3);
    if (node.op_type() == "QLinearMul") {
        if (!match_gated_unary(importer, node, a, b))
            importer.model().fail(
                node,
                "multiplies two activations; only a constant, or x * sigmoid(x), is "
                "supported");
        return importer.set_quantization(importer.find_activation(node.output(0))->value, out);
    }
    Activation sum = a;
    sum.value = add_sum(importer, node, a, b);
    importer.set_quantization(sum.value, out);
    importer.define(node.output(0), sum);
}

void op_qlinear_global_average_pool(Importer& importer, const OnnxNode& node)
{
    const Activation x = codes(importer, node, 0);
    if (importer.model().integer(node, "channels_last", 0) != 0)
        importer.model().fail(node, "channels_last is not supported");
    importer.image(node, 0);
    define_codes(importer, node, add_global_average(importer, node, x), x.rank,
                 importer.quantization(node, 3, 4, -1));
}

void op_qlinear_reduce_mean(Importer& importer, const OnnxNode& node)
{
    const Activation x = codes(importer, node, 0);
    Activation mean =
        mean_over_image(importer, node, x, importer.model().integers(node, "axes", {}));
    importer.set_quantization(mean.value, importer.quantization(node, 3, 4, -1));
    importer.define(node.output(0), mean);
}

void op_qlinear_softmax(Importer& importer, const OnnxNode& node)
{
    Activation x = codes(importer, node, 0);
    x.value = add_softmax(importer, node, x, importer.model().integer(node, "opset", 13));
    importer.set_quantization(x.value, importer.quantization(node, 3, 4, -1));
    importer.define(node.output(0), x);
}

void op_qlinear_average_pool(Importer& importer, const OnnxNode& node)
{
    const Activation x = codes(importer, node, 0);
    if (importer.model().integer(node, "channels_last", 0) != 0)
        importer.model().fail(node, "channels_last is not supported");
    importer.image(node, 0);
    define_codes(importer, node, add_average_pool(importer, node, x), x.rank,
                 importer.quantization(node, 3, 4, -1));
}

void op_qlinear_concat(Importer& importer, const OnnxNode& node)
{
    if (node.input_size() < 5 || (node.input_size() - 2) % 3 != 0)
        importer.model().fail(node, fmt::format("has {} inputs; 2 and 3 for each tensor are needed",
                                                node.input_size()));
    std::vector<Activation> inputs;
    for (int i = 2; i + 2 < node.input_size(); i += 3)
        inputs.push_back(codes(importer, node, i));
    const Quantization out = importer.quantization(node, 0, 1, -1);
    Activation joined = inputs[0];
    joined.value = add_concat(importer, node, inputs, importer.model().integer(node, "axis", 1));
    if (inputs.size() == 1) importer.model().fail(node, "joins one tensor only");
    importer.set_quantization(joined.value, out);
    importer.define(node.output(0), joined);
}

void op_qlinear_unary(Importer& importer, const OnnxNode& node)
{
    Activation x = codes(importer, node, 0);
    const Unary function = node.op_type() == "QLinearSigmoid" ? Unary::sigmoid : Unary::leaky_relu;
    x.value = add_unary(importer, node, x, function);
    importer.set_quantization(x.value, importer.quantization(node, 3, 4, -1));
    importer.define(node.output(0), x);
}

}  // namespace imc::compiler
