// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/build_layers.h"

#include "common/error.h"
#include "compiler/quantize/geometry.h"
#include "compiler/quantize/requant_entries.h"
#include "compiler/quantize/unary_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// Turns planned layers into QLayers, one function an operator.
class LayerBuilder {
public:
    LayerBuilder(const Graph& graph, const Plan& plan, const std::vector<int>& array_nodes,
                 const std::vector<WeightCodes>& codes, const QuantOptions& options, QNet& net)
        : m_graph(graph),
          m_plan(plan),
          m_nodes(array_nodes),
          m_codes(codes),
          m_options(options),
          m_net(net)
    {
    }

    void build(const PlannedLayer& planned)
    {
        const Node& node = m_graph.nodes[planned.node];
        QLayer layer;
        layer.name = node.name;
        layer.op_name = op_name(node.op);
        for (const int input : planned.inputs)
            layer.inputs.push_back(m_plan.tensor_of_value[input]);
        layer.output = m_plan.tensor_of_value[planned.output];
        layer.macs = static_cast<std::uint64_t>(macs(m_graph, node));
        clamp_output(planned, m_net.tensors[layer.output]);
        switch (node.op) {
            case Op::conv:
            case Op::gemm:
                arrays(planned, node, layer);
                break;
            case Op::affine:
                affine(node, layer);
                break;
            case Op::add:
                add(layer);
                break;
            case Op::max_pool:
                pool(node, layer);
                break;
            case Op::average_pool:
                pool(node, layer);
                average(layer);
                break;
            case Op::unary:
                unary(node, layer);
                break;
            case Op::concat:
            case Op::relu:
            case Op::clip:
            case Op::quantize:
                return copy(node, layer);
            default:
                throw InputError(fmt::format("node '{}': operator '{}' is not supported", node.name,
                                             op_name(node.op)));
        }
        m_net.layers.push_back(std::move(layer));
    }

private:
    const QTensor& in(const QLayer& layer, std::size_t i = 0) const
    {
        return m_net.tensors[layer.inputs[i]];
    }
    const QTensor& out(const QLayer& layer) const { return m_net.tensors[layer.output]; }
    imc_requant_kind rule(const QLayer& layer) const
    {
        return requant_rule(m_options.requant, m_plan.tensors[layer.inputs[0]].given &&
                                                   m_plan.tensors[layer.output].given);
    }
    static void clamp_output(const PlannedLayer& planned, QTensor& tensor);
    void arrays(const PlannedLayer& planned, const Node& node, QLayer& layer);
    void float_codes(const Node& node, QLayer& layer);
    void given_codes(const Node& node, QLayer& layer) const;
    void affine(const Node& node, QLayer& layer) const;
    void add(QLayer& layer) const;
    void pool(const Node& node, QLayer& layer) const;
    void average(QLayer& layer) const;
    void unary(const Node& node, QLayer& layer) const;
    void copy(const Node& node, QLayer& layer);
    bool same_codes(int a, int b) const;
    void rescale(QLayer& layer) const;

    const Graph& m_graph;
    const Plan& m_plan;
    const std::vector<int>& m_nodes;
    const std::vector<WeightCodes>& m_codes;
    const QuantOptions& m_options;
    QNet& m_net;
};

/// Fused ReLU and Clip become the tensor's code range.
void LayerBuilder::clamp_output(const PlannedLayer& planned, QTensor& tensor)
{
    const auto code = [&](float real) {
        return std::nearbyint(static_cast<double>(real) / tensor.scale) + tensor.zero_point;
    };
    if (std::isfinite(planned.low))
        tensor.min = static_cast<std::int32_t>(
            std::clamp<double>(code(planned.low), tensor.min, tensor.max));
    if (std::isfinite(planned.high))
        tensor.max = static_cast<std::int32_t>(
            std::clamp<double>(code(planned.high), tensor.min, tensor.max));
}

void LayerBuilder::arrays(const PlannedLayer& planned, const Node& node, QLayer& layer)
{
    layer.op = IMC_STAGE_CONV;
    layer.geometry = layer_geometry(node, m_graph.shape(planned.inputs[0]));
    if (m_graph.tensor(node.weight).quantization)
        given_codes(node, layer);
    else
        float_codes(node, layer);
}

void LayerBuilder::float_codes(const Node& node, QLayer& layer)
{
    const auto index = std::find_if(m_nodes.begin(), m_nodes.end(),
                                    [&](int n) { return &m_graph.nodes[n] == &node; }) -
                       m_nodes.begin();
    const WeightCodes& codes = m_codes[index];
    layer.weights = codes.codes;
    layer.weight_scale = codes.scale;
    layer.weight_bits = codes.bits;
    layer.weight_bits_mean = codes.bits_mean;
    layer.blocks = codes.blocks;
    layer.column = codes.column;
    layer.scheme = codes.blocks   ? IMC_SCHEME_BWQ
                   : codes.column ? IMC_SCHEME_COLUMN
                                  : IMC_SCHEME_UNIFORM;
    layer.requant = requant_rule(m_options.requant, false);
    const std::vector<float> bias =
        node.bias >= 0 ? m_graph.tensor(node.bias).to_float() : std::vector<float>{};
    for (unsigned c = 0; c < out(layer).channels; ++c) {
        const auto scale = [&](double s) { return scale_of_rule(m_options.requant, s); };
        const std::vector<double> factors =
            codes.column ? std::vector<double>{scale(codes.unit)}
                         : std::vector<double>{in(layer).scale,
                                               scale(codes.scale[codes.scale.size() > 1 ? c : 0])};
        const double unit = factors.size() == 1 ? factors[0] : factors[0] * factors[1];
        const auto offset =
            bias.empty() ? 0 : static_cast<std::int64_t>(std::llround(bias[c] / unit));
        layer.scale.push_back(ratio_entry(layer.requant, factors, out(layer).scale, offset));
    }
    if (layer.requant == IMC_REQUANT_TFLITE) check_sums_fit_tflite(m_net, layer);
}

/// Codes and scales as the file has them (QDQ, QLinearConv): integers of weights and bias, the
/// exact product of the scales.
void LayerBuilder::given_codes(const Node& node, QLayer& layer) const
{
    const Tensor& weight = m_graph.tensor(node.weight);
    const Quantization& q = *weight.quantization;
    const unsigned channels = out(layer).channels;
    const std::size_t k = static_cast<std::size_t>(weight.size()) / channels;
    layer.weights.resize(static_cast<std::size_t>(weight.size()));
    std::visit(
        [&](const auto& data) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(data)>, std::monostate>)
                for (std::size_t i = 0; i < data.size(); ++i)
                    layer.weights[i] = static_cast<std::int16_t>(
                        static_cast<std::int32_t>(data[i]) -
                        q.zero_points[q.zero_points.size() > 1 ? i / k : 0]);
        },
        weight.data);
    const bool wide = std::any_of(layer.weights.begin(), layer.weights.end(),
                                  [](std::int16_t w) { return w < -128 || w > 127; });
    layer.weight_bits =
        wide ? 9 : 8;  // an unsigned 8-bit weight less its zero point needs a sign beside
    layer.weight_bits_mean = 8;
    const Tensor* bias = node.bias >= 0 ? &m_graph.tensor(node.bias) : nullptr;
    const auto* integers =
        bias != nullptr ? std::get_if<std::vector<std::int32_t>>(&bias->data) : nullptr;
    const std::vector<float> floats =
        bias != nullptr && integers == nullptr ? bias->to_float() : std::vector<float>{};
    const double input_scale = in(layer).scale;
    layer.requant = rule(layer);
    for (unsigned c = 0; c < channels; ++c) {
        const float scale = q.scales[q.scales.size() > 1 ? c : 0];
        layer.weight_scale.push_back(scale);
        const double unit = input_scale * scale;
        std::int64_t offset = 0;
        if (integers != nullptr) offset = (*integers)[c];
        if (!floats.empty()) offset = static_cast<std::int64_t>(std::llround(floats[c] / unit));
        layer.scale.push_back(
            ratio_entry(layer.requant, {input_scale, scale}, out(layer).scale, offset));
    }
    if (layer.requant == IMC_REQUANT_TFLITE) check_sums_fit_tflite(m_net, layer);
}

void LayerBuilder::affine(const Node& node, QLayer& layer) const
{
    layer.op = IMC_STAGE_AFFINE;
    const auto& tensors = m_plan.tensors;
    layer.requant =
        requant_rule_of_sums(m_options.requant, tensors[layer.inputs[0]].given != nullptr &&
                                                    tensors[layer.output].given != nullptr);
    const auto factor = m_graph.tensor(node.weight).to_float();
    const auto shift = node.bias >= 0 ? m_graph.tensor(node.bias).to_float()
                                      : std::vector<float>(factor.size(), 0.0f);
    for (unsigned c = 0; c < out(layer).channels; ++c) {
        const double a = factor[factor.size() > 1 ? c : 0], b = shift[shift.size() > 1 ? c : 0];
        layer.scale.push_back(affine_entry(layer.requant, a, b, in(layer).scale, out(layer).scale));
    }
}

void LayerBuilder::add(QLayer& layer) const
{
    layer.op = IMC_STAGE_ADD;
    const auto& tensors = m_plan.tensors;
    const bool given = tensors[layer.inputs[0]].given && tensors[layer.inputs[1]].given &&
                       tensors[layer.output].given;
    layer.requant = requant_rule_of_sums(m_options.requant, given);
    try {
        layer.scale =
            sum_entries(layer.requant, {in(layer, 0).scale, in(layer, 1).scale}, out(layer).scale);
    } catch (const InputError& e) {
        throw InputError(fmt::format("{}layer '{}': {}",
                                     m_options.requant ? "quantization.requant: " : "", layer.name,
                                     e.what()));
    }
}

void LayerBuilder::pool(const Node& node, QLayer& layer) const
{
    layer.op = node.op == Op::max_pool ? IMC_STAGE_MAXPOOL : IMC_STAGE_AVGPOOL;
    layer.requant = IMC_REQUANT_NONE;
    layer.geometry = layer_geometry(node, m_graph.shape(node.inputs[0]));
    if (node.op == Op::max_pool && !same_codes(layer.inputs[0], layer.output)) rescale(layer);
}

/// The division by the window is the operation's own. TFLite's average keeps the scale; where the
/// tensors' scales differ (a quantised file's) the change of scale is dyadic.
void LayerBuilder::average(QLayer& layer) const
{
    rescale(layer);
    if (layer.requant != IMC_REQUANT_TFLITE || same_codes(layer.inputs[0], layer.output)) return;
    layer.requant = IMC_REQUANT_DYADIC;
    layer.scale = {ratio_entry(layer.requant, {in(layer).scale}, out(layer).scale, 0)};
}

void LayerBuilder::unary(const Node& node, QLayer& layer) const
{
    layer.op = IMC_STAGE_LUT;
    layer.requant = IMC_REQUANT_NONE;
    layer.lut = unary_table(node.unary(), in(layer), out(layer));
    use_rows(m_options.lut_rows, m_options.codebook.weighted_xor, in(layer), layer);
}

bool LayerBuilder::same_codes(int a, int b) const
{
    const QTensor &x = m_net.tensors[a], &y = m_net.tensors[b];
    return x.scale == y.scale && x.zero_point == y.zero_point && x.is_signed == y.is_signed;
}

/// Requantisation from the first input's scale to the output's.
void LayerBuilder::rescale(QLayer& layer) const
{
    layer.requant = rule(layer);
    layer.scale = {ratio_entry(layer.requant, {in(layer).scale}, out(layer).scale, 0)};
}

/// ReLU, Clip, requantise on their own, or a concat. Pieces of a concat that come at another scale
/// get a requantising copy each.
void LayerBuilder::copy(const Node& node, QLayer& layer)
{
    layer.op = IMC_STAGE_COPY;
    layer.requant = IMC_REQUANT_NONE;
    if (node.op != Op::concat) {
        layer.scale.emplace_back();
        if (!same_codes(layer.inputs[0], layer.output)) rescale(layer);
        m_net.layers.push_back(std::move(layer));
        return;
    }
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
        if (same_codes(layer.inputs[i], layer.output)) continue;
        QLayer piece;
        piece.name = fmt::format("{}.{}", node.name, i);
        piece.op_name = "requantize";
        piece.op = IMC_STAGE_COPY;
        piece.inputs = {layer.inputs[i]};
        QTensor tensor = out(layer);
        tensor.name = piece.name;
        tensor.channels = in(layer, i).channels;
        piece.output = static_cast<int>(m_net.tensors.size());
        m_net.tensors.push_back(tensor);
        piece.requant = requant_rule(m_options.requant, m_plan.tensors[layer.inputs[i]].given &&
                                                            m_plan.tensors[layer.output].given);
        piece.scale = {ratio_entry(piece.requant, {in(piece).scale}, tensor.scale, 0)};
        layer.inputs[i] = piece.output;
        m_net.layers.push_back(std::move(piece));
    }
    if (layer.inputs.size() == 1)
        throw InputError(fmt::format("node '{}': a concat of one input", node.name));
    m_net.layers.push_back(std::move(layer));
}

}  // namespace

QNet build_layers(const Graph& graph, const Plan& plan, const std::vector<int>& array_nodes,
                  const std::vector<WeightCodes>& codes, const QuantOptions& options)
{
    QNet net;
    for (const auto& planned : plan.tensors)
        net.tensors.push_back(build_tensor(graph, planned, options));
    net.input = plan.input;
    net.output = plan.output;
    LayerBuilder builder(graph, plan, array_nodes, codes, options, net);
    for (const auto& layer : plan.layers)
        builder.build(layer);
    for (const int n : plan.host_nodes)
        net.host_ops.push_back(host_op(graph.nodes[n]));
    if (net.layers.empty())
        throw InputError(
            fmt::format("network '{}' has no layer that an accelerator could run", graph.name));
    return net;
}

}  // namespace imc::compiler
