// SPDX-License-Identifier: Apache-2.0
/// What the importer does once all nodes are there.
#include "compiler/import/importer.h"

#include <algorithm>

namespace imc::compiler {

namespace {

Value& value_of(Graph& graph, int index)
{
    return graph.values[static_cast<std::size_t>(index)];
}

bool is_output(const Graph& graph, int value)
{
    return std::count(graph.outputs.begin(), graph.outputs.end(), value) > 0;
}

/// Makes every reader of `from`, and the graph's outputs, read `to`.
void redirect(Graph& graph, int from, int to)
{
    for (Node& node : graph.nodes)
        std::replace(node.inputs.begin(), node.inputs.end(), from, to);
    std::replace(graph.outputs.begin(), graph.outputs.end(), from, to);
}

/// A rounding whose input nobody else needs becomes a property of that input.
void merge_roundings(Graph& graph)
{
    std::vector<int> readers(graph.values.size(), 0), alias(graph.values.size());
    for (std::size_t v = 0; v < alias.size(); ++v)
        alias[v] = static_cast<int>(v);
    for (const Node& node : graph.nodes)
        for (const int value : node.inputs)
            ++readers[static_cast<std::size_t>(value)];
    for (Node& node : graph.nodes) {
        for (int& value : node.inputs)
            value = alias[static_cast<std::size_t>(value)];
        if (node.op != Op::quantize) continue;
        const int in = node.inputs[0];
        Value& before = value_of(graph, in);
        const Value& after = value_of(graph, node.output);
        const bool again = before.quantization && *before.quantization == *after.quantization;
        const bool alone = !before.quantization && readers[static_cast<std::size_t>(in)] == 1 &&
                           !is_output(graph, in);
        if (!again && !alone) continue;
        before.quantization = after.quantization;
        alias[static_cast<std::size_t>(node.output)] = in;
        readers[static_cast<std::size_t>(in)] += readers[static_cast<std::size_t>(node.output)] - 1;
    }
    for (int& value : graph.outputs)
        value = alias[static_cast<std::size_t>(value)];
}

/// Arithmetic of the file between its input and the first grid is the host's: the input's codes are
/// then the file's own. What a float network does there stays a layer.
void absorb_input_affine(Graph& graph)
{
    const auto consumers = graph.consumers();
    std::vector<int> readers = consumers[static_cast<std::size_t>(graph.input)];
    const auto unread = [&](int n) {  // parts of a chain that became one affine
        const int output = graph.nodes[static_cast<std::size_t>(n)].output;
        return consumers[static_cast<std::size_t>(output)].empty() && !is_output(graph, output);
    };
    readers.erase(std::remove_if(readers.begin(), readers.end(), unread), readers.end());
    if (readers.size() != 1 || value_of(graph, graph.input).quantization ||
        is_output(graph, graph.input))
        return;
    const Node& node = graph.nodes[static_cast<std::size_t>(readers[0])];
    if (node.op != Op::affine || !value_of(graph, node.output).quantization ||
        graph.tensor(node.weight).synthetic() || graph.tensor(node.bias).synthetic())
        return;
    graph.input_affine = {graph.tensor(node.weight).to_float(), graph.tensor(node.bias).to_float()};
    value_of(graph, graph.input).quantization = value_of(graph, node.output).quantization;
    redirect(graph, node.output, graph.input);
}

/// What only moves or picks numbers leaves them on their grid.
void spread_grids(Graph& graph)
{
    for (const Node& node : graph.nodes) {
        const bool zero_pad =
            node.op == Op::pad && std::get<PadAttributes>(node.attributes).value == 0.0f;
        const bool picks =
            node.op == Op::reshape || node.op == Op::slice || node.op == Op::max_pool || zero_pad;
        if (!picks || value_of(graph, node.output).quantization) continue;
        value_of(graph, node.output).quantization = value_of(graph, node.inputs[0]).quantization;
    }
}

bool never_negative(const Graph& graph, int value)
{
    const Node& node = graph.nodes[static_cast<std::size_t>(
        graph.values[static_cast<std::size_t>(value)].producer)];
    if (node.op == Op::max_pool) return never_negative(graph, node.inputs[0]);
    return node.op == Op::relu || (node.op == Op::clip && node.clip().low >= 0.0f);
}

template <typename Window>
void widen(Window& window, const PadAttributes& pad)
{
    window.pad_top += pad.before[1];
    window.pad_left += pad.before[2];
    window.pad_bottom += pad.after[1];
    window.pad_right += pad.after[2];
}

/// True if `reader` computes the same with the zeros of `pad` as padding of its own.
bool can_absorb(const Graph& graph, const Node& reader, const Node& pad)
{
    const auto& p = std::get<PadAttributes>(pad.attributes);
    if (reader.op == Op::conv) return true;
    if (reader.op == Op::max_pool) {
        const PoolAttributes& pool = reader.pool();
        const bool sees_input = p.before[1] < pool.kernel_h && p.before[2] < pool.kernel_w &&
                                p.after[1] < pool.kernel_h && p.after[2] < pool.kernel_w;
        return never_negative(graph, pad.inputs[0]) && sees_input &&
               pool.pad_top + pool.pad_left + pool.pad_bottom + pool.pad_right == 0;
    }
    if (reader.op != Op::average_pool) return false;
    const PoolAttributes& pool = reader.pool();
    return pool.count_include_pad ||
           pool.pad_top + pool.pad_left + pool.pad_bottom + pool.pad_right == 0;
}

/// A zero padding of height and width goes into the convolutions and pools that read it.
void absorb_padding(Graph& graph)
{
    const auto consumers = graph.consumers();
    for (const Node& pad : graph.nodes) {
        if (pad.op != Op::pad || is_output(graph, pad.output)) continue;
        const auto& grid = value_of(graph, pad.output).quantization;
        const auto& before = value_of(graph, pad.inputs[0]).quantization;
        if (grid && !(before && *before == *grid)) continue;
        const auto& p = std::get<PadAttributes>(pad.attributes);
        const auto& readers = consumers[static_cast<std::size_t>(pad.output)];
        const auto absorbs = [&](int n) {
            return can_absorb(graph, graph.nodes[static_cast<std::size_t>(n)], pad);
        };
        if (p.value != 0.0f || p.before[0] + p.after[0] != 0 ||
            !std::all_of(readers.begin(), readers.end(), absorbs))
            continue;
        for (const int n : readers) {
            Node& reader = graph.nodes[static_cast<std::size_t>(n)];
            if (auto* conv = std::get_if<ConvAttributes>(&reader.attributes))
                widen(*conv, p);
            else
                widen(std::get<PoolAttributes>(reader.attributes), p);
            if (reader.op == Op::average_pool)
                std::get<PoolAttributes>(reader.attributes).count_include_pad = true;
        }
        redirect(graph, pad.output, pad.inputs[0]);
    }
}

}  // namespace

void finish_graph(Graph& graph)
{
    merge_roundings(graph);
    absorb_input_affine(graph);
    absorb_padding(graph);
    spread_grids(graph);
}

}  // namespace imc::compiler
