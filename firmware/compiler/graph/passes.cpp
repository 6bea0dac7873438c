// SPDX-License-Identifier: Apache-2.0
#include "compiler/graph/passes.h"

#include "common/random.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

/// Scales row `c` of a (rows, ...) weight by scale[c].
void scale_rows(std::vector<float>& weight, const std::vector<float>& scale)
{
    const std::size_t row = weight.size() / scale.size();
    for (std::size_t c = 0; c < scale.size(); ++c)
        for (std::size_t i = c * row; i < (c + 1) * row; ++i)
            weight[i] *= scale[c];
}

bool has_float_data(const Graph& graph, int tensor)
{
    return tensor < 0 || std::holds_alternative<std::vector<float>>(graph.tensor(tensor).data);
}

/// A bias tensor for `node` of its own: nodes may share a tensor.
Tensor& own_bias(Graph& graph, Node& node, const std::string& name, int channels)
{
    Tensor bias;
    bias.name = name;
    bias.dims = {channels};
    graph.tensors.push_back(std::move(bias));
    node.bias = static_cast<int>(graph.tensors.size()) - 1;
    return graph.tensors.back();
}

/// `users`: nodes that read each tensor; a shared weight is copied before it is scaled.
void fold_into(Graph& graph, Node& node, const Node& affine, std::vector<int>& users)
{
    const int channels = graph.shape(affine.output).c;
    const std::string bias_name = graph.tensor(affine.bias).name;
    if (graph.tensor(node.weight).synthetic() || graph.tensor(affine.weight).synthetic() ||
        graph.tensor(affine.bias).synthetic()) {
        graph.tensors[static_cast<std::size_t>(node.weight)].data = std::monostate{};
        own_bias(graph, node, bias_name, channels);
        return;
    }
    const std::vector<float> scale = graph.tensor(affine.weight).to_float();
    std::vector<float> bias = graph.tensor(affine.bias).to_float();
    if (node.bias >= 0) {
        const std::vector<float> before = graph.tensor(node.bias).to_float();
        for (std::size_t c = 0; c < bias.size(); ++c)
            bias[c] = static_cast<float>(static_cast<double>(scale[c]) * before[c] + bias[c]);
    }
    if (users[static_cast<std::size_t>(node.weight)] > 1) {
        --users[static_cast<std::size_t>(node.weight)];
        graph.tensors.push_back(Tensor(graph.tensor(node.weight)));
        node.weight = static_cast<int>(graph.tensors.size()) - 1;
    }
    Tensor& weight = graph.tensors[static_cast<std::size_t>(node.weight)];
    scale_rows(std::get<std::vector<float>>(weight.data), scale);
    own_bias(graph, node, bias_name, channels).data = std::move(bias);
}

std::vector<int> tensor_users(const Graph& graph)
{
    std::vector<int> users(graph.tensors.size(), 0);
    for (const Node& node : graph.nodes)
        for (const int tensor : {node.weight, node.bias})
            if (tensor >= 0) ++users[static_cast<std::size_t>(tensor)];
    return users;
}

bool can_fold(const Graph& graph, const Node& affine,
              const std::vector<std::vector<int>>& consumers)
{
    const Value& middle = graph.values[static_cast<std::size_t>(affine.inputs[0])];
    const Node& before = graph.nodes[static_cast<std::size_t>(middle.producer)];
    if (before.op != Op::conv && before.op != Op::gemm) return false;
    if (consumers[static_cast<std::size_t>(affine.inputs[0])].size() != 1 || middle.quantization)
        return false;
    if (std::count(graph.outputs.begin(), graph.outputs.end(), affine.inputs[0]) > 0) return false;
    const Tensor& weight = graph.tensor(before.weight);
    return weight.synthetic() ||
           (has_float_data(graph, before.weight) && has_float_data(graph, before.bias));
}

/// One value per 64 bits: the sum of four 16-bit uniforms, mean 0, variance 1.
float near_normal(std::uint64_t bits)
{
    const auto part = [bits](int shift) { return static_cast<double>((bits >> shift) & 0xFFFF); };
    const double sum = part(0) + part(16) + part(32) + part(48);
    return static_cast<float>((sum - 2.0 * 65535.0) / (65536.0 * std::sqrt(1.0 / 3.0)));
}

std::uint64_t hash_name(const std::string& name)
{
    std::uint64_t hash = 0;
    for (const char c : name)
        hash = mix64(hash ^ static_cast<unsigned char>(c));
    return hash;
}

void fill_weight(Tensor& tensor, std::uint64_t seed)
{
    const std::uint64_t key = random_key(seed, hash_name(tensor.name));
    const auto count = static_cast<std::size_t>(tensor.size());
    const double fan_in = static_cast<double>(count) / tensor.dims[0];
    const auto sigma = static_cast<float>(std::sqrt(2.0 / fan_in));
    std::vector<float> numbers(count);
    for (std::size_t i = 0; i < count; ++i)
        numbers[i] = sigma * near_normal(random_bits(key, i));
    tensor.data = std::move(numbers);
}

void fill_constant(Graph& graph, int index, float number)
{
    if (index < 0 || !graph.tensor(index).synthetic()) return;
    Tensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
    tensor.data = std::vector<float>(static_cast<std::size_t>(tensor.size()), number);
}

std::vector<bool> needed_nodes(const Graph& graph)
{
    std::vector<bool> needed(graph.nodes.size(), false);
    needed[0] = true;
    for (const int value : graph.outputs)
        needed[static_cast<std::size_t>(graph.values[value].producer)] = true;
    for (std::size_t n = graph.nodes.size(); n-- > 0;)
        if (needed[n])
            for (const int value : graph.nodes[n].inputs)
                needed[static_cast<std::size_t>(graph.values[value].producer)] = true;
    return needed;
}

}  // namespace

void fold_affine(Graph& graph)
{
    const auto consumers = graph.consumers();
    std::vector<int> users = tensor_users(graph);
    for (Node& affine : graph.nodes) {
        if (affine.op != Op::affine || !can_fold(graph, affine, consumers)) continue;
        const int middle = affine.inputs[0];
        Node& before = graph.nodes[static_cast<std::size_t>(graph.values[middle].producer)];
        users.resize(graph.tensors.size(), 1);
        fold_into(graph, before, affine, users);
        // The folded node takes over the affine's output; the affine is left writing a value nobody
        // reads.
        std::swap(before.output, affine.output);
        graph.values[before.output].producer = static_cast<int>(&before - graph.nodes.data());
        graph.values[middle].producer = static_cast<int>(&affine - graph.nodes.data());
        affine.inputs[0] = before.output;
    }
    remove_dead(graph);
}

void remove_dead(Graph& graph)
{
    const std::vector<bool> needed = needed_nodes(graph);
    Graph kept;
    std::vector<int> value_map(graph.values.size(), -1), tensor_map(graph.tensors.size(), -1);
    const auto keep_tensor = [&](int& index) {
        if (index < 0) return;
        if (tensor_map[index] < 0) {
            tensor_map[index] = static_cast<int>(kept.tensors.size());
            kept.tensors.push_back(std::move(graph.tensors[index]));
        }
        index = tensor_map[index];
    };
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        if (!needed[n]) continue;
        Node node = std::move(graph.nodes[n]);
        for (int& value : node.inputs)
            value = value_map[value];
        value_map[node.output] = static_cast<int>(kept.values.size());
        kept.values.push_back(std::move(graph.values[node.output]));
        kept.values.back().producer = static_cast<int>(kept.nodes.size());
        node.output = static_cast<int>(kept.values.size()) - 1;
        keep_tensor(node.weight);
        keep_tensor(node.bias);
        kept.nodes.push_back(std::move(node));
    }
    for (int& value : graph.outputs)
        value = value_map[value];
    graph.input = value_map[graph.input];
    graph.nodes = std::move(kept.nodes);
    graph.values = std::move(kept.values);
    graph.tensors = std::move(kept.tensors);
}

void fill_synthetic(Graph& graph, std::uint64_t seed)
{
    for (const Node& node : graph.nodes) {
        fill_constant(graph, node.bias, 0.0f);
        if (node.op == Op::affine)
            fill_constant(graph, node.weight, 1.0f);
        else if (node.weight >= 0 && graph.tensor(node.weight).synthetic())
            fill_weight(graph.tensors[static_cast<std::size_t>(node.weight)], seed);
    }
}

}  // namespace imc::compiler
