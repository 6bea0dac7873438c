// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/depths.h"

#include "common/error.h"
#include "compiler/map/connect.h"
#include "compiler/map/dataflow.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

std::string edge_name(const EdgeDepth& e)
{
    return e.producer + ":" + e.consumer;
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

/// The slots the user asked for, checked.
void apply_user_rows(const MapOptions& options, std::vector<EdgeDepth>& edges)
{
    for (const auto& [name, rows] : options.buffer_rows) {
        const auto edge =
            std::find_if(edges.begin(), edges.end(),
                         [&, &key = name](const EdgeDepth& e) { return edge_name(e) == key; });
        if (edge == edges.end()) {
            std::string known;
            for (std::size_t i = 0; i < std::min<std::size_t>(edges.size(), 3); ++i)
                known += (i ? ", " : "") + edge_name(edges[i]);
            throw InputError(fmt::format(
                "mapping.buffer_rows: no edge '{}'; edges are named like {}", name, known));
        }
        if (rows < edge->fewest && !options.force)
            throw InputError(
                fmt::format("mapping.buffer_rows: edge '{}' has {} row(s) but can block below {}; "
                            "give at least {} "
                            "(mapping.force runs it all the same)",
                            name, rows, edge->fewest, edge->fewest));
        edge->rows = rows;
    }
}

std::uint64_t row_bytes(const QTensor& tensor, unsigned channels)
{
    return (std::uint64_t{channels} * tensor.width * tensor.bits + 7) / 8;
}

/// Marks edges for the global buffer, deepest first, until every tile's streams fit its buffer.
class Spiller {
public:
    Spiller(const QNet& net, const Lowerings& lowerings, const Mapping& mapping,
            std::vector<EdgeDepth>& edges, const std::vector<std::pair<int, unsigned>>& edge_of)
        : m_net(net), m_edges(edges)
    {
        for (const auto& placed : mapping.stages)
            for (std::size_t e = 0; e < edges.size(); ++e)
                if (edge_of[e].first == placed.layer && placed.rows.end == 0)  // bands stay
                    m_users[placed.stage.tile].push_back({&placed, e});
        for (auto& [tile, users] : m_users) {
            const auto engine = static_cast<imc_engine>(users.front().placed->stage.engine);
            relieve(tile, users, lowerings.at(engine)->buffer_bytes());
        }
    }

private:
    struct User {
        const PlacedStage* placed;
        std::size_t edge;
    };

    const QTensor& tensor(const User& u) const
    {
        return m_net.tensors[m_net.layers[u.placed->layer].inputs[m_edges[u.edge].stream]];
    }

    std::uint64_t bytes(const User& u) const
    {
        const auto& e = m_edges[u.edge];
        const unsigned rows = e.spilled ? window(u) : e.rows;
        return rows * row_bytes(tensor(u), channels_read(m_net, *u.placed).size());
    }
    unsigned window(const User& u) const
    {
        return window_slots(m_net, m_net.layers[u.placed->layer], m_edges[u.edge].slack,
                            u.placed->stage.unit_rows);
    }

    std::uint64_t row(const User& u) const
    {
        return row_bytes(tensor(u), channels_read(m_net, *u.placed).size());
    }

    /// Bytes that sending an edge through the global buffer would free here.
    std::uint64_t spill_gain(const User& u) const
    {
        const auto& e = m_edges[u.edge];
        return e.spilled || e.rows <= window(u) ? 0 : (e.rows - window(u)) * row(u);
    }

    /// Bytes that one row less would free here.
    std::uint64_t row_gain(const User& u) const
    {
        const auto& e = m_edges[u.edge];
        return !e.spilled && e.rows > e.fewest ? row(u) : 0;
    }

    /// Bytes that one slot of slack less would free here, of an edge that is spilled.
    std::uint64_t slack_gain(const User& u) const
    {
        const auto& e = m_edges[u.edge];
        return e.spilled && e.slack != 0 ? row(u) : 0;
    }

    /// Bytes that a bare window behind the global buffer would free here.
    std::uint64_t tight_gain(const User& u) const
    {
        const auto& e = m_edges[u.edge];
        const QLayer& layer = m_net.layers[u.placed->layer];
        const unsigned bare = window_slots(m_net, layer, 0, u.placed->stage.unit_rows);
        return e.spilled || e.rows <= bare ? 0 : (e.rows - bare) * row(u);
    }

    void relieve(unsigned tile, const std::vector<User>& users, std::uint64_t capacity)
    {
        while (true) {
            std::uint64_t total = 0;
            for (const auto& u : users)
                total += bytes(u);
            if (total <= capacity) return;
            const auto most = [&](auto gain) {
                return *std::max_element(users.begin(), users.end(),
                                         [&](const User& a, const User& b) {
                                             return (this->*gain)(a) < (this->*gain)(b);
                                         });
            };
            // Rows that only let copies run further ahead go first, then whole edges, then the
            // slack of what was spilled, then what gains only without slack.
            if (const User v = most(&Spiller::row_gain); row_gain(v) != 0) {
                --m_edges[v.edge].rows;
            } else if (const User u = most(&Spiller::spill_gain); spill_gain(u) != 0) {
                m_edges[u.edge].spilled = true;
            } else if (const User w = most(&Spiller::slack_gain); slack_gain(w) != 0) {
                --m_edges[w.edge].slack;
            } else if (const User x = most(&Spiller::tight_gain); tight_gain(x) != 0) {
                m_edges[x.edge].spilled = true;
                m_edges[x.edge].slack = 0;
            } else {
                throw InputError(
                    fmt::format("tile {}: the input rows of its layers ({} and others) need {} "
                                "bytes, its buffer has {}; "
                                "enlarge buffer_bytes of the platform's tiles",
                                tile, m_edges[users.front().edge].consumer, total, capacity));
            }
        }
    }

    const QNet& m_net;
    std::vector<EdgeDepth>& m_edges;
    std::map<unsigned, std::vector<User>> m_users;
};

void check_global_buffer(const QNet& net, const AcceleratorConfig& config, const Mapping& mapping,
                         const std::vector<EdgeDepth>& edges,
                         const std::vector<std::pair<int, unsigned>>& edge_of)
{
    std::uint64_t total = 0;
    for (std::size_t e = 0; e < edges.size(); ++e) {
        if (!edges[e].spilled) continue;
        const QTensor& tensor = net.tensors[net.layers[edge_of[e].first].inputs[edges[e].stream]];
        total += edges[e].rows * row_bytes(tensor, tensor.channels);
    }
    if (total > config.buffer.bytes * mapping.chips)
        throw InputError(
            fmt::format("global buffer: the spilled rows need {} bytes, {} chip(s) have {}; "
                        "enlarge buffer.bytes of the platform",
                        total, mapping.chips, config.buffer.bytes * mapping.chips));
}

}  // namespace

unsigned window_slots(const QNet& net, const QLayer& layer, unsigned slack, unsigned unit_rows)
{
    const auto& g = layer.geometry;
    const unsigned window = (g.kernel_h - 1) * g.dilation_h + 1 + (unit_rows - 1) * g.stride_h;
    return std::min(net.tensors[layer.inputs[0]].height, window + slack);
}

std::vector<EdgeDepth> choose_depths(
    const QNet& net, const AcceleratorConfig& config, const MapOptions& options,
    const Lowerings& lowerings, const std::vector<std::vector<std::vector<InputPiece>>>& inputs,
    const Mapping& mapping)
{
    std::vector<unsigned> units(net.layers.size(), 1), copies(net.layers.size(), 1);
    std::vector<bool> placed(net.layers.size(), false);
    for (const auto& p : mapping.stages) {
        units[p.layer] = p.stage.unit_rows;
        copies[p.layer] = p.stage.copies;
        placed[p.layer] = true;
    }
    const auto fewest = fewest_rows(net, inputs, units);
    std::vector<EdgeDepth> edges;
    std::vector<std::pair<int, unsigned>> edge_of;
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        if (!placed[l]) continue;
        for (unsigned s = 0; s < inputs[l].size(); ++s) {
            const unsigned height = net.tensors[net.layers[l].inputs[s]].height;
            EdgeDepth e{producer_name(net, inputs[l][s]),
                        net.layers[l].name,
                        s,
                        fewest[l][s],
                        height,
                        false,
                        options.slack_rows};
            if (flows(mapping, inputs[l][s], l)) {
                // Copies work on several rows at once: their rows need room beside the window.
                const int producer = inputs[l][s].back().producer;
                const unsigned ahead = (copies[l] - 1) * net.layers[l].geometry.stride_h +
                                       (producer < 0 ? 0 : copies[producer] - 1);
                e.rows = std::min(fewest[l][s] + options.slack_rows + ahead,
                                  std::max(fewest[l][s], height));
            } else {
                e.fewest = height;
            }
            edges.push_back(e);
            edge_of.push_back({static_cast<int>(l), s});
        }
    }
    apply_user_rows(options, edges);
    Spiller(net, lowerings, mapping, edges, edge_of);
    check_global_buffer(net, config, mapping, edges, edge_of);
    return edges;
}

}  // namespace imc::compiler
