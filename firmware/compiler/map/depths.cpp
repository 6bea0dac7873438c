// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/depths.h"

#include "common/error.h"
#include "common/nearest_name.h"
#include "common/unit_plan.h"
#include "compiler/map/spiller.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

EdgeDepth& edge_called(std::vector<EdgeDepth>& edges, const std::string& name)
{
    std::vector<std::string> names;
    for (auto& e : edges) {
        names.push_back(e.producer + ":" + e.consumer);
        if (names.back() == name) return e;
    }
    const std::string near = nearest_name(name, names);
    names.resize(std::min<std::size_t>(names.size(), 3));
    throw InputError(
        fmt::format("mapping.buffer_rows: no edge '{}'; {}", name,
                    near.empty() ? fmt::format("edges are named like {}", fmt::join(names, ", "))
                                 : "did you mean '" + near + "'?"));
}

/// True if rows pass this edge while both ends work: always when pipelined, else within a step.
bool flows(const Mapping& mapping, const std::vector<InputPiece>& pieces, std::size_t consumer)
{
    if (mapping.schedule == IMC_SCHEDULE_PIPELINED) return true;
    return std::all_of(pieces.begin(), pieces.end(), [&](const InputPiece& piece) {
        return piece.producer >= 0 &&
               mapping.step_of_layer[piece.producer] == mapping.step_of_layer[consumer];
    });
}

std::string producer_name(const QNet& net, const std::vector<InputPiece>& pieces)
{
    const int producer = pieces.back().producer;
    return producer < 0 ? "input" : net.layers[producer].name;
}

/// Rows below which a stage of the edge's consumer could not make a single row.
unsigned window_of(const Mapping& mapping, const EdgeDepth& edge)
{
    unsigned least = 1;
    for (const auto& p : mapping.stages)
        if (p.layer == edge.layer) least = std::max(least, least_depth(p.stage, edge.stream));
    return least;
}

/// The rows the user asked for. Whether the program can block with them is seen when it is whole
/// (liveness.h); between steps of layer_sequential, where all rows wait, and in windows it is plain
/// here.
void apply_user_rows(const MapOptions& options, const Mapping& mapping,
                     std::vector<EdgeDepth>& edges)
{
    for (const auto& [name, rows] : options.buffer_rows) {
        EdgeDepth& edge = edge_called(edges, name);
        const unsigned window = window_of(mapping, edge);
        if (rows < window)
            throw InputError(fmt::format(
                "mapping.buffer_rows: edge '{}' has {} row(s), but '{}' reads {} at once; give at "
                "least {} (with fewer not even mapping.force can run it)",
                name, rows, edge.consumer, window, window));
        if (mapping.schedule != IMC_SCHEDULE_PIPELINED && rows < edge.fewest && !options.force)
            throw InputError(blocks_below(name, rows, edge.fewest));
        edge.rows = rows;
    }
}

/// Rows of every edge, before anything has to fit.
class EdgeSizes {
public:
    EdgeSizes(const QNet& net, const MapOptions& options, const LayerInputs& inputs,
              const Mapping& mapping)
        : m_net(net),
          m_options(options),
          m_inputs(inputs),
          m_mapping(mapping),
          m_units(net.layers.size(), 1),
          m_copies(net.layers.size(), 1),
          m_placed(net.layers.size(), false)
    {
        for (const auto& p : mapping.stages) {
            m_units[p.layer] = p.stage.unit_rows;
            m_copies[p.layer] = p.stage.copies;
            m_placed[p.layer] = true;
        }
        m_fewest = fewest_rows(net, inputs, m_units);
        m_ample = ample_rows(net, inputs, m_units, m_copies);
    }

    std::vector<EdgeDepth> all() const
    {
        std::vector<EdgeDepth> edges;
        for (std::size_t l = 0; l < m_net.layers.size(); ++l)
            for (unsigned s = 0; s < m_inputs[l].size() && m_placed[l]; ++s)
                edges.push_back(edge(l, s));
        return edges;
    }

private:
    EdgeDepth edge(std::size_t l, unsigned s) const
    {
        const QLayer& layer = m_net.layers[l];
        const unsigned height = m_net.tensors[layer.inputs[s]].height;
        const unsigned slack = m_options.slack_rows;
        const unsigned step = next_window(layer, m_copies[l], m_units[l]);
        EdgeDepth e{producer_name(m_net, m_inputs[l][s]), layer.name, static_cast<int>(l), s};
        e.tile_rows = step == 0 ? window_slots(m_net, layer, slack, m_units[l])
                                : window_slots(m_net, layer, 0, m_units[l]) + step + slack;
        e.fewest = m_fewest[l][s];
        if (!flows(m_mapping, m_inputs[l][s], l)) {
            e.fewest = e.ample = e.rows = height;
            return e;
        }
        // The producers' copies hold slots for the rows they are at work on.
        unsigned made = 0;
        for (const auto& piece : m_inputs[l][s])
            if (piece.producer >= 0) made = std::max(made, m_copies[piece.producer] - 1);
        e.ample = std::max(e.fewest, m_ample[l][s] + step / m_copies[l]);
        e.rows = e.ample + made + slack;
        if (step == 0) e.ample += made;
        if (e.ample == e.fewest) e.rows = std::min(e.rows, std::max(e.fewest, height));
        return e;
    }

    const QNet& m_net;
    const MapOptions& m_options;
    const LayerInputs& m_inputs;
    const Mapping& m_mapping;
    std::vector<unsigned> m_units, m_copies;
    std::vector<bool> m_placed;
    std::vector<std::vector<unsigned>> m_fewest, m_ample;
};

}  // namespace

std::string blocks_below(const std::string& edge, unsigned rows, unsigned fewest)
{
    return fmt::format(
        "mapping.buffer_rows: edge '{}' has {} row(s) but can block below {}; give "
        "at least {} (mapping.force runs it all the same)",
        edge, rows, fewest, fewest);
}

unsigned window_slots(const QNet& net, const QLayer& layer, unsigned slack, unsigned unit_rows)
{
    const auto& g = layer.geometry;
    const unsigned window = (g.kernel_h - 1) * g.dilation_h + 1 + (unit_rows - 1) * g.stride_h;
    return std::min(net.tensors[layer.inputs[0]].height, window + slack);
}

unsigned next_window(const QLayer& layer, unsigned copies, unsigned unit_rows)
{
    return copies > 1 ? copies * unit_rows * layer.geometry.stride_h : 0;
}

std::vector<EdgeDepth> choose_depths(const QNet& net, const AcceleratorConfig& config,
                                     const MapOptions& options, const Lowerings& lowerings,
                                     const LayerInputs& inputs, const Mapping& mapping)
{
    std::vector<EdgeDepth> edges = EdgeSizes(net, options, inputs, mapping).all();
    apply_user_rows(options, mapping, edges);
    Spiller(net, config, lowerings, mapping, edges).relieve_all();
    return edges;
}

}  // namespace imc::compiler
