// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/connect.h"

#include "common/error.h"
#include "common/unit_plan.h"
#include "compiler/map/dataflow.h"
#include "compiler/map/depths.h"
#include "compiler/map/spill_places.h"
#include "compiler/map/spread.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

unsigned io_node(const AcceleratorConfig& config, const Mapping& mapping)
{
    return mapping.chips * config.tiles_per_chip();
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

/// A rectangle of a tensor: channels of the layer's output or input, rows of it.
struct Piece {
    ChannelRange channels;
    RowSpan rows;
};

/// Collects each producer's routes, then lays them out in one table.
class RouteTable {
public:
    explicit RouteTable(std::size_t stages) : m_routes(stages) {}
    void add_stage() { m_routes.emplace_back(); }
    /// From stage `producer` (-1 = source) what it makes, needed by the consumer as `wanted` after
    /// adding `offset` to the channels.
    void connect(int producer, const Piece& made, unsigned offset, const Piece& wanted,
                 imc_route route)
    {
        const unsigned begin = std::max(made.channels.begin + offset, wanted.channels.begin);
        const unsigned end = std::min(made.channels.end + offset, wanted.channels.end);
        const unsigned first = std::max(made.rows.begin, wanted.rows.begin);
        const unsigned last = std::min(made.rows.end, wanted.rows.end);
        if (begin >= end || first >= last) return;
        if (made.rows.begin != wanted.rows.begin || made.rows.end != wanted.rows.end) {
            route.row_first = first - made.rows.begin;
            route.row_count = last - first;
            route.row_offset = static_cast<std::int32_t>(made.rows.begin) -
                               static_cast<std::int32_t>(wanted.rows.begin);
        }
        route.channel_first = begin - offset;
        route.channel_count = end - begin;
        route.channel_offset = offset;
        (producer < 0 ? m_source : m_routes[producer]).push_back(route);
    }
    void write(Mapping& mapping)
    {
        mapping.source_routes = m_source;
        for (std::size_t i = 0; i < m_routes.size(); ++i) {
            mapping.stages[i].stage.route_begin = static_cast<std::uint32_t>(mapping.routes.size());
            mapping.stages[i].stage.route_count = static_cast<std::uint32_t>(m_routes[i].size());
            mapping.routes.insert(mapping.routes.end(), m_routes[i].begin(), m_routes[i].end());
        }
    }

private:
    std::vector<std::vector<imc_route>> m_routes;
    std::vector<imc_route> m_source;
};

imc_route route_to(const PlacedStage& consumer, unsigned stream)
{
    imc_route route{};
    route.stage = consumer.stage.id;
    route.tile = consumer.stage.tile;
    route.stream = static_cast<std::uint8_t>(stream);
    route.depth_rows = consumer.stage.in[stream].depth_rows;
    return route;
}

PlacedStage make_spill(const QNet& net, const EdgeDepth& edge, const QLayer& consumer,
                       int consumer_index, std::uint16_t id)
{
    const QTensor& tensor = net.tensors[consumer.inputs[edge.stream]];
    PlacedStage placed;
    placed.outputs = placed.inputs = {0, tensor.channels};
    imc_stage& s = placed.stage;
    s.id = id;
    s.layer = static_cast<std::uint16_t>(consumer_index);
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

RowSpan rows_made(const QNet& net, const PlacedStage& placed)
{
    if (placed.rows.end != 0) return placed.rows;
    return {0, net.tensors[net.layers[placed.layer].output].height};
}

/// Partial sums go from the workers of an output slice to its owner, which stands before them.
void connect_psums(const PlacedStage& worker, const std::vector<PlacedStage>& stages,
                   RouteTable& routes)
{
    for (int id = worker.stage.id; id >= 0; --id) {
        const auto& owner = stages[id];
        if (owner.stage.role != IMC_ROLE_PSUM_OWNER) continue;
        imc_route route{};
        route.stage = owner.stage.id;
        route.tile = owner.stage.tile;
        route.stream = IMC_PSUM_STREAM;
        route.depth_rows = psum_slots;
        const RowSpan rows{0, owner.stage.out_height};
        routes.connect(worker.stage.id, {worker.outputs, rows}, 0, {owner.outputs, rows}, route);
        return;
    }
}

}  // namespace

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

void connect_stages(const QNet& net, const AcceleratorConfig& config, const MapOptions& options,
                    const Lowerings& lowerings, Mapping& mapping)
{
    const auto inputs = resolve_inputs(net);
    const std::size_t computing = mapping.stages.size();
    for (auto& placed : mapping.stages) {
        fill_geometry(net, placed);
        const auto& lowering = *lowerings.at(static_cast<imc_engine>(placed.stage.engine));
        placed.stage.unit_rows = lowering.unit_rows(net.layers[placed.layer], net);
    }
    mapping.edges = choose_depths(net, config, options, lowerings, inputs, mapping);

    std::vector<std::vector<int>> stages_of_layer(net.layers.size());
    for (std::size_t i = 0; i < computing; ++i)
        stages_of_layer[mapping.stages[i].layer].push_back(static_cast<int>(i));
    RouteTable routes(computing);
    const auto feed = [&](const std::vector<InputPiece>& pieces, const Piece& wanted,
                          const imc_route& route) {
        for (const auto& piece : pieces) {
            if (piece.producer < 0) {
                const RowSpan rows{0, net.tensors[net.input].height};
                routes.connect(-1, {{0, piece.channels}, rows}, piece.channel_offset, wanted,
                               route);
                continue;
            }
            for (const int p : stages_of_layer[piece.producer]) {
                const PlacedStage& from = mapping.stages[p];
                if (from.stage.role != IMC_ROLE_PSUM_WORKER)
                    routes.connect(p, {from.outputs, rows_made(net, from)}, piece.channel_offset,
                                   wanted, route);
            }
        }
    };
    SpillPlaces spill_places(config, mapping.chips);
    std::size_t edge = 0;
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        for (unsigned s = 0; s < inputs[l].size() && !stages_of_layer[l].empty(); ++s, ++edge) {
            const QTensor& tensor = net.tensors[net.layers[l].inputs[s]];
            EdgeDepth& e = mapping.edges[edge];
            int spill = -1;
            if (e.spilled) {
                const auto first_tile = mapping.stages[stages_of_layer[l].front()].stage.tile;
                spill = static_cast<int>(mapping.stages.size());
                mapping.stages.push_back(make_spill(net, e, net.layers[l], static_cast<int>(l),
                                                    static_cast<std::uint16_t>(spill)));
                imc_stage& stage = mapping.stages.back().stage;
                stage.tile = static_cast<std::uint16_t>(spill_places.take(
                    first_tile, stream_bytes(stage.in[0]), e.producer + "->" + e.consumer));
                routes.add_stage();
                feed(inputs[l][s], {{0, tensor.channels}, {0, tensor.height}},
                     route_to(mapping.stages[spill], 0));
            }
            for (const int c : stages_of_layer[l]) {
                auto& placed = mapping.stages[c];
                const RowSpan rows = band_input(net, net.layers[l], s, placed.rows).rows;
                const Piece wanted{channels_read(net, placed), rows};
                placed.stage.streams = static_cast<std::uint8_t>(inputs[l].size());
                unsigned slots =
                    e.spilled ? window_slots(net, net.layers[l], e.slack, placed.stage.unit_rows)
                              : e.rows;
                if (placed.rows.end != 0) {  // a band is made at once
                    slots = rows.size();
                    placed.stage.unit_rows = placed.rows.size();
                }
                placed.stage.in[s] = stream_of(tensor, wanted.channels, rows.size(), slots);
                if (spill < 0)
                    feed(inputs[l][s], wanted, route_to(placed, s));
                else
                    routes.connect(spill, {{0, tensor.channels}, {0, tensor.height}}, 0, wanted,
                                   route_to(placed, s));
            }
        }
    }
    for (std::size_t i = 0; i < computing; ++i)
        if (mapping.stages[i].stage.role == IMC_ROLE_PSUM_WORKER)
            connect_psums(mapping.stages[i], mapping.stages, routes);
    imc_route sink{};
    sink.stage = IMC_ROUTE_SINK;
    sink.tile = static_cast<std::uint16_t>(io_node(config, mapping));
    const QTensor& output = net.tensors[net.output];
    feed(resolve_output(net), {{0, output.channels}, {0, output.height}}, sink);
    routes.write(mapping);
}

}  // namespace imc::compiler
