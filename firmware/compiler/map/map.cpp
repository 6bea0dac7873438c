// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/map.h"

#include "compiler/map/capacity_error.h"
#include "compiler/map/connect.h"
#include "compiler/map/copies.h"
#include "compiler/map/dataflow.h"
#include "compiler/map/demand.h"
#include "compiler/map/depths.h"
#include "compiler/map/liveness.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// Layers with arrays take a step each; digital work runs in the step of what feeds it, row by row
/// behind it.
void number_steps(const QNet& net, Mapping& mapping)
{
    const auto inputs = resolve_inputs(net);
    mapping.steps = 0;
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        unsigned& step = mapping.step_of_layer[l];
        if (net.layers[l].op == IMC_STAGE_CONV || mapping.steps == 0) {
            step = mapping.steps++;
            continue;
        }
        for (const auto& stream : inputs[l])
            for (const auto& piece : stream)
                if (piece.producer >= 0)
                    step = std::max(step, mapping.step_of_layer[piece.producer]);
    }
}

/// Maps one network in ever other ways: more chips, fewer copies, other rows.
class Mapper {
public:
    Mapper(const QNet& net, const AcceleratorConfig& config, const MapOptions& options)
        : m_net(net), m_config(config), m_options(options)
    {
        for (const auto& group : config.tiles)
            if (!m_lowerings.count(group.engine))
                m_lowerings[group.engine] = make_lowering(group.engine, config);
        m_bare.schedule = options.schedule;
        m_bare.step_of_layer.assign(net.layers.size(), 0);
        if (options.schedule == IMC_SCHEDULE_LAYER_SEQUENTIAL) number_steps(net, m_bare);
        check_copied_layers(net, options);
        m_sliced = slice_layers(net, config, m_lowerings);
        const auto engines = engines_of_layers(net, config);
        m_demand.emplace(config, m_lowerings);
        for (std::size_t l = 0; l < m_sliced.size(); ++l) {
            m_demand->add(engines[l], m_sliced[l].arrays());
            m_lowerings.at(engines[l])->check(net.layers[l], net);
        }
    }

    Mapping map() const
    {
        const bool free = m_options.chips == 0;
        const unsigned least = free ? m_demand->least_chips() : m_options.chips;
        try {
            return map_on(least);
        } catch (const CapacityError& error) {
            std::string missing = error.what();
            const auto fitting = map_above(least, missing);
            if (free && fitting) return *fitting;
            if (!fitting)
                throw InputError(
                    fmt::format("{}; up to {} chips do not help", missing, most_chips));
            throw InputError(fmt::format(
                "{}: {}; it fits {} tiles of {} chips: set mapping.chips to auto or a "
                "larger number",
                error.what(), m_demand->text(least), fitting->tiles_used, fitting->chips));
        }
    }

private:
    static constexpr unsigned most_chips = 64;

    /// On the smallest number of chips above `chips` that holds the network; nothing where
    /// most_chips do not, and then `missing` says what those lack.
    std::optional<Mapping> map_above(unsigned chips, std::string& missing) const
    {
        while (++chips <= most_chips) {
            try {
                return map_on(chips);
            } catch (const CapacityError& error) {
                missing = error.what();
            }
        }
        return std::nullopt;
    }

    /// Balance deals out what a chip has left, less where that cannot be placed or fed; never does
    /// a copy cost a further chip.
    Mapping map_on(unsigned chips) const
    {
        // Packing leaves some arrays of a tile unused: one twentieth is kept back from the start.
        if (m_options.replicate == Replicate::balance)
            for (const double share : {0.95, 0.85, 0.7, 0.5, 0.3}) {
                try {
                    return attempt(m_options, chips, share);
                } catch (const CapacityError&) {
                }
            }
        return attempt(m_options, chips, 0.0);
    }

    Mapping attempt(const MapOptions& options, unsigned chips, double share) const
    {
        MapOptions here = options;
        here.chips = chips;
        Mapping mapping = connected(here, share);
        if (options.force || options.schedule != IMC_SCHEDULE_PIPELINED || is_live(mapping))
            return mapping;
        for (const auto& [edge, rows] : options.buffer_rows)
            refuse_if_shallow(here, share, edge, rows);
        if (options.buffer_rows.empty())
            throw CapacityError("mapping: the tiles' buffers hold too few rows of some edge");
        throw InputError(
            "mapping.buffer_rows: together these rows can block the program; give more to one "
            "edge (mapping.force runs it all the same)");
    }

    Mapping connected(const MapOptions& options, double share) const
    {
        Mapping mapping = m_bare;
        const auto copies = choose_copies(m_net, m_config, options, m_lowerings, m_sliced, share);
        place_layers(m_net, m_config, m_lowerings, m_sliced, copies, options.chips, mapping);
        if (mapping.stages.size() > 0xFFF0)
            throw InputError(
                fmt::format("the mapping has {} stages, more than 65520", mapping.stages.size()));
        connect_stages(m_net, m_config, options, m_lowerings, mapping);
        for (auto& placed : mapping.stages)
            if (placed.layer >= 0)
                m_lowerings.at(static_cast<imc_engine>(placed.stage.engine))
                    ->finish(m_net.layers[placed.layer], m_net, placed);
        return mapping;
    }

    /// Throws InputError with the fewest rows of `edge` that do not block, all other edges having
    /// the compiler's, if `rows` are fewer.
    void refuse_if_shallow(MapOptions options, double share, const std::string& edge,
                           unsigned rows) const
    {
        unsigned fewest = rows;
        while (true) {
            options.buffer_rows = {{edge, fewest}};
            if (is_live(connected(options, share))) break;
            ++fewest;
        }
        if (fewest != rows) throw InputError(blocks_below(edge, rows, fewest));
    }

    const QNet& m_net;
    const AcceleratorConfig& m_config;
    const MapOptions& m_options;
    Lowerings m_lowerings;
    Mapping m_bare;  ///< no stage placed yet
    std::vector<SlicedLayer> m_sliced;
    std::optional<ArrayDemand> m_demand;
};

}  // namespace

Mapping map_network(const QNet& net, const AcceleratorConfig& config, const MapOptions& options)
{
    return Mapper(net, config, options).map();
}

std::string mapping_report(const QNet& net, const Mapping& mapping)
{
    std::string text =
        fmt::format("{} stages on {} tiles, {} chip(s), {} arrays\n", mapping.stages.size(),
                    mapping.tiles_used, mapping.chips, mapping.arrays_used);
    text += fmt::format("{:<40} {:>8} {:>7} {:>7} {:>9} {:>6}\n", "layer", "op", "slices", "copies",
                        "arrays", "tiles");
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        std::uint64_t arrays = 0;
        unsigned stages = 0, copies = 1;
        std::set<unsigned> tiles;
        for (const auto& p : mapping.stages) {
            if (p.layer != static_cast<int>(l)) continue;
            ++stages;
            arrays += p.stage.arrays;
            copies = p.stage.copies;
            tiles.insert(p.stage.tile);
        }
        if (stages > 0)
            text +=
                fmt::format("{:<40} {:>8} {:>7} {:>7} {:>9} {:>6}\n", net.layers[l].name,
                            net.layers[l].op_name, stages / copies, copies, arrays, tiles.size());
    }
    text += fmt::format("{:<60} {:>7} {:>7} {}\n", "edge", "fewest", "rows", "where");
    for (const auto& e : mapping.edges)
        text += fmt::format("{:<60} {:>7} {:>7} {}\n", e.producer + ":" + e.consumer, e.fewest,
                            e.rows, e.spilled ? "global buffer" : "tile");
    return text;
}

}  // namespace imc::compiler
