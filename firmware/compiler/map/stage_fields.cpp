// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/stage_fields.h"

#include "compiler/map/spread.h"

namespace imc::compiler {

ChannelRange channels_read(const QNet& net, const PlacedStage& placed)
{
    const QLayer& layer = net.layers[placed.layer];
    if (layer.op != IMC_STAGE_CONV) return placed.outputs;
    const unsigned groups = layer.geometry.groups;
    if (groups == 1) return placed.inputs;
    const unsigned ins = net.tensors[layer.inputs[0]].channels / groups;
    const unsigned outs = net.tensors[layer.output].channels / groups;
    return {placed.outputs.begin / outs * ins, (placed.outputs.end + outs - 1) / outs * ins};
}

void fill_geometry(const QNet& net, PlacedStage& placed)
{
    const QLayer& layer = net.layers[placed.layer];
    const QTensor& out = net.tensors[layer.output];
    const QTensor& in = net.tensors[layer.inputs[0]];
    imc_stage& s = placed.stage;
    s.requant = static_cast<std::uint8_t>(layer.requant);
    s.scheme = static_cast<std::uint8_t>(layer.scheme);
    const BandInput band = band_input(net, layer, 0, placed.rows);
    s.out_channels = out.channels;
    s.out_height = placed.rows.end != 0 ? placed.rows.size() : out.height;
    s.out_width = out.width;
    s.channel_begin = placed.outputs.begin;
    s.channel_end = placed.outputs.end;
    const QGeometry& g = layer.geometry;
    s.kernel_h = static_cast<std::uint16_t>(g.kernel_h);
    s.kernel_w = static_cast<std::uint16_t>(g.kernel_w);
    s.stride_h = static_cast<std::uint16_t>(g.stride_h);
    s.stride_w = static_cast<std::uint16_t>(g.stride_w);
    s.dilation_h = static_cast<std::uint16_t>(g.dilation_h);
    s.dilation_w = static_cast<std::uint16_t>(g.dilation_w);
    s.pad_top = static_cast<std::uint16_t>(band.pad_top);
    s.pad_left = static_cast<std::uint16_t>(g.pad_left);
    s.pad_bottom = static_cast<std::uint16_t>(band.pad_bottom);
    s.pad_right = static_cast<std::uint16_t>(g.pad_right);
    s.count_include_pad = g.count_include_pad;
    const unsigned per_group = g.groups == 1 ? placed.outputs.size() : out.channels / g.groups;
    s.groups = static_cast<std::uint16_t>(g.groups == 1 ? 1 : placed.outputs.size() / per_group);
    s.weight_bits = static_cast<std::uint8_t>(layer.weight_bits);
    s.act_bits = static_cast<std::uint8_t>(in.bits);
    s.out_bits = static_cast<std::uint8_t>(out.bits);
    s.out_signed = out.is_signed;
    s.out_min = out.min;
    s.out_max = out.max;
    s.out_zero_point = out.zero_point;
}

imc_stream stream_of(const QTensor& tensor, ChannelRange channels, unsigned height, unsigned depth)
{
    imc_stream stream{};
    stream.channels = channels.size();
    stream.height = height;
    stream.width = tensor.width;
    stream.channel_begin = channels.begin;
    stream.depth_rows = depth;
    stream.pad_code = tensor.zero_point;
    stream.bits = static_cast<std::uint8_t>(tensor.bits);
    stream.is_signed = tensor.is_signed;
    return stream;
}

PlacedStage make_spill(const QNet& net, const EdgeDepth& edge, unsigned node, std::uint16_t id)
{
    const QTensor& tensor = net.tensors[net.layers[edge.layer].inputs[edge.stream]];
    PlacedStage placed;
    placed.outputs = placed.inputs = {0, tensor.channels};
    imc_stage& s = placed.stage;
    s.id = id;
    s.layer = static_cast<std::uint16_t>(edge.layer);
    s.tile = static_cast<std::uint16_t>(node);
    s.op = IMC_STAGE_SPILL;
    s.engine = IMC_ENGINE_BUFFER;
    s.copies = 1;
    s.streams = 1;
    s.unit_rows = 1;
    s.out_channels = s.channel_end = tensor.channels;
    s.out_height = tensor.height;
    s.out_width = tensor.width;
    s.kernel_h = s.kernel_w = s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = s.groups = 1;
    s.act_bits = s.out_bits = static_cast<std::uint8_t>(tensor.bits);
    s.out_signed = tensor.is_signed;
    s.out_min = tensor.min;
    s.out_max = tensor.max;
    s.in[0] = stream_of(tensor, placed.inputs, tensor.height, edge.rows);
    return placed;
}

}  // namespace imc::compiler
