// SPDX-License-Identifier: Apache-2.0
/// Functions of one number, the products that exporters write for them, LRN, softmax and argmax.
#include "compiler/import/ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace imc::compiler {

namespace {

const std::map<std::string, Unary>& unary_operators()
{
    static const std::map<std::string, Unary> table{{"Sigmoid", Unary::sigmoid},
                                                    {"Tanh", Unary::tanh},
                                                    {"Elu", Unary::elu},
                                                    {"LeakyRelu", Unary::leaky_relu},
                                                    {"Gelu", Unary::gelu},
                                                    {"Erf", Unary::erf},
                                                    {"HardSigmoid", Unary::hard_sigmoid},
                                                    {"HardSwish", Unary::hard_swish},
                                                    {"Exp", Unary::exp},
                                                    {"Softplus", Unary::softplus}};
    return table;
}

const Node& producer(Importer& importer, int value)
{
    Graph& graph = importer.graph();
    return graph
        .nodes[static_cast<std::size_t>(graph.values[static_cast<std::size_t>(value)].producer)];
}

/// The affine's scale and shift if it is the same on every channel.
struct Line {
    float scale, shift;
};

std::optional<Line> uniform_affine(Importer& importer, const Node& node)
{
    if (node.op != Op::affine || importer.graph().tensor(node.weight).synthetic())
        return std::nullopt;
    const std::vector<float> scale = importer.graph().tensor(node.weight).to_float();
    const std::vector<float> shift = importer.graph().tensor(node.bias).to_float();
    const auto all = [](const std::vector<float>& v) {
        return std::all_of(v.begin(), v.end(), [&](float n) { return n == v[0]; });
    };
    if (!all(scale) || !all(shift)) return std::nullopt;
    return Line{scale[0], shift[0]};
}

bool near(float a, double b)
{
    return std::abs(a - b) <= 1e-5 * std::abs(b);
}

/// What a gate (the factor beside x) computes of x: the function and a factor by which x * gate
/// exceeds it.
struct Gate {
    Unary function;
    float factor;
    int of;                                 // the value x
    std::optional<Quantization> grid = {};  // the gate was rounded to it
};

/// 1 + erf(x / sqrt 2), so that x * gate = 2 gelu(x).
std::optional<Gate> match_erf(Importer& importer, const Node& gate)
{
    const auto line = uniform_affine(importer, gate);
    if (!line || line->scale != line->shift) return std::nullopt;
    const Node& erf = producer(importer, gate.inputs[0]);
    if (erf.op != Op::unary || erf.unary().function != Unary::erf) return std::nullopt;
    const Node& inner = producer(importer, erf.inputs[0]);
    const auto scaled = uniform_affine(importer, inner);
    if (!scaled || scaled->shift != 0.0f || !near(scaled->scale, std::sqrt(0.5)))
        return std::nullopt;
    return Gate{Unary::gelu, 2.0f * line->scale, inner.inputs[0]};
}

/// clip(x + 3, 0, 6), perhaps divided by 6: x * gate = 6 hard_swish(x), or hard_swish(x).
std::optional<Gate> match_clip(Importer& importer, const Node& gate)
{
    const auto line = uniform_affine(importer, gate);
    const Node& clip = line && line->shift == 0.0f ? producer(importer, gate.inputs[0]) : gate;
    if (clip.op != Op::clip || clip.clip().low != 0.0f || clip.clip().high != 6.0f)
        return std::nullopt;
    const Node& inner = producer(importer, clip.inputs[0]);
    const auto moved = uniform_affine(importer, inner);
    if (!moved || moved->scale != 1.0f || moved->shift != 3.0f) return std::nullopt;
    return Gate{Unary::hard_swish, 6.0f * (line ? line->scale : 1.0f), inner.inputs[0]};
}

/// sigmoid(x), or hard_sigmoid(x) as in hard_swish.
std::optional<Gate> match_sigmoid(const Node& gate)
{
    if (gate.op == Op::unary && gate.unary().function == Unary::sigmoid)
        return Gate{Unary::silu, 1.0f, gate.inputs[0]};
    if (gate.op == Op::unary && gate.unary().function == Unary::hard_sigmoid &&
        near(gate.unary().alpha, 1.0 / 6.0) && gate.unary().beta == 0.5f)
        return Gate{Unary::hard_swish, 1.0f, gate.inputs[0]};
    return std::nullopt;
}

std::optional<Gate> match_gate(Importer& importer, int value)
{
    const auto& grid = importer.graph().values[static_cast<std::size_t>(value)].quantization;
    const Node& node = producer(importer, value);
    const Node& gate = grid && node.op == Op::quantize ? producer(importer, node.inputs[0]) : node;
    if (auto sigmoid = match_sigmoid(gate)) {
        sigmoid->grid = grid;
        return sigmoid;
    }
    if (grid) return std::nullopt;
    if (const auto erf = match_erf(importer, gate)) return erf;
    return match_clip(importer, gate);
}

/// True if `value` is factor * x without shift; `factor` 1 if it is x itself.
std::optional<float> multiple_of(Importer& importer, int value, int x)
{
    if (value == x) return 1.0f;
    const auto line = uniform_affine(importer, producer(importer, value));
    if (line && line->shift == 0.0f && producer(importer, value).inputs[0] == x) return line->scale;
    return std::nullopt;
}

UnaryAttributes unary_attributes(const Importer& importer, const OnnxNode& node, Unary function)
{
    UnaryAttributes a;
    a.function = function;
    if (function == Unary::elu) a.alpha = importer.model().real(node, "alpha", 1.0f);
    if (function == Unary::leaky_relu) a.alpha = importer.model().real(node, "alpha", 0.01f);
    if (function == Unary::hard_sigmoid) {
        a.alpha = importer.model().real(node, "alpha", 0.2f);
        a.beta = importer.model().real(node, "beta", 0.5f);
    }
    return a;
}

/// Softmax and argmax work along the channels of the graph's (C, H, W).
void check_channel_axis(const Importer& importer, const OnnxNode& node, const Activation& x,
                        std::int64_t axis)
{
    const std::int64_t channel = x.nhwc ? 3 : 1;
    if (checked_axis(importer, node, axis, x.rank) != channel || x.unflattened.c > 0)
        importer.model().fail(
            node, fmt::format("axis {} is not the channel axis ({}); only that is supported", axis,
                              channel));
}

}  // namespace

int add_unary(Importer& importer, const OnnxNode& node, const Activation& x, Unary function)
{
    return importer.add_node(node, Op::unary, {x.value}, importer.value(x).shape,
                             unary_attributes(importer, node, function));
}

void op_unary(Importer& importer, const OnnxNode& node)
{
    Activation x = importer.activation(node, 0);
    if (node.op_type() == "Gelu" && importer.model().text(node, "approximate", "none") != "none")
        importer.model().fail(node, "the tanh approximation of Gelu is not supported");
    x.value = add_unary(importer, node, x, unary_operators().at(node.op_type()));
    importer.define(node.output(0), x);
}

bool match_gated_unary(Importer& importer, const OnnxNode& node, const Activation& a,
                       const Activation& b)
{
    for (const bool swap : {false, true}) {
        const Activation& x = swap ? b : a;
        const auto gate = match_gate(importer, (swap ? a : b).value);
        if (!gate) continue;
        const auto factor = multiple_of(importer, x.value, gate->of);
        if (!factor) continue;
        const float scale = gate->factor * *factor;
        const bool plain = near(scale, 1.0);
        UnaryAttributes attributes;
        attributes.function = gate->function;
        attributes.gate = gate->grid;
        Activation result = x;
        result.value = importer.add_node(node, Op::unary, {gate->of}, importer.value(x).shape,
                                         attributes, plain ? "" : "function");
        if (plain) return importer.define(node.output(0), result), true;
        const auto channels = static_cast<std::size_t>(importer.value(x).shape.c);
        define_affine(importer, node, result, std::vector<float>(channels, scale),
                      std::vector<float>(channels, 0.0f));
        return true;
    }
    return false;
}

void op_prelu(Importer& importer, const OnnxNode& node)
{
    Activation x = importer.activation(node, 0);
    const std::vector<float> slope = importer.floats(node, 1);
    if (slope.empty() ||
        !std::all_of(slope.begin(), slope.end(), [&](float s) { return s == slope[0]; }))
        importer.model().fail(node,
                              "slopes differ between channels; one slope for all is supported");
    x.value = importer.add_node(node, Op::unary, {x.value}, importer.value(x).shape,
                                UnaryAttributes{Unary::leaky_relu, slope[0], 0.0f});
    importer.define(node.output(0), x);
}

void op_lrn(Importer& importer, const OnnxNode& node)
{
    importer.activation(node, 0);
    Activation x = importer.image(node, 0);
    const OnnxModel& model = importer.model();
    LrnAttributes a;
    const std::int64_t size = model.integer(node, "size", 0);
    if (size < 1 || size > 65535)
        model.fail(node, fmt::format("'size' is {}; 1 or more is needed", size));
    a.size = static_cast<int>(size);
    a.alpha = model.real(node, "alpha", 1e-4f);
    a.beta = model.real(node, "beta", 0.75f);
    a.bias = model.real(node, "bias", 1.0f);
    x.value = importer.add_node(node, Op::lrn, {x.value}, importer.value(x).shape, a);
    importer.define(node.output(0), x);
}

int add_softmax(Importer& importer, const OnnxNode& node, const Activation& x, std::int64_t opset)
{
    const bool old = opset < 13;  // before, all dimensions from the axis on were one
    check_channel_axis(importer, node, x, importer.model().integer(node, "axis", old ? 1 : -1));
    const Shape shape = importer.value(x).shape;
    if (old && shape.h * shape.w != 1)
        importer.model().fail(node, "normalises over a whole image; flatten it to (N,F) first");
    return importer.add_node(node, node.op_type() == "LogSoftmax" ? Op::log_softmax : Op::softmax,
                             {x.value}, shape);
}

void op_softmax(Importer& importer, const OnnxNode& node)
{
    Activation x = importer.activation(node, 0);
    x.value = add_softmax(importer, node, x, importer.model().opset());
    importer.define(node.output(0), x);
}

void op_argmax(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.activation(node, 0);
    check_channel_axis(importer, node, x, importer.model().integer(node, "axis", 0));
    if (importer.model().integer(node, "select_last_index", 0) != 0)
        importer.model().fail(node, "select_last_index is not supported");
    const Shape shape = importer.value(x).shape;
    Activation result = x;
    result.value = importer.add_node(node, Op::argmax, {x.value}, Shape{1, shape.h, shape.w});
    if (importer.model().integer(node, "keepdims", 1) == 0 && x.rank > 2) result.rank = x.rank - 1;
    importer.define(node.output(0), result);
}

}  // namespace imc::compiler
