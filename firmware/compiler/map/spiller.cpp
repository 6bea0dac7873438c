// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/spiller.h"

#include "compiler/map/capacity_error.h"
#include "compiler/map/depths.h"
#include "compiler/map/stage_fields.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::compiler {

std::uint64_t row_bytes(const QTensor& tensor, unsigned channels)
{
    return (std::uint64_t{channels} * tensor.width * tensor.bits + 7) / 8;
}

Spiller::Spiller(const QNet& net, const AcceleratorConfig& config, const Lowerings& lowerings,
                 const Mapping& mapping, std::vector<EdgeDepth>& edges)
    : m_net(net), m_lowerings(lowerings), m_free(config.buffer.bytes * mapping.chips)
{
    for (const auto& placed : mapping.stages)
        for (auto& edge : edges) {
            if (edge.layer != placed.layer || placed.rows.end != 0) continue;  // bands stay
            const QLayer& layer = net.layers[placed.layer];
            const unsigned unit = placed.stage.unit_rows;
            const unsigned window = window_slots(net, layer, 0, unit);
            const QTensor& tensor = net.tensors[layer.inputs[edge.stream]];
            m_users[placed.stage.tile].push_back(
                {&placed, &edge, kept_rows(placed.stage, edge.stream),
                 row_bytes(tensor, channels_read(net, placed).size()), window,
                 next_window(layer, placed.stage.copies, unit)});
        }
}

void Spiller::relieve_all()
{
    for (const auto& [tile, users] : m_users) {
        const auto engine = static_cast<imc_engine>(users.front().placed->stage.engine);
        relieve(tile, users, m_lowerings.at(engine)->buffer_bytes());
    }
}

/// Slots of this stage where its edge has `rows` rows.
unsigned Spiller::held(const User& u, unsigned rows)
{
    return u.kept == nullptr ? rows : u.kept->most_in(rows);
}

unsigned Spiller::on_tile(const User& u)
{
    return u.edge->spilled ? u.edge->tile_rows : u.edge->rows;
}

std::uint64_t Spiller::whole_bytes(const EdgeDepth& edge) const
{
    const QTensor& tensor = m_net.tensors[m_net.layers[edge.layer].inputs[edge.stream]];
    return edge.rows * row_bytes(tensor, tensor.channels);
}

/// The next rows below those on the tile with which a slot less is needed, not below `floor`.
Spiller::Relief Spiller::cut(const User& u, unsigned floor) const
{
    const unsigned now = on_tile(u), slots = held(u, now);
    for (unsigned rows = now; rows > floor;)
        if (--rows; held(u, rows) < slots)
            return {&u, u.edge->spilled, rows, (slots - held(u, rows)) * u.row_bytes};
    return {};
}

Spiller::Relief Spiller::spill(const User& u, unsigned tile_rows) const
{
    const unsigned slots = held(u, u.edge->rows), left = held(u, tile_rows);
    if (u.edge->spilled || left >= slots || whole_bytes(*u.edge) > m_free) return {};
    return {&u, true, tile_rows, (slots - left) * u.row_bytes};
}

/// What hurts least comes first: rows that only let stages run further ahead; then whole edges
/// through the global buffer, which costs transfers but no waiting; then the room in which a copy's
/// next window arrives; then the rows that keep several copies busy; then what gains only without
/// any room beside the window.
Spiller::Relief Spiller::next(const Users& users) const
{
    const auto most = [&](auto relief) {
        Relief best;
        for (const auto& u : users)
            if (const Relief r = relief(u); r.gain > best.gain) best = r;
        return best;
    };
    const std::function<Relief(const User&)> reliefs[] = {
        [&](const User& u) { return u.edge->spilled ? Relief{} : cut(u, u.edge->ample); },
        [&](const User& u) { return spill(u, u.edge->tile_rows); },
        [&](const User& u) { return u.edge->spilled ? cut(u, u.window + u.step) : Relief{}; },
        [&](const User& u) { return spill(u, u.window); },
        [&](const User& u) { return cut(u, u.edge->spilled ? u.window : u.edge->fewest); },
    };
    for (const auto& relief : reliefs)
        if (const Relief best = most(relief); best.gain != 0) return best;
    return {};
}

void Spiller::apply(const Relief& relief)
{
    EdgeDepth& edge = *relief.user->edge;
    if (relief.spilled) {
        if (!edge.spilled) m_free -= whole_bytes(edge);
        edge.spilled = true;
        edge.tile_rows = relief.rows;
    } else {
        edge.rows = relief.rows;
    }
}

void Spiller::relieve(unsigned tile, const Users& users, std::uint64_t capacity)
{
    while (true) {
        std::uint64_t total = 0;
        for (const auto& u : users)
            total += held(u, on_tile(u)) * u.row_bytes;
        if (total <= capacity) return;
        const Relief relief = next(users);
        if (relief.gain == 0) give_up(tile, users, total, capacity);
        apply(relief);
    }
}

void Spiller::give_up(unsigned tile, const Users& users, std::uint64_t total,
                      std::uint64_t capacity) const
{
    for (const auto& u : users)
        if (!u.edge->spilled && held(u, u.edge->rows) > held(u, u.window))
            throw CapacityError(fmt::format(
                "global buffer: the rows of edge '{}:{}' need {} bytes, {} are left; enlarge "
                "buffer.bytes of the platform",
                u.edge->producer, u.edge->consumer, whole_bytes(*u.edge), m_free));
    throw InputError(
        fmt::format("tile {}: the input rows of its layers ({} and others) need {} "
                    "bytes, its buffer has {}; "
                    "enlarge buffer_bytes of the platform's tiles",
                    tile, users.front().edge->consumer, total, capacity));
}

}  // namespace imc::compiler
