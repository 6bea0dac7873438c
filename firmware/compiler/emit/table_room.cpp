// SPDX-License-Identifier: Apache-2.0
#include "compiler/emit/table_room.h"

#include "common/error.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// What a tile's buffer holds, in bits.
struct Contents {
    std::uint64_t rows = 0;
    std::uint64_t tables = 0;                       ///< that stay
    std::map<unsigned, std::uint64_t> step_tables;  ///< that come with images, by step
    std::uint64_t copy = 0;                         ///< of one layer's weights, the largest
    const EngineLowering* lowering = nullptr;

    /// Tables of a step and, fetched while it works, of the next.
    std::uint64_t passing() const
    {
        std::uint64_t most = 0;
        for (const auto& [step, bits] : step_tables) {
            const auto next = step_tables.find(step + 1);
            most = std::max(most, bits + (next == step_tables.end() ? 0 : next->second));
        }
        return most;
    }
    std::uint64_t bytes() const { return (rows + tables + passing() + copy + 7) / 8; }
};

void add_stage(const QNet& net, const Mapping& mapping, const PlacedStage& placed,
               const std::vector<QNet>& nets, Contents& tile)
{
    const EngineLowering& lowering = *tile.lowering;
    for (unsigned s = 0; s < placed.stage.streams; ++s) {
        const imc_stream& in = placed.stage.in[s];
        tile.rows += std::uint64_t{in.channels} * in.width * in.depth_rows * in.bits;
    }
    if (placed.owner >= 0) {
        const QLayer& layer = net.layers[static_cast<std::size_t>(placed.layer)];
        tile.copy = std::max(tile.copy, lowering.copy_bits(layer, net, placed.outputs));
        return;
    }
    std::uint64_t bits = 0;
    for (const QNet& one : nets)
        bits += lowering.table_bits(one.layers[static_cast<std::size_t>(placed.layer)], one,
                                    placed.outputs);
    if (lowering.reload_period() == 0)
        tile.tables += bits;
    else
        tile.step_tables[mapping.step_of_layer[static_cast<std::size_t>(placed.layer)]] += bits;
}

}  // namespace

void check_table_room(const QNet& net, const Mapping& mapping, const Lowerings& lowerings,
                      const std::vector<QNet>& precisions)
{
    const std::vector<QNet> alone =
        precisions.empty() ? std::vector<QNet>{net} : std::vector<QNet>{};
    const std::vector<QNet>& nets = precisions.empty() ? alone : precisions;
    std::map<unsigned, Contents> tiles;
    for (const PlacedStage& placed : mapping.stages) {
        if (placed.layer < 0 || placed.stage.op == IMC_STAGE_SPILL) continue;
        const auto& lowering = lowerings.at(static_cast<imc_engine>(placed.stage.engine));
        if (!lowering->spreads()) continue;
        Contents& tile = tiles[placed.stage.tile];
        tile.lowering = lowering.get();
        add_stage(net, mapping, placed, nets, tile);
    }
    const auto fullest = std::max_element(
        tiles.begin(), tiles.end(),
        [](const auto& a, const auto& b) { return a.second.bytes() < b.second.bytes(); });
    if (fullest == tiles.end()) return;
    const Contents& most = fullest->second;
    const std::uint64_t room = most.lowering->buffer_bytes();
    if (most.bytes() <= room) return;
    throw InputError(fmt::format(
        "tile {}: its memory needs {} bytes ({} of rows, {} of weights and constants), it has {}; "
        "set platform.associative.map_bytes to at least {}{}, or use more tiles",
        fullest->first, most.bytes(), (most.rows + 7) / 8,
        (most.tables + most.passing() + most.copy + 7) / 8, room, most.bytes(),
        most.lowering->reload_period() == 0 ? " or weights to dram" : ""));
}

}  // namespace imc::compiler
