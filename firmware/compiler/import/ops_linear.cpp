// SPDX-License-Identifier: Apache-2.0
/// Conv, Gemm, MatMul, BatchNormalization.
#include "compiler/import/ops.h"

#include "compiler/import/window.h"

#include <fmt/format.h>

#include <cmath>

namespace imc::compiler {

namespace {

/// Checks a bias of `channels` entries (leading dimensions of 1 allowed) and takes it.
int take_bias(Importer& importer, const OnnxNode& node, int index, int channels)
{
    const Constant& bias = importer.constant(node, index);
    if (bias.size() != channels || (!bias.dims.empty() && bias.dims.back() != channels))
        importer.model().fail(node, fmt::format("bias '{}' has {} entries where {} are needed",
                                                node.input(index), bias.size(), channels));
    if (bias.fill) {
        Constant& expanded = importer.constant(node, index);
        expanded.data = importer.floats(node, index);
        expanded.fill.reset();
    }
    return importer.parameter(node, index, {channels});
}

ConvAttributes conv_attributes(const Window& w, std::int64_t groups)
{
    auto a = window_attributes<ConvAttributes>(w);
    a.groups = static_cast<int>(groups);
    return a;
}

void check_weight_axis(Importer& importer, const OnnxNode& node, int index, int axis)
{
    const auto& q = importer.constant(node, index).quantization;
    if (q && q->per_channel() && q->axis != axis)
        importer.model().fail(
            node,
            fmt::format("weight '{}' is quantised along axis {}; per output channel (axis {}) is "
                        "supported",
                        node.input(index), q->axis, axis));
}

/// Weight as (out, in), with the input features of an (H,W,C)-flattened activation brought into
/// (C,H,W) order.
template <typename T>
std::vector<T> arrange(const std::vector<T>& weight, std::int64_t out, std::int64_t in,
                       bool transpose, const Shape& hwc)
{
    std::vector<T> arranged(weight.size());
    for (std::int64_t i = 0; i < in; ++i) {
        std::int64_t target = i;
        if (hwc.c > 0) target = i % hwc.c * hwc.h * hwc.w + i / hwc.c;
        for (std::int64_t o = 0; o < out; ++o)
            arranged[static_cast<std::size_t>(o * in + target)] =
                weight[static_cast<std::size_t>(transpose ? i * out + o : o * in + i)];
    }
    return arranged;
}

void arrange_weight(Constant& weight, bool transpose, const Shape& hwc)
{
    const std::int64_t out = weight.dims[transpose ? 1 : 0];
    const std::int64_t in = weight.dims[transpose ? 0 : 1];
    const auto apply = [&](auto& data) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(data)>, std::monostate>)
            data = arrange(data, out, in, transpose, hwc);
    };
    std::visit(apply, weight.data);
    weight.dims = {out, in};
    if (transpose && weight.quantization && weight.quantization->per_channel())
        weight.quantization->axis = weight.quantization->axis == 1 ? 0 : 1;
}

/// The weight input as a graph tensor (out, in).
int gemm_weight(Importer& importer, const OnnxNode& node, int index, const Activation& x,
                bool transpose)
{
    Constant& weight = importer.constant(node, index);
    if (weight.dims.size() != 2)
        importer.model().fail(node, fmt::format("weight '{}' has {} dimensions where 2 are needed",
                                                node.input(index), weight.dims.size()));
    const std::int64_t in = weight.dims[transpose ? 0 : 1];
    if (in != importer.value(x).shape.c ||
        importer.value(x).shape.h * importer.value(x).shape.w != 1)
        importer.model().fail(node,
                              fmt::format("weight '{}' takes {} features but the input has {}",
                                          node.input(index), in, importer.value(x).shape.size()));
    if (weight.dims[transpose ? 1 : 0] < 1) importer.model().fail(node, "weight has no outputs");
    check_weight_axis(importer, node, index, transpose ? 1 : 0);
    const bool as_is = (!transpose && x.unflattened.c == 0) || weight.absent() || weight.fill;
    if (as_is) {
        const int out = static_cast<int>(weight.dims[transpose ? 1 : 0]);
        return importer.parameter(node, index, {out, static_cast<int>(in)});
    }
    Constant arranged = weight;
    arrange_weight(arranged, transpose, x.unflattened);
    const std::vector<int> dims{static_cast<int>(arranged.dims[0]),
                                static_cast<int>(arranged.dims[1])};
    return importer.add_tensor(node.input(index), dims, std::move(arranged));
}

}  // namespace

int import_conv(Importer& importer, const OnnxNode& node, const ConvInputs& inputs)
{
    const Activation x = importer.image(node, 0);
    const OnnxModel& model = importer.model();
    const std::vector<std::int64_t> dims = importer.constant(node, inputs.weight).dims;
    const Shape in = importer.value(x).shape;
    const std::int64_t groups = model.integer(node, "group", 1);
    if (static_cast<int>(dims.size()) != x.rank)
        model.fail(node, fmt::format("weight '{}' has {} dimensions but the input {}",
                                     node.input(inputs.weight), dims.size(), x.rank));
    for (const std::int64_t dim : dims)
        if (dim < 1 || dim > (1 << 24))
            model.fail(node, fmt::format("weight has a dimension of {}", dim));
    if (groups < 1 || groups > in.c || dims[1] * groups != in.c || dims[0] % groups != 0)
        model.fail(
            node, fmt::format(
                      "weight of {}x{} channels and {} groups does not fit an input of {} channels",
                      dims[0], dims[1], groups, in.c));
    check_weight_axis(importer, node, inputs.weight, 0);
    const Window w = read_window(importer, node, x, {dims.begin() + 2, dims.end()});
    const Shape out{static_cast<int>(dims[0]), static_cast<int>(w.output[0]),
                    static_cast<int>(w.output[1])};
    const int value = importer.add_node(node, Op::conv, {x.value}, out, conv_attributes(w, groups));
    const int weight =
        importer.parameter(node, inputs.weight,
                           {static_cast<int>(dims[0]), static_cast<int>(dims[1]),
                            static_cast<int>(w.kernel[0]), static_cast<int>(w.kernel[1])});
    const int bias =
        has_input(node, inputs.bias) ? take_bias(importer, node, inputs.bias, out.c) : -1;
    importer.last_node().weight = weight;
    importer.last_node().bias = bias;
    return value;
}

int import_gemm(Importer& importer, const OnnxNode& node, const GemmInputs& inputs)
{
    const Activation x = importer.any_activation(node, 0);
    if (x.rank != 2)
        importer.model().fail(node,
                              fmt::format("input '{}' has {} dimensions; flatten it to (N,F) first",
                                          node.input(0), x.rank));
    const int weight = gemm_weight(importer, node, inputs.weight, x, inputs.transpose_weight);
    const int out = importer.graph().tensor(weight).dims[0];
    const int value = importer.add_node(node, Op::gemm, {x.value}, Shape{out, 1, 1});
    const int bias = inputs.bias >= 0 && has_input(node, inputs.bias)
                         ? take_bias(importer, node, inputs.bias, out)
                         : -1;
    importer.last_node().weight = weight;
    importer.last_node().bias = bias;
    return value;
}

void op_conv(Importer& importer, const OnnxNode& node)
{
    const int rank = importer.activation(node, 0).rank;
    importer.define(node.output(0), {import_conv(importer, node, {1, 2}), rank, false, false, {}});
}

namespace {

void scale_tensor(Importer& importer, const OnnxNode& node, int index, float factor)
{
    if (factor == 1.0f || index < 0) return;
    Tensor& tensor = importer.graph().tensors[static_cast<std::size_t>(index)];
    if (tensor.synthetic()) return;
    auto* numbers = std::get_if<std::vector<float>>(&tensor.data);
    if (numbers == nullptr)
        importer.model().fail(node,
                              "alpha or beta other than 1 with quantised weights is not supported");
    for (float& number : *numbers)
        number *= factor;
}

}  // namespace

void op_gemm(Importer& importer, const OnnxNode& node)
{
    importer.activation(node, 0);
    const OnnxModel& model = importer.model();
    if (model.integer(node, "transA", 0) != 0) model.fail(node, "transA is not supported");
    const float alpha = model.real(node, "alpha", 1.0f), beta = model.real(node, "beta", 1.0f);
    for (const int index : {1, 2})
        if ((index == 1 ? alpha : beta) != 1.0f && has_input(node, index) &&
            model.uses(node.input(index)) > 1)
            model.fail(
                node,
                "alpha or beta other than 1 with a weight that others use too is not supported");
    const int value = import_gemm(importer, node, {1, 2, model.integer(node, "transB", 0) == 0});
    const int weight = importer.last_node().weight, bias = importer.last_node().bias;
    scale_tensor(importer, node, weight, alpha);
    scale_tensor(importer, node, bias, beta);
    importer.define(node.output(0), {value, 2, false, false, {}});
}

void op_matmul(Importer& importer, const OnnxNode& node)
{
    importer.activation(node, 0);
    if (has_input(node, 1) && !importer.is_constant(node.input(1)))
        importer.model().fail(node, "a product of two activations is not supported");
    importer.define(node.output(0),
                    {import_gemm(importer, node, {1, -1, true}), 2, false, false, {}});
}

void op_batch_normalization(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.activation(node, 0);
    const OnnxModel& model = importer.model();
    if (model.integer(node, "training_mode", 0) != 0)
        model.fail(node, "is in training mode; export the model in eval mode");
    if (x.unflattened.c > 0) model.fail(node, "input is flattened in (H,W,C) order; not supported");
    const int channels = importer.value(x).shape.c;
    bool absent = false;
    for (int i = 1; i <= 4; ++i) {
        const Constant& c = importer.constant(node, i);
        absent |= c.absent();
        if (c.size() != channels)
            model.fail(node, fmt::format("'{}' has {} entries for {} channels", node.input(i),
                                         c.size(), channels));
    }
    const int value = importer.add_node(node, Op::affine, {x.value}, importer.value(x).shape);
    Activation result = x;
    result.value = value;
    importer.define(node.output(0), result);
    std::vector<float> scale, shift;
    if (!absent) {
        const auto gamma = importer.floats(node, 1), beta = importer.floats(node, 2);
        const auto mean = importer.floats(node, 3), variance = importer.floats(node, 4);
        const double epsilon = model.real(node, "epsilon", 1e-5f);
        for (std::size_t c = 0; c < gamma.size(); ++c) {
            if (!(variance[c] + epsilon > 0.0))
                model.fail(node, fmt::format("variance of channel {} is {}", c, variance[c]));
            const double factor = gamma[c] / std::sqrt(variance[c] + epsilon);
            scale.push_back(static_cast<float>(factor));
            shift.push_back(static_cast<float>(beta[c] - factor * mean[c]));
        }
    }
    set_affine(importer, node.input(1), scale, node.input(2), shift);
}

void set_affine(Importer& importer, const std::string& scale_name, const std::vector<float>& scale,
                const std::string& shift_name, const std::vector<float>& shift)
{
    const int channels = importer.graph().values.back().shape.c;
    const auto add = [&](const std::string& name, const std::vector<float>& numbers) {
        Constant c;
        if (!numbers.empty()) c.data = numbers;
        return importer.add_tensor(name, {channels}, std::move(c));
    };
    const int weight = add(scale_name, scale), bias = add(shift_name, shift);
    importer.last_node().weight = weight;
    importer.last_node().bias = bias;
}

}  // namespace imc::compiler
