// SPDX-License-Identifier: Apache-2.0
#include "run/column_hardware.h"

#include "crossbar/cost/dequantize.h"

#include <algorithm>

namespace imc::run {

namespace {

/// Steps and centres of a stage's share of its layer, [polarity][slice][tile][output].
std::vector<imc_column_adc> constants_of(const compiler::QNet& net,
                                         const compiler::PlacedStage& placed)
{
    const auto& layer = net.layers[static_cast<std::size_t>(placed.layer)];
    const auto channels = net.tensors[static_cast<std::size_t>(layer.output)].channels;
    const auto& all = layer.column->adc;
    std::vector<imc_column_adc> own;
    for (std::size_t first = 0; first < all.size(); first += channels)
        own.insert(own.end(),
                   all.begin() + static_cast<std::ptrdiff_t>(first + placed.outputs.begin),
                   all.begin() + static_cast<std::ptrdiff_t>(first + placed.outputs.end));
    return own;
}

/// The widest converters of the ColumnQuant layers, bits; 0 without such layers.
double widest_column_bits(const compiler::QNet& net)
{
    double widest = 0;
    for (const auto& layer : net.layers)
        if (layer.column &&
            (widest == 0 || adc::levels(layer.column->adc_bits) > adc::levels(widest)))
            widest = layer.column->adc_bits;
    return widest;
}

crossbar::DequantizeNeeds needs_of(const compiler::QNet& net, const compiler::PlacedStage& placed,
                                   const AcceleratorConfig& platform)
{
    const auto constants = constants_of(net, placed);
    return crossbar::dequantize_needs(crossbar::column_form(placed.stage), constants.data(),
                                      constants.size(), platform.crossbar);
}

bool is_column(const compiler::QNet& net, const compiler::PlacedStage& placed)
{
    return placed.stage.op == IMC_STAGE_CONV && placed.stage.engine == IMC_ENGINE_CROSSBAR &&
           net.layers[static_cast<std::size_t>(placed.layer)].column != nullptr;
}

}  // namespace

std::vector<crossbar::TileBuild> tile_builds(const compiler::QNet& net,
                                             const compiler::Mapping& mapping,
                                             const AcceleratorConfig& platform)
{
    const double widest = widest_column_bits(net);
    if (widest == 0) return {};
    const std::size_t tiles = std::size_t{platform.chips} * platform.tiles_per_chip();
    std::vector<crossbar::TileBuild> builds(tiles);
    std::vector<unsigned> spare(tiles, platform.crossbar.arrays_per_tile);
    for (const auto& placed : mapping.stages) {
        const auto& layer = net.layers[static_cast<std::size_t>(placed.layer)];
        const imc_stage& stage = placed.stage;
        if (stage.op != IMC_STAGE_CONV || stage.engine != IMC_ENGINE_CROSSBAR) continue;
        crossbar::TileBuild& build = builds.at(stage.tile);
        const double bits = layer.column ? layer.column->adc_bits : platform.crossbar.adc_bits;
        const unsigned arrays = std::min(spare[stage.tile], stage.arrays);
        build.arrays_by_adc_bits[bits] += arrays;
        spare[stage.tile] -= arrays;
        if (is_column(net, placed))
            build.dequantize_mm2 += crossbar::dequantize_mm2(
                needs_of(net, placed, platform), crossbar::column_form(stage), platform.crossbar,
                platform.technology);
    }
    for (std::size_t tile = 0; tile < tiles; ++tile)
        builds[tile].arrays_by_adc_bits[widest] += spare[tile];
    return builds;
}

std::map<int, crossbar::ColumnWorkload> column_workloads(const compiler::QNet& net,
                                                         const compiler::Mapping& mapping,
                                                         const AcceleratorConfig& platform)
{
    std::map<int, crossbar::ColumnWorkload> workloads;
    for (const auto& placed : mapping.stages)
        if (is_column(net, placed))
            workloads[placed.layer] +=
                crossbar::column_workload(placed.stage, needs_of(net, placed, platform));
    return workloads;
}

}  // namespace imc::run
