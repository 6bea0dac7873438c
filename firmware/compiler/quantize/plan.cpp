// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/plan.h"

#include "common/error.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// Builds a Plan in the order: layers (fusion), groups (union-find), bits, ranges.
class Planner {
public:
    Planner(const Graph& graph, const QuantOptions& options)
        : m_graph(graph),
          m_options(options),
          m_consumers(graph.consumers()),
          m_alias(graph.values.size())
    {
        std::iota(m_alias.begin(), m_alias.end(), 0);
        m_plan.tensor_of_value.assign(graph.values.size(), -1);
        m_fused.assign(graph.nodes.size(), false);
    }

    Plan run()
    {
        m_plan.input = tensor(m_graph.input);
        for (std::size_t n = 0; n < m_graph.nodes.size(); ++n)
            if (!m_fused[n]) visit(static_cast<int>(n));
        if (m_graph.outputs.size() != 1)
            throw InputError(fmt::format("network '{}' has {} outputs; one is supported",
                                         m_graph.name, m_graph.outputs.size()));
        m_plan.output = tensor(m_host_input >= 0 ? m_host_input : m_alias[m_graph.outputs[0]]);
        share_scales();
        choose_bits();
        return std::move(m_plan);
    }

private:
    void visit(int n);
    void add_layer(int n);
    void fuse_clamps(PlannedLayer& layer);
    void add_host(int n);
    int tensor(int value);
    int find(int t)
    {
        while (m_parent[t] != t)
            t = m_parent[t] = m_parent[m_parent[t]];
        return t;
    }
    void unite(int a, int b) { m_parent[find(a)] = find(b); }
    void share_scales();
    void choose_bits();
    bool is_output(int value) const { return m_alias[m_graph.outputs[0]] == value; }
    bool keeps_scale(const Node& node) const
    {
        return node.op == Op::max_pool || node.op == Op::concat || node.op == Op::relu ||
               node.op == Op::clip ||
               (node.op == Op::average_pool && m_options.requant == IMC_REQUANT_TFLITE);
    }

    const Graph& m_graph;
    const QuantOptions& m_options;
    std::vector<std::vector<int>> m_consumers;
    std::vector<int> m_alias;  ///< value -> value whose numbers it shows under another shape
    std::vector<bool> m_fused;
    std::vector<int> m_parent;
    int m_host_input = -1;
    Plan m_plan;
};

int Planner::tensor(int value)
{
    int& t = m_plan.tensor_of_value[value];
    if (t < 0) {
        t = static_cast<int>(m_plan.tensors.size());
        PlannedTensor planned;
        planned.value = value;
        if (m_graph.values[value].quantization)
            planned.given = &*m_graph.values[value].quantization;
        m_plan.tensors.push_back(planned);
        m_parent.push_back(t);
    }
    return t;
}

void Planner::visit(int n)
{
    const Node& node = m_graph.nodes[n];
    switch (node.op) {
        case Op::input:
            return;
        case Op::reshape:
            m_alias[node.output] = m_alias[node.inputs[0]];
            return;
        case Op::softmax:
        case Op::log_softmax:
        case Op::argmax:
            return add_host(n);
        case Op::lrn:
        case Op::slice:
        case Op::pad:
            throw InputError(fmt::format("node '{}': operator '{}' is not supported by any engine",
                                         node.name, op_name(node.op)));
        default:
            add_layer(n);
    }
}

void Planner::add_host(int n)
{
    const Node& node = m_graph.nodes[n];
    for (const int reader : m_consumers[node.output]) {
        const Op op = m_graph.nodes[reader].op;
        if (op != Op::softmax && op != Op::log_softmax && op != Op::argmax && op != Op::reshape)
            throw InputError(
                fmt::format("node '{}': {} runs on the host and must be at the end of the network",
                            node.name, op_name(node.op)));
    }
    const Shape& shape = m_graph.shape(node.inputs[0]);
    if (shape.h != 1 || shape.w != 1)
        throw InputError(
            fmt::format("node '{}': {} over a map of {} x {} is not supported; only over a vector",
                        node.name, op_name(node.op), shape.h, shape.w));
    if (m_host_input < 0) m_host_input = m_alias[node.inputs[0]];
    m_plan.host_nodes.push_back(n);
}

/// A ReLU or Clip that alone reads the value is a clamp of the layer that makes it.
void Planner::fuse_clamps(PlannedLayer& layer)
{
    while (m_consumers[layer.output].size() == 1 && !is_output(layer.output)) {
        const int reader = m_consumers[layer.output][0];
        const Node& node = m_graph.nodes[reader];
        if (node.op != Op::relu && node.op != Op::clip) return;
        const auto& before = m_graph.values[layer.output].quantization;
        const auto& after = m_graph.values[node.output].quantization;
        if (before && (!after || !(*before == *after)))
            return;  // rounded twice: stays a layer of its own
        layer.low = std::max(layer.low, node.op == Op::relu ? 0.0f : node.clip().low);
        layer.high = std::min(layer.high, node.op == Op::relu ? layer.high : node.clip().high);
        layer.output = node.output;
        m_fused[reader] = true;
    }
}

void Planner::add_layer(int n)
{
    const Node& node = m_graph.nodes[n];
    PlannedLayer layer;
    layer.node = n;
    for (const int input : node.inputs)
        layer.inputs.push_back(m_alias[input]);
    layer.output = node.output;
    if (node.op == Op::relu || node.op == Op::clip) {
        layer.low = node.op == Op::relu ? 0.0f : node.clip().low;
        layer.high = node.op == Op::relu ? layer.high : node.clip().high;
    }
    if (node.op != Op::max_pool && node.op != Op::concat && node.op != Op::unary)
        fuse_clamps(layer);
    if (node.op == Op::add && m_graph.shape(node.inputs[0]) != m_graph.shape(node.inputs[1]))
        throw InputError(
            fmt::format("node '{}': the inputs of an addition must have one shape", node.name));
    for (const int input : layer.inputs)
        tensor(input);
    tensor(layer.output);
    m_plan.layers.push_back(layer);
}

void Planner::share_scales()
{
    for (const auto& layer : m_plan.layers) {
        if (!keeps_scale(m_graph.nodes[layer.node])) continue;
        const int out = m_plan.tensor_of_value[layer.output];
        for (const int input : layer.inputs) {
            const int in = m_plan.tensor_of_value[input];
            // Tensors with a quantisation of the file's own keep it; a difference becomes a
            // requantising copy.
            if (m_plan.tensors[in].given == nullptr && m_plan.tensors[out].given == nullptr)
                unite(in, out);
        }
    }
    for (std::size_t t = 0; t < m_plan.tensors.size(); ++t)
        m_plan.tensors[t].group = find(static_cast<int>(t));
}

/// A tensor that feeds arrays or tables gets the activation bits (the most any reader asks for),
/// others the residual bits.
void Planner::choose_bits()
{
    std::vector<unsigned> bits(m_plan.tensors.size(), 0);
    const int output_group = m_plan.tensors[m_plan.output].group;
    bool first = true;
    for (const auto& layer : m_plan.layers) {
        const Node& node = m_graph.nodes[layer.node];
        const bool arrays = node.op == Op::conv || node.op == Op::gemm;
        for (const int input : layer.inputs) {
            const int group = m_plan.tensors[m_plan.tensor_of_value[input]].group;
            unsigned want = 0;
            if (arrays || node.op == Op::average_pool) want = m_options.activation_bits;
            if (node.op == Op::unary) want = std::max(8u, m_options.activation_bits);
            if (first && arrays) want = m_options.input_layer_bits;
            if (const auto found = m_options.layer_activation_bits.find(node.name);
                (arrays || node.op == Op::unary) && found != m_options.layer_activation_bits.end())
                want = found->second;
            bits[group] = std::max(bits[group], want);
        }
        if (arrays) first = false;
    }
    for (auto& t : m_plan.tensors) {
        t.bits = bits[t.group];
        if (t.bits == 0)
            t.bits = t.group == output_group ? m_options.output_bits : m_options.residual_bits;
    }
}

}  // namespace

Plan plan_network(const Graph& graph, const QuantOptions& options)
{
    return Planner(graph, options).run();
}

void set_ranges(const Ranges& ranges, Plan& plan)
{
    std::vector<std::pair<float, float>> range(plan.tensors.size(), {0.0f, 0.0f});
    for (const auto& t : plan.tensors) {
        auto& [low, high] = range[t.group];
        low = std::min(low, ranges[t.value].low);
        high = std::max(high, ranges[t.value].high);
    }
    for (auto& t : plan.tensors)
        std::tie(t.low, t.high) = range[t.group];
}

}  // namespace imc::compiler
