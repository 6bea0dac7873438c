// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/place.h"

#include "compiler/map/copies.h"
#include "compiler/map/dataflow.h"
#include "compiler/map/spread.h"
#include "compiler/map/tile_pool.h"

#include <algorithm>

namespace imc::compiler {

namespace {

/// All that place_layers carries along.
struct Placer {
    const QNet& net;
    const AcceleratorConfig& config;
    const Lowerings& lowerings;
    Mapping& mapping;
    std::map<imc_engine, TilePool> pools;
    std::vector<imc_engine> engines;
    std::vector<std::vector<std::vector<InputPiece>>> inputs;
    std::vector<std::vector<int>> stages_of_layer;
    unsigned tiles_used = 0;  ///< by layers that are spread

    PlacedStage& add(int layer, unsigned tile, ChannelRange outputs, ChannelRange ins,
                     unsigned copy, unsigned copies)
    {
        const QLayer& q = net.layers[layer];
        PlacedStage placed;
        placed.layer = layer;
        placed.outputs = outputs;
        placed.inputs = ins;
        placed.stage.id = static_cast<std::uint16_t>(mapping.stages.size());
        placed.stage.layer = static_cast<std::uint16_t>(layer);
        placed.stage.tile = static_cast<std::uint16_t>(tile);
        placed.stage.engine = static_cast<std::uint8_t>(engines[layer]);
        placed.stage.op = static_cast<std::uint8_t>(q.op);
        placed.stage.copy = static_cast<std::uint16_t>(copy);
        placed.stage.copies = static_cast<std::uint16_t>(copies);
        stages_of_layer[layer].push_back(placed.stage.id);
        mapping.stages.push_back(placed);
        return mapping.stages.back();
    }

    std::uint64_t window_bytes(int layer, ChannelRange range) const
    {
        return input_bytes(net, lowerings, engines[layer], layer, range, range, 1);
    }
    void place_arrays(int layer, const SlicedLayer& sliced, unsigned copies);
    void place_spread(int layer);
    void place_digital(int layer);
};

void Placer::place_arrays(int layer, const SlicedLayer& sliced, unsigned copies)
{
    auto& pool = pools.at(engines[layer]);
    const QLayer& q = net.layers[layer];
    for (unsigned copy = 0; copy < copies; ++copy) {
        if (sliced.slices.size() > 1) pool.prefer_fresh(sliced.slices.front().arrays, q.name);
        for (std::size_t s = 0; s < sliced.slices.size(); ++s) {
            const auto& slice = sliced.slices[s];
            const std::uint64_t bytes = input_bytes(net, lowerings, engines[layer], layer,
                                                    slice.outputs, slice.inputs, copies);
            auto& placed = add(layer, pool.take(slice.arrays, bytes, q.name), slice.outputs,
                               slice.inputs, copy, copies);
            placed.stage.arrays = slice.arrays;
            mapping.arrays_used += slice.arrays;
            if (sliced.input_slices == 1) continue;
            const bool owner = s % sliced.input_slices == 0;
            placed.stage.role = owner ? IMC_ROLE_PSUM_OWNER : IMC_ROLE_PSUM_WORKER;
            placed.stage.psum_workers =
                owner ? static_cast<std::uint16_t>(sliced.input_slices - 1) : 0;
        }
    }
}

/// A piece an owner or sharer of tables: band r of channels c on tile r x parts + c, so that
/// neighbouring rows stay on neighbouring tiles. Tables go to another band each layer.
void Placer::place_spread(int layer)
{
    const QLayer& q = net.layers[layer];
    const auto tiles = tiles_of(config, engines[layer], mapping.chips);
    constexpr unsigned most_stages = 6000;  // the command processor's table has 8192
    const unsigned room = std::max(1u, most_stages / static_cast<unsigned>(net.layers.size()));
    const SpreadLayer spread =
        spread_layer(net, q, *lowerings.at(engines[layer]), std::min<unsigned>(room, tiles.size()));
    const auto bands = static_cast<unsigned>(spread.rows.size());
    for (unsigned c = 0; c < spread.channels.size(); ++c) {
        const unsigned owning = static_cast<unsigned>(layer) % bands;
        const int owner = static_cast<int>(mapping.stages.size() + owning);
        for (unsigned r = 0; r < bands; ++r) {
            const auto tile = tiles[r * spread.channels.size() + c];
            auto& placed =
                add(layer, tile, spread.channels[c], {0, net.tensors[q.inputs[0]].channels}, 0, 1);
            placed.rows = spread.rows[r];
            placed.owner = r == owning ? -1 : owner;
            tiles_used = std::max(tiles_used, tile + 1);
        }
    }
}

/// Digital work goes where its data is made: with the slices of a single producer that is neither
/// copied nor virtual, else (or if a buffer there is full) whole onto the tile in use.
void Placer::place_digital(int layer)
{
    const unsigned channels = net.tensors[net.layers[layer].output].channels;
    int latest = -1;
    for (const auto& stream : inputs[layer])
        for (const auto& piece : stream)
            if (stream.size() == 1) latest = std::max(latest, piece.producer);
    std::vector<std::pair<ChannelRange, unsigned>> spots;
    if (latest >= 0 && engines[latest] == engines[layer])
        for (const int id : stages_of_layer[latest]) {
            const auto& p = mapping.stages[id];
            if (p.stage.copy == 0 && p.stage.role != IMC_ROLE_PSUM_WORKER)
                spots.push_back({p.outputs, p.stage.tile});
        }
    auto& pool = pools.at(engines[layer]);
    const bool room = std::all_of(spots.begin(), spots.end(), [&](const auto& spot) {
        return pool.has_room(spot.second, window_bytes(layer, spot.first));
    });
    if (spots.empty() || !room) {
        const ChannelRange all{0, channels};
        const unsigned tile = pool.take(0, window_bytes(layer, all), net.layers[layer].name);
        add(layer, tile, all, all, 0, 1);
        return;
    }
    for (const auto& [range, tile] : spots) {
        pool.use_room(tile, window_bytes(layer, range));
        add(layer, tile, range, range, 0, 1);
    }
}

}  // namespace

std::vector<imc_engine> engines_of_layers(const QNet& net, const AcceleratorConfig& config)
{
    const auto has = [&](imc_engine engine) {
        return std::any_of(config.tiles.begin(), config.tiles.end(),
                           [&](const TileGroup& g) { return g.engine == engine && g.count > 0; });
    };
    std::vector<imc_engine> engines;
    for (const auto& layer : net.layers) {
        // A function by table is what CAM blocks are for, wherever there are some.
        const imc_engine wanted =
            layer.op == IMC_STAGE_LUT && has(IMC_ENGINE_CAM) ? IMC_ENGINE_CAM : layer.engine;
        engines.push_back(has(wanted) ? wanted : config.tiles.front().engine);
    }
    return engines;
}

std::vector<SlicedLayer> slice_layers(const QNet& net, const AcceleratorConfig& config,
                                      const Lowerings& lowerings)
{
    const auto engines = engines_of_layers(net, config);
    std::vector<SlicedLayer> sliced(net.layers.size());
    for (std::size_t l = 0; l < net.layers.size(); ++l)
        if (net.layers[l].op == IMC_STAGE_CONV && !lowerings.at(engines[l])->spreads())
            sliced[l] = slice_layer(net, net.layers[l], *lowerings.at(engines[l]));
    return sliced;
}

void place_layers(const QNet& net, const AcceleratorConfig& config, const Lowerings& lowerings,
                  const std::vector<SlicedLayer>& sliced, const std::vector<unsigned>& copies,
                  unsigned chips, Mapping& mapping)
{
    mapping.chips = chips;
    Placer placer{
        net, config, lowerings, mapping, {}, engines_of_layers(net, config), resolve_inputs(net),
        {}};
    placer.stages_of_layer.resize(net.layers.size());
    for (const auto& [engine, lowering] : lowerings)
        placer.pools.emplace(engine, TilePool(config, *lowering, chips));
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        if (is_virtual(net, net.layers[l])) continue;
        if (lowerings.at(placer.engines[l])->spreads())
            placer.place_spread(static_cast<int>(l));
        else if (!sliced[l].slices.empty())
            placer.place_arrays(static_cast<int>(l), sliced[l], copies[l]);
        else
            placer.place_digital(static_cast<int>(l));
    }
    mapping.tiles_used = placer.tiles_used;
    for (const auto& [engine, pool] : placer.pools)
        mapping.tiles_used = std::max(mapping.tiles_used, pool.highest());
}

}  // namespace imc::compiler
