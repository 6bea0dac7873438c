// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/selections.h"

#include "common/error.h"
#include "compiler/graph/passes.h"

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// What a chain of slice and pad does: output channel o shows input channel o + channel_shift,
/// pixel y shows start + y x step.
struct Selection {
    int channel_shift = 0;
    int start_h = 0, start_w = 0, step_h = 1, step_w = 1;
};

[[noreturn]] void refuse(const Node& node, const char* what)
{
    throw InputError(
        fmt::format("node '{}': {} with {} is not supported", node.name, op_name(node.op), what));
}

void add_slice(const Node& node, Selection& s)
{
    const auto& a = std::get<SliceAttributes>(node.attributes);
    if (a.step[0] != 1) refuse(node, "a step along the channels");
    s.channel_shift += a.start[0];
    s.start_h = a.start[1];
    s.start_w = a.start[2];
    s.step_h = a.step[1];
    s.step_w = a.step[2];
}

void add_pad(const Node& node, Selection& s)
{
    const auto& a = std::get<PadAttributes>(node.attributes);
    if (a.value != 0.0f) refuse(node, "a value other than 0");
    if (a.before[1] + a.before[2] + a.after[1] + a.after[2] != 0)
        refuse(node, "padding around the picture, except before a convolution or pool,");
    s.channel_shift -= a.before[0];
}

/// [out][in][kh][kw], all zero but the picks. A start beyond 0 is a kernel whose last cell picks.
Tensor picking_weights(const std::string& name, int out, int in, const Selection& s, bool quantized)
{
    Tensor tensor;
    tensor.name = name;
    tensor.dims = {out, in, s.start_h + 1, s.start_w + 1};
    const std::size_t cell = static_cast<std::size_t>(tensor.dims[2]) * tensor.dims[3];
    const std::size_t size = static_cast<std::size_t>(out) * in * cell;
    const auto set = [&](auto& data) {
        for (int o = 0; o < out; ++o) {
            const int c = o + s.channel_shift;
            if (c >= 0 && c < in) data[(static_cast<std::size_t>(o) * in + c + 1) * cell - 1] = 1;
        }
    };
    if (quantized) {
        std::vector<std::int8_t> data(size);
        set(data);
        tensor.data = std::move(data);
        tensor.quantization = Quantization{DType::int8, -1, {1.0f}, {0}};
    } else {
        std::vector<float> data(size);
        set(data);
        tensor.data = std::move(data);
    }
    return tensor;
}

}  // namespace

void lower_selections(Graph& graph)
{
    const auto consumers = graph.consumers();
    bool changed = false;
    for (auto& node : graph.nodes) {
        if (node.op != Op::slice && node.op != Op::pad) continue;
        changed = true;
        Selection selection;
        (node.op == Op::slice ? add_slice : add_pad)(node, selection);
        Node* target = &node;  // takes the convolution; a slice that a pad absorbs dies unread
        const auto& readers = consumers[node.output];
        if (node.op == Op::slice && readers.size() == 1 && graph.nodes[readers[0]].op == Op::pad) {
            target = &graph.nodes[readers[0]];
            add_pad(*target, selection);
            target->inputs = node.inputs;
        }
        ConvAttributes conv;
        conv.kernel_h = selection.start_h + 1;
        conv.kernel_w = selection.start_w + 1;
        conv.stride_h = selection.step_h;
        conv.stride_w = selection.step_w;
        const bool quantized = graph.values[target->inputs[0]].quantization.has_value();
        target->weight = static_cast<int>(graph.tensors.size());
        graph.tensors.push_back(
            picking_weights(target->name + ".pick", graph.shape(target->output).c,
                            graph.shape(target->inputs[0]).c, selection, quantized));
        target->op = Op::conv;
        target->attributes = conv;
    }
    if (changed) remove_dead(graph);
}

}  // namespace imc::compiler
