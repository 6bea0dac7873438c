// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/copies.h"

#include "common/error.h"
#include "common/nearest_name.h"
#include "compiler/map/depths.h"
#include "compiler/map/stage_fields.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

const QLayer* layer_called(const QNet& net, const std::string& name)
{
    const auto found = std::find_if(net.layers.begin(), net.layers.end(),
                                    [&](const QLayer& l) { return l.name == name; });
    return found == net.layers.end() ? nullptr : &*found;
}

/// Arrays that a further copy takes: its own, or those that nobody can use any more because its
/// input rows fill the buffer of their tile.
double arrays_of_copy(const QNet& net, const Lowerings& lowerings, imc_engine engine, int layer,
                      const SlicedLayer& sliced)
{
    const EngineLowering& lowering = *lowerings.at(engine);
    double arrays = 0.0;
    for (const auto& slice : sliced.slices) {
        constexpr unsigned many = 1u << 16;  // windows of copies that do not overlap
        const auto bytes =
            input_bytes(net, lowerings, engine, layer, slice.outputs, slice.inputs, many);
        const double blocked =
            static_cast<double>(bytes) * lowering.arrays_per_tile() /
            static_cast<double>(std::max<std::uint64_t>(lowering.buffer_bytes(), 1));
        arrays += std::max(static_cast<double>(slice.arrays), blocked);
    }
    return arrays;
}

/// Copies split the output rows: one that got none would only cost cells.
void check_count(const QNet& net, const Lowerings& lowerings, imc_engine engine,
                 const QLayer& layer, const SlicedLayer& sliced, unsigned copies)
{
    const EngineLowering& lowering = *lowerings.at(engine);
    if (sliced.arrays() == 0 || lowering.spreads())
        throw InputError(fmt::format("mapping.replicate: layer '{}' {}; leave it out", layer.name,
                                     lowering.spreads() ? "is spread over all tiles already"
                                                        : "takes no arrays that could be copied"));
    const unsigned height = net.tensors[layer.output].height;
    const unsigned unit = lowering.unit_rows(layer, net);
    const unsigned most = (height + unit - 1) / unit;
    if (copies > most)
        throw InputError(fmt::format(
            "mapping.replicate: {} copies of layer '{}', which makes its {} output row{} in {} "
            "part{}; write at most {}",
            copies, layer.name, height, height == 1 ? "" : "s", most, most == 1 ? "" : "s", most));
}

double arrays_of_crossbars(const AcceleratorConfig& config, const Lowerings& lowerings)
{
    double arrays = 0.0;
    for (const auto& group : config.tiles)
        if (group.engine == IMC_ENGINE_CROSSBAR && lowerings.count(group.engine))
            arrays +=
                static_cast<double>(group.count) * lowerings.at(group.engine)->arrays_per_tile();
    return arrays;
}

}  // namespace

void check_copied_layers(const QNet& net, const MapOptions& options)
{
    for (const auto& [name, copies] : options.copies) {
        if (layer_called(net, name) != nullptr) continue;
        std::vector<std::string> names;
        for (const auto& layer : net.layers)
            if (layer.op == IMC_STAGE_CONV) names.push_back(layer.name);
        const std::string near = nearest_name(name, names);
        names.resize(std::min<std::size_t>(names.size(), 3));
        throw InputError(fmt::format(
            "mapping.replicate: no layer is called '{}'; {}", name,
            near.empty() ? fmt::format("layers are called {}, ...", fmt::join(names, ", "))
                         : "did you mean '" + near + "'?"));
    }
}

unsigned rows_of_copy(const QNet& net, const QLayer& layer, unsigned copies, unsigned unit_rows)
{
    const unsigned window = window_slots(net, layer, 0, unit_rows);
    return copies == 1 ? window
                       : window + std::min(window, copies * layer.geometry.stride_h * unit_rows);
}

std::uint64_t input_bytes(const QNet& net, const Lowerings& lowerings, imc_engine engine, int layer,
                          ChannelRange outputs, ChannelRange inputs, unsigned copies)
{
    const QLayer& q = net.layers[layer];
    PlacedStage placed;
    placed.layer = layer;
    placed.outputs = outputs;
    placed.inputs = inputs;
    const unsigned rows = rows_of_copy(net, q, copies, lowerings.at(engine)->unit_rows(q, net));
    const std::uint64_t elements = std::uint64_t{channels_read(net, placed).size()} * rows;
    std::uint64_t bytes = 0;
    for (const int input : q.inputs)
        bytes += (elements * net.tensors[input].width * net.tensors[input].bits + 7) / 8;
    return bytes;
}

std::vector<unsigned> choose_copies(const QNet& net, const AcceleratorConfig& config,
                                    const MapOptions& options, const Lowerings& lowerings,
                                    const std::vector<SlicedLayer>& sliced, double share)
{
    std::vector<unsigned> copies(net.layers.size(), 1);
    const auto engines = engines_of_layers(net, config);
    for (const auto& [name, n] : options.copies) {
        const auto l = static_cast<std::size_t>(layer_called(net, name) - net.layers.data());
        check_count(net, lowerings, engines[l], net.layers[l], sliced[l], n);
        copies[l] = n;
    }
    if (options.replicate != Replicate::balance) return copies;

    std::vector<double> ns(net.layers.size(), 0.0), cost(net.layers.size(), 0.0);
    double free = options.chips * arrays_of_crossbars(config, lowerings);
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        free -= static_cast<double>(sliced[l].arrays());
        if (sliced[l].arrays() == 0) continue;
        ns[l] = lowerings.at(engines[l])->layer_ns(net.layers[l], net);
        cost[l] = arrays_of_copy(net, lowerings, engines[l], static_cast<int>(l), sliced[l]);
    }
    free *= share;
    while (true) {  // the slowest layer gets a further copy as long as one fits
        std::size_t slowest = 0;
        for (std::size_t l = 1; l < ns.size(); ++l)
            if (ns[l] / copies[l] > ns[slowest] / copies[slowest]) slowest = l;
        if (cost[slowest] == 0.0 || cost[slowest] > free ||
            copies[slowest] >= net.tensors[net.layers[slowest].output].height)
            break;
        free -= cost[slowest];
        ++copies[slowest];
    }
    return copies;
}

}  // namespace imc::compiler
