// SPDX-License-Identifier: Apache-2.0
/// Relu, Clip and arithmetic: of two activations, or of an activation and a per-channel constant.
#include "compiler/import/ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace imc::compiler {

namespace {

Activation with_value(const Activation& x, int value)
{
    Activation result = x;
    result.value = value;
    return result;
}

/// True if a constant of `dims` has one number a channel of x.
bool is_per_channel(const Importer& importer, const std::vector<std::int64_t>& dims,
                    const Activation& x)
{
    const int channels = importer.value(x).shape.c;
    const std::size_t from_end = x.rank == 2 || x.nhwc ? 1 : static_cast<std::size_t>(x.rank) - 1;
    if (x.unflattened.c > 0 || dims.size() < from_end || dims[dims.size() - from_end] != channels)
        return false;
    std::int64_t count = 1;
    for (const std::int64_t dim : dims)
        count *= dim;
    return count == channels;
}

}  // namespace

std::vector<float> per_channel(Importer& importer, const OnnxNode& node, int index,
                               const Activation& x)
{
    const OnnxModel& model = importer.model();
    const Constant& constant = importer.constant(node, index);
    const bool fits = is_per_channel(importer, constant.dims, x);
    const auto refuse = [&](const char* why) {
        model.fail(node, fmt::format("constant '{}' {}", node.input(index), why));
    };
    if (constant.absent() && fits) return {};
    const std::vector<float> numbers = importer.floats(node, index);
    for (const float number : numbers)
        if (!std::isfinite(number)) refuse("is not a finite number");
    if (numbers.empty()) refuse("is empty");
    if (std::all_of(numbers.begin(), numbers.end(), [&](float n) { return n == numbers[0]; }))
        return std::vector<float>(static_cast<std::size_t>(importer.value(x).shape.c), numbers[0]);
    if (!fits)
        refuse(
            "differs from position to position, or does not fit; one number a channel is "
            "supported");
    return numbers;
}

namespace {

/// Which of the two inputs is the activation if the other is a constant; -1 if both are
/// activations.
int activation_index(const Importer& importer, const OnnxNode& node)
{
    if (has_input(node, 0) && importer.is_constant(node.input(0))) return 1;
    if (has_input(node, 1) && importer.is_constant(node.input(1))) return 0;
    return -1;
}

/// True if nothing but this node reads the value at `index`, so that the value's producer may
/// absorb the node.
bool reads_alone(const Importer& importer, const OnnxNode& node, int index, const Activation& x)
{
    const Value& value = importer.value(x);
    return value.name == node.input(index) && importer.model().uses(value.name) == 1 &&
           !value.quantization;
}

/// A constant added to a product without bias is its bias, quantised or not.
bool add_as_bias(Importer& importer, const OnnxNode& node, int index, const Activation& x)
{
    const int producer = importer.value(x).producer;
    const Op op = importer.graph().nodes[static_cast<std::size_t>(producer)].op;
    const int bias = importer.graph().nodes[static_cast<std::size_t>(producer)].bias;
    if ((op != Op::gemm && op != Op::conv) || bias >= 0 || !reads_alone(importer, node, index, x))
        return false;
    const Constant& constant = importer.constant(node, 1 - index);
    if (constant.fill || !is_per_channel(importer, constant.dims, x)) return false;
    const int tensor = importer.parameter(node, 1 - index, {importer.value(x).shape.c});
    importer.graph().nodes[static_cast<std::size_t>(producer)].bias = tensor;
    importer.define(node.output(0), x);
    return true;
}

struct Numbers {
    std::vector<float> scale, shift;
};

Numbers filled(const Importer& importer, const Activation& x, float scale, float shift)
{
    const auto channels = static_cast<std::size_t>(importer.value(x).shape.c);
    return {std::vector<float>(channels, scale), std::vector<float>(channels, shift)};
}

void arithmetic_with_constant(Importer& importer, const OnnxNode& node, int index)
{
    const std::string& op = node.op_type();
    const Activation x = importer.activation(node, index);
    if (op == "Add" && add_as_bias(importer, node, index, x)) return;
    const std::vector<float> constant = per_channel(importer, node, 1 - index, x);
    if (constant.empty()) return define_affine(importer, node, x, {}, {});
    Numbers n = filled(importer, x, 1.0f, 0.0f);
    for (std::size_t c = 0; c < constant.size(); ++c) {
        if (op == "Add") n.shift[c] = constant[c];
        if (op == "Sub") n.shift[c] = index == 0 ? -constant[c] : constant[c];
        if (op == "Sub" && index == 1) n.scale[c] = -1.0f;
        if (op == "Mul") n.scale[c] = constant[c];
        if (op == "Div") n.scale[c] = 1.0f / constant[c];
        if (op == "Div" && (index == 1 || constant[c] == 0.0f || !std::isfinite(n.scale[c])))
            importer.model().fail(
                node, index == 1 ? "divides by an activation; not supported" : "divides by zero");
    }
    define_affine(importer, node, x, n.scale, n.shift);
}

}  // namespace

float real_of_code(Importer& importer, const OnnxNode& node, const Activation& x, int index)
{
    const auto& grid = importer.value(x).quantization;
    if (!grid) importer.model().fail(node, "reads codes whose scale is not known");
    const std::int64_t code = has_input(node, index) ? importer.integer(node, index) : 0;
    return static_cast<float>(code - grid->zero_points[0]) * grid->scales[0];
}

void define_affine(Importer& importer, const OnnxNode& node, const Activation& x,
                   const std::vector<float>& scale, const std::vector<float>& shift)
{
    const Graph& graph = importer.graph();
    std::vector<float> joined_scale = scale, joined_shift = shift;
    int source = x.value;
    // x * a * b, as the parts of a normalisation or of GELU come: one affine instead of a chain.
    const Node& before = graph.nodes[static_cast<std::size_t>(importer.value(x).producer)];
    const int index =
        has_input(node, 0) && importer.find_activation(node.input(0)) != nullptr ? 0 : 1;
    if (before.op == Op::affine && !scale.empty() && !graph.tensor(before.weight).synthetic() &&
        reads_alone(importer, node, index, x)) {
        const std::vector<float> s = graph.tensor(before.weight).to_float(),
                                 b = graph.tensor(before.bias).to_float();
        for (std::size_t c = 0; c < s.size(); ++c) {
            joined_shift[c] = static_cast<float>(static_cast<double>(scale[c]) * b[c] + shift[c]);
            joined_scale[c] = scale[c] * s[c];
        }
        source = before.inputs[0];
    }
    const Shape shape = importer.value(x).shape;
    const int value = importer.add_node(node, Op::affine, {source}, shape);
    set_affine(importer, node.output(0) + "_scale", joined_scale, node.output(0) + "_shift",
               joined_shift);
    importer.define(node.output(0), with_value(x, value));
}

int add_sum(Importer& importer, const OnnxNode& node, const Activation& a, const Activation& b,
            const std::string& suffix)
{
    const Shape left = importer.value(a).shape, right = importer.value(b).shape;
    if (left != right || a.nhwc != b.nhwc || a.unflattened.c != b.unflattened.c || a.rank != b.rank)
        importer.model().fail(
            node, fmt::format("adds shapes {}x{}x{} and {}x{}x{}; they must be alike", left.c,
                              left.h, left.w, right.c, right.h, right.w));
    return importer.add_node(node, Op::add, {a.value, b.value}, left, {}, suffix);
}

void op_relu(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.activation(node, 0);
    importer.define(node.output(0), with_value(x, importer.add_node(node, Op::relu, {x.value},
                                                                    importer.value(x).shape)));
}

void op_clip(Importer& importer, const OnnxNode& node)
{
    constexpr float endless = std::numeric_limits<float>::max();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const Activation x = importer.any_activation(node, 0);
    const auto bound = [&](int index, const char* name, float fallback) {
        if (x.integer && has_input(node, index)) return real_of_code(importer, node, x, index);
        const float number = has_input(node, index) ? importer.scalar(node, index)
                                                    : importer.model().real(node, name, fallback);
        return number <= -endless ? -infinity : number >= endless ? infinity : number;
    };
    const ClipAttributes attributes{bound(1, "min", -endless), bound(2, "max", endless)};
    if (!(attributes.low < attributes.high))
        importer.model().fail(
            node, fmt::format("clips to {} .. {}: empty", attributes.low, attributes.high));
    const bool relu = attributes.low == 0.0f && attributes.high == infinity;
    const int value =
        importer.add_node(node, relu ? Op::relu : Op::clip, {x.value}, importer.value(x).shape,
                          relu ? Attributes{} : Attributes{attributes});
    importer.define(node.output(0), define_like(importer, node, x, value));
}

void op_arithmetic(Importer& importer, const OnnxNode& node)
{
    const int index = activation_index(importer, node);
    if (index >= 0) return arithmetic_with_constant(importer, node, index);
    const Activation a = importer.activation(node, 0), b = importer.activation(node, 1);
    if (node.op_type() == "Add")
        return importer.define(node.output(0), with_value(a, add_sum(importer, node, a, b)));
    if (node.op_type() == "Mul" && match_gated_unary(importer, node, a, b)) return;
    importer.model().fail(
        node, "takes two activations; only Add does that (and x * sigmoid(x) and the like)");
}

void op_sum(Importer& importer, const OnnxNode& node)
{
    Activation sum = importer.activation(node, 0);
    for (int i = 1; i < node.input_size(); ++i) {
        const std::string suffix = i + 1 < node.input_size() ? std::to_string(i) : "";
        sum.value = add_sum(importer, node, sum, importer.activation(node, i), suffix);
    }
    importer.define(node.output(0), sum);
}

}  // namespace imc::compiler
