// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/map.h"

#include "common/error.h"
#include "compiler/map/connect.h"
#include "compiler/map/dataflow.h"
#include "compiler/map/place.h"

#include <algorithm>
#include <set>

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

}  // namespace

Mapping map_network(const QNet& net, const AcceleratorConfig& config, const MapOptions& options)
{
    Lowerings lowerings;
    for (const auto& group : config.tiles)
        if (!lowerings.count(group.engine))
            lowerings[group.engine] = make_lowering(group.engine, config);
    Mapping mapping;
    mapping.schedule = options.schedule;
    mapping.step_of_layer.assign(net.layers.size(), 0);
    if (options.schedule == IMC_SCHEDULE_LAYER_SEQUENTIAL) number_steps(net, mapping);
    place_layers(net, config, options, lowerings, mapping);
    if (mapping.stages.size() > 0xFFF0)
        throw InputError(
            fmt::format("the mapping has {} stages, more than 65520", mapping.stages.size()));
    connect_stages(net, config, options, lowerings, mapping);
    for (auto& placed : mapping.stages)
        if (placed.layer >= 0)
            lowerings.at(static_cast<imc_engine>(placed.stage.engine))
                ->finish(net.layers[placed.layer], net, placed);
    return mapping;
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
