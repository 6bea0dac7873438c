// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/connect.h"

#include "common/kept_rows.h"
#include "common/unit_plan.h"
#include "compiler/map/dataflow.h"
#include "compiler/map/depths.h"
#include "compiler/map/route_table.h"
#include "compiler/map/spill_places.h"
#include "compiler/map/spiller.h"
#include "compiler/map/spread.h"
#include "compiler/map/stage_fields.h"

#include <algorithm>

namespace imc::compiler {

namespace {

unsigned io_node(const AcceleratorConfig& config, const Mapping& mapping)
{
    return mapping.chips * config.tiles_per_chip();
}

imc_route route_to(const PlacedStage& consumer, unsigned stream)
{
    imc_route route{};
    route.stage = consumer.stage.id;
    route.tile = consumer.stage.tile;
    route.stream = static_cast<std::uint8_t>(stream);
    route.depth_rows = consumer.stage.in[stream].depth_rows;
    return route;
}

/// True if a row that copy `from` makes is one of those that a stream keeps.
bool shares_rows(const imc_stage& from, const KeptRows* kept)
{
    if (from.copies == 1 || kept == nullptr) return true;
    for (std::uint32_t i = 0; i < own_units_per_image(from); ++i) {
        const RowRange rows = unit_rows_of(from, i);
        if (kept->below(rows.end) != kept->below(rows.begin)) return true;
    }
    return false;
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

/// All that connect_stages carries along.
class Connector {
public:
    Connector(const QNet& net, const AcceleratorConfig& config, Mapping& mapping,
              const LayerInputs& inputs)
        : m_net(net),
          m_mapping(mapping),
          m_inputs(inputs),
          m_computing(mapping.stages.size()),
          m_stages_of_layer(net.layers.size()),
          m_routes(m_computing),
          m_buffers(config, mapping.chips)
    {
        for (std::size_t i = 0; i < m_computing; ++i)
            m_stages_of_layer[mapping.stages[i].layer].push_back(static_cast<int>(i));
    }

    void connect_all(unsigned sink_node)
    {
        for (auto& edge : m_mapping.edges)
            connect_edge(edge);
        for (std::size_t i = 0; i < m_computing; ++i)
            if (m_mapping.stages[i].stage.role == IMC_ROLE_PSUM_WORKER)
                connect_psums(m_mapping.stages[i], m_mapping.stages, m_routes);
        imc_route sink{};
        sink.stage = IMC_ROUTE_SINK;
        sink.tile = static_cast<std::uint16_t>(sink_node);
        const QTensor& output = m_net.tensors[m_net.output];
        feed(resolve_output(m_net), {{0, output.channels}, {0, output.height}}, sink, nullptr);
        m_routes.write(m_mapping);
    }

private:
    /// Routes from all that make `pieces` to a stream that keeps `kept` of their rows.
    void feed(const std::vector<InputPiece>& pieces, const Piece& wanted, const imc_route& route,
              const KeptRows* kept)
    {
        for (const auto& piece : pieces) {
            if (piece.producer < 0) {
                const RowSpan rows{0, m_net.tensors[m_net.input].height};
                m_routes.connect(-1, {{0, piece.channels}, rows}, piece.channel_offset, wanted,
                                 route);
                continue;
            }
            for (const int p : m_stages_of_layer[piece.producer]) {
                const PlacedStage& from = m_mapping.stages[p];
                if (from.stage.role != IMC_ROLE_PSUM_WORKER && shares_rows(from.stage, kept))
                    m_routes.connect(p, {from.outputs, rows_made(m_net, from)},
                                     piece.channel_offset, wanted, route);
            }
        }
    }

    void connect_edge(const EdgeDepth& edge)
    {
        const auto& readers = m_stages_of_layer[edge.layer];
        const unsigned s = edge.stream;
        const QLayer& layer = m_net.layers[edge.layer];
        const QTensor& tensor = m_net.tensors[layer.inputs[s]];
        const Piece whole{{0, tensor.channels}, {0, tensor.height}};
        int spill = -1;
        if (edge.spilled) {
            const unsigned node = m_buffers.take(m_mapping.stages[readers.front()].stage.tile,
                                                 edge.rows * row_bytes(tensor, tensor.channels),
                                                 edge.producer + ":" + edge.consumer);
            spill = static_cast<int>(m_mapping.stages.size());
            m_mapping.stages.push_back(
                make_spill(m_net, edge, node, static_cast<std::uint16_t>(spill)));
            m_routes.add_stage();
            feed(m_inputs[edge.layer][s], whole, route_to(m_mapping.stages[spill], 0), nullptr);
        }
        for (const int c : readers) {
            auto& placed = m_mapping.stages[c];
            const RowSpan rows = band_input(m_net, layer, s, placed.rows).rows;
            const Piece wanted{channels_read(m_net, placed), rows};
            const auto kept = kept_rows(placed.stage, s);
            unsigned slots = edge.spilled ? edge.tile_rows : edge.rows;
            if (kept != nullptr) slots = kept->most_in(slots);
            if (placed.rows.end != 0) {  // a band is made at once
                slots = rows.size();
                placed.stage.unit_rows = placed.rows.size();
            }
            placed.stage.in[s] = stream_of(tensor, wanted.channels, rows.size(), slots);
            if (spill < 0)
                feed(m_inputs[edge.layer][s], wanted, route_to(placed, s), kept.get());
            else
                m_routes.connect(spill, whole, 0, wanted, route_to(placed, s));
        }
    }

    const QNet& m_net;
    Mapping& m_mapping;
    const LayerInputs& m_inputs;
    std::size_t m_computing;
    std::vector<std::vector<int>> m_stages_of_layer;
    RouteTable m_routes;
    SpillPlaces m_buffers;
};

}  // namespace

void connect_stages(const QNet& net, const AcceleratorConfig& config, const MapOptions& options,
                    const Lowerings& lowerings, Mapping& mapping)
{
    const auto inputs = resolve_inputs(net);
    for (auto& placed : mapping.stages) {
        const QLayer& layer = net.layers[placed.layer];
        const auto& lowering = *lowerings.at(static_cast<imc_engine>(placed.stage.engine));
        fill_geometry(net, placed);
        placed.stage.unit_rows = lowering.unit_rows(layer, net);
        placed.stage.streams = static_cast<std::uint8_t>(layer.inputs.size());
        for (unsigned s = 0; s < placed.stage.streams; ++s)
            placed.stage.in[s].height = net.tensors[layer.inputs[s]].height;
    }
    mapping.edges = choose_depths(net, config, options, lowerings, inputs, mapping);
    Connector(net, config, mapping, inputs).connect_all(io_node(config, mapping));
}

}  // namespace imc::compiler
