// SPDX-License-Identifier: Apache-2.0
/// Slices and zero pads as convolutions of zeros and ones, for engines that have convolutions only.
#include "compiler/graph/passes.h"

#include <algorithm>

namespace imc::compiler {

namespace {

/// in_channel[o] is the input channel that output channel o shows, -1: zeros.
struct Selection {
    std::vector<int> in_channel;
    ConvAttributes conv;
    int tap_h = 0, tap_w = 0;  ///< where the one stands in the kernel
};

/// Smallest kernel that reaches `start` and leaves `out` steps in `in` positions.
int crop_kernel(int in, int out, int start, int step)
{
    return std::max(start + 1, in - out * step + 1);
}

Selection of_slice(const SliceAttributes& a, const Shape& in, const Shape& out)
{
    Selection s;
    for (int o = 0; o < out.c; ++o)
        s.in_channel.push_back(a.start[0] + o * a.step[0]);
    s.conv.kernel_h = crop_kernel(in.h, out.h, a.start[1], a.step[1]);
    s.conv.kernel_w = crop_kernel(in.w, out.w, a.start[2], a.step[2]);
    s.conv.stride_h = a.step[1];
    s.conv.stride_w = a.step[2];
    s.tap_h = a.start[1];
    s.tap_w = a.start[2];
    return s;
}

Selection of_pad(const PadAttributes& a, const Shape& in)
{
    Selection s;
    for (int c = 0; c < in.c; ++c)
        s.in_channel.push_back(c);
    s.conv.pad_top = a.before[1];
    s.conv.pad_bottom = a.after[1];
    s.conv.pad_left = a.before[2];
    s.conv.pad_right = a.after[2];
    return s;
}

void pad_channels(Selection& s, const PadAttributes& a)
{
    s.in_channel.insert(s.in_channel.begin(), static_cast<std::size_t>(a.before[0]), -1);
    s.in_channel.insert(s.in_channel.end(), static_cast<std::size_t>(a.after[0]), -1);
}

bool keeps_channels(const Selection& s, int channels)
{
    if (static_cast<int>(s.in_channel.size()) != channels) return false;
    for (int c = 0; c < channels; ++c)
        if (s.in_channel[static_cast<std::size_t>(c)] != c) return false;
    return true;
}

/// Turns `node` into the convolution; depthwise where channels stay as they are. On a grid the ones
/// are int8 codes of scale 1, so that the integers pass unchanged.
void make_conv(Graph& graph, Node& node, Selection s)
{
    const int channels = graph.shape(node.inputs[0]).c, out = static_cast<int>(s.in_channel.size());
    const bool depthwise = keeps_channels(s, channels);
    if (depthwise) s.conv.groups = channels;
    Tensor weight;
    weight.name = node.name + "_selection";
    weight.dims = {out, depthwise ? 1 : channels, s.conv.kernel_h, s.conv.kernel_w};
    std::vector<std::int8_t> ones(static_cast<std::size_t>(weight.size()), 0);
    const int taps = s.conv.kernel_h * s.conv.kernel_w, tap = s.tap_h * s.conv.kernel_w + s.tap_w;
    for (int o = 0; o < out; ++o) {
        const int c = s.in_channel[static_cast<std::size_t>(o)];
        if (c >= 0)
            ones[static_cast<std::size_t>((o * weight.dims[1] + (depthwise ? 0 : c)) * taps +
                                          tap)] = 1;
    }
    if (graph.values[static_cast<std::size_t>(node.inputs[0])].quantization) {
        weight.quantization = Quantization{DType::int8, -1, {1.0f}, {0}};
        weight.data = std::move(ones);
    } else {
        weight.data = std::vector<float>(ones.begin(), ones.end());
    }
    graph.tensors.push_back(std::move(weight));
    node.weight = static_cast<int>(graph.tensors.size()) - 1;
    node.op = Op::conv;
    node.attributes = s.conv;
}

bool pads_channels_alone(const Node& node)
{
    if (node.op != Op::pad) return false;
    const auto& a = std::get<PadAttributes>(node.attributes);
    return a.value == 0.0f && a.before[1] + a.after[1] + a.before[2] + a.after[2] == 0;
}

}  // namespace

void lower_selections(Graph& graph)
{
    const auto consumers = graph.consumers();
    for (Node& node : graph.nodes) {
        if (node.op == Op::pad && std::get<PadAttributes>(node.attributes).value == 0.0f) {
            Selection s =
                of_pad(std::get<PadAttributes>(node.attributes), graph.shape(node.inputs[0]));
            pad_channels(s, std::get<PadAttributes>(node.attributes));
            make_conv(graph, node, std::move(s));
        }
        if (node.op != Op::slice) continue;
        Selection s = of_slice(std::get<SliceAttributes>(node.attributes),
                               graph.shape(node.inputs[0]), graph.shape(node.output));
        const auto& readers = consumers[static_cast<std::size_t>(node.output)];
        const bool alone = readers.size() == 1 &&
                           std::count(graph.outputs.begin(), graph.outputs.end(), node.output) == 0;
        if (!alone || !pads_channels_alone(graph.nodes[static_cast<std::size_t>(readers[0])])) {
            make_conv(graph, node, std::move(s));
            continue;
        }
        // Option-A shortcut of ResNet: the pad that follows takes the slice in, and the slice falls
        // dead.
        Node& pad = graph.nodes[static_cast<std::size_t>(readers[0])];
        pad_channels(s, std::get<PadAttributes>(pad.attributes));
        pad.inputs[0] = node.inputs[0];
        make_conv(graph, pad, std::move(s));
    }
    remove_dead(graph);
}

}  // namespace imc::compiler
