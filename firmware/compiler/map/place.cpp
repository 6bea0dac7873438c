// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/place.h"

#include "common/error.h"
#include "compiler/map/connect.h"
#include "compiler/map/dataflow.h"
#include "compiler/map/depths.h"
#include "compiler/map/spread.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// Hands out arrays and buffer room tile by tile over the tiles of one engine.
class TilePool {
public:
    TilePool(const AcceleratorConfig& config, const EngineLowering& lowering, unsigned max_chips)
        : m_config(config),
          m_engine(lowering.engine()),
          m_arrays_per_tile(lowering.arrays_per_tile()),
          m_buffer_bytes(lowering.buffer_bytes()),
          m_max_chips(max_chips)
    {
    }

    /// A tile with `arrays` and `bytes` free: the current one, or the next fresh one (whose buffer
    /// may still be too small: choose_depths says so).
    unsigned take(unsigned arrays, std::uint64_t bytes, const std::string& layer)
    {
        if (m_current < 0 || m_used + arrays > m_arrays_per_tile ||
            !has_room(current(layer), bytes))
            advance(layer);
        m_used += arrays;
        m_bytes[static_cast<unsigned>(m_current)] += bytes;
        return static_cast<unsigned>(m_current);
    }
    bool has_room(unsigned tile, std::uint64_t bytes) const
    {
        const auto used = m_bytes.find(tile);
        return used == m_bytes.end() || used->second + bytes <= m_buffer_bytes;
    }
    void use_room(unsigned tile, std::uint64_t bytes) { m_bytes[tile] += bytes; }
    /// Goes on with a fresh tile unless the current one still has `arrays` free.
    void prefer_fresh(unsigned arrays, const std::string& layer)
    {
        if (m_current < 0 || m_used + arrays > m_arrays_per_tile) advance(layer);
    }
    unsigned current(const std::string& layer)
    {
        if (m_current < 0) advance(layer);
        return static_cast<unsigned>(m_current);
    }
    unsigned highest() const { return static_cast<unsigned>(m_current + 1); }

private:
    void advance(const std::string& layer)
    {
        do
            ++m_current;
        while (m_current < static_cast<int>(m_max_chips * m_config.tiles_per_chip()) &&
               m_config.engine_of(static_cast<unsigned>(m_current)) != m_engine);
        m_used = 0;
        if (m_current >= static_cast<int>(m_max_chips * m_config.tiles_per_chip()))
            throw InputError(fmt::format("layer '{}': no tile is left on {} chip(s) of {} tiles",
                                         layer, m_max_chips, m_config.tiles_per_chip()));
    }

    const AcceleratorConfig& m_config;
    imc_engine m_engine;
    unsigned m_arrays_per_tile;
    std::uint64_t m_buffer_bytes;
    unsigned m_max_chips;
    int m_current = -1;
    unsigned m_used = 0;
    std::map<unsigned, std::uint64_t> m_bytes;  ///< of the buffer, by tile
};

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
    unsigned tiles_used = 0;                         ///< by layers that are spread
    std::map<unsigned, std::uint64_t> table_bits{};  ///< that tiles of such layers are loaded with

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

    std::uint64_t window_bytes(int layer, ChannelRange outputs, ChannelRange ins) const;
    void place_arrays(int layer, const SlicedLayer& sliced, unsigned copies);
    void place_spread(int layer);
    void place_digital(int layer);
};

/// Bytes of input rows a stage holds at least: the window of every input.
std::uint64_t Placer::window_bytes(int layer, ChannelRange outputs, ChannelRange ins) const
{
    const QLayer& q = net.layers[layer];
    PlacedStage placed;
    placed.layer = layer;
    placed.outputs = outputs;
    placed.inputs = ins;
    const unsigned unit_rows = lowerings.at(engines[layer])->unit_rows(q, net);
    const std::uint64_t row_elements =
        std::uint64_t{channels_read(net, placed).size()} * window_slots(net, q, 0, unit_rows);
    std::uint64_t bytes = 0;
    for (const int input : q.inputs)
        bytes += (row_elements * net.tensors[input].width * net.tensors[input].bits + 7) / 8;
    return bytes;
}

void Placer::place_arrays(int layer, const SlicedLayer& sliced, unsigned copies)
{
    auto& pool = pools.at(engines[layer]);
    const QLayer& q = net.layers[layer];
    for (unsigned copy = 0; copy < copies; ++copy) {
        if (sliced.slices.size() > 1) pool.prefer_fresh(sliced.slices.front().arrays, q.name);
        for (std::size_t s = 0; s < sliced.slices.size(); ++s) {
            const auto& slice = sliced.slices[s];
            const std::uint64_t bytes = window_bytes(layer, slice.outputs, slice.inputs);
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
/// neighbouring rows stay on neighbouring tiles. Tables go to the tile that holds fewest yet.
void Placer::place_spread(int layer)
{
    const QLayer& q = net.layers[layer];
    const auto tiles = tiles_of(config, engines[layer], mapping.chips);
    constexpr unsigned most_stages = 6000;  // the command processor's table has 8192
    const unsigned room = std::max(1u, most_stages / static_cast<unsigned>(net.layers.size()));
    const SpreadLayer spread =
        spread_layer(net, q, *lowerings.at(engines[layer]), std::min<unsigned>(room, tiles.size()));
    const auto bands = static_cast<unsigned>(spread.rows.size());
    const auto tile_of = [&](unsigned band, unsigned part) {
        return tiles[band * spread.channels.size() + part];
    };
    for (unsigned c = 0; c < spread.channels.size(); ++c) {
        unsigned owning = static_cast<unsigned>(layer) % bands;
        for (unsigned r = 0; r < bands; ++r)
            if (table_bits[tile_of(r, c)] < table_bits[tile_of(owning, c)]) owning = r;
        table_bits[tile_of(owning, c)] +=
            lowerings.at(engines[layer])->table_bits(q, net, spread.channels[c]);
        const int owner = static_cast<int>(mapping.stages.size() + owning);
        for (unsigned r = 0; r < bands; ++r) {
            const unsigned tile = tile_of(r, c);
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
        return pool.has_room(spot.second, window_bytes(layer, spot.first, spot.first));
    });
    if (spots.empty() || !room) {
        const ChannelRange all{0, channels};
        const unsigned tile = pool.take(0, window_bytes(layer, all, all), net.layers[layer].name);
        add(layer, tile, all, all, 0, 1);
        return;
    }
    for (const auto& [range, tile] : spots) {
        pool.use_room(tile, window_bytes(layer, range, range));
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

std::vector<unsigned> choose_copies(const QNet& net, const AcceleratorConfig& config,
                                    const MapOptions& options, const Lowerings& lowerings,
                                    const std::vector<SlicedLayer>& sliced)
{
    std::vector<unsigned> copies(net.layers.size(), 1);
    for (const auto& [name, n] : options.copies) {
        const auto found =
            std::find_if(net.layers.begin(), net.layers.end(),
                         [&, &key = name](const QLayer& l) { return l.name == key; });
        if (found == net.layers.end())
            throw InputError(fmt::format("mapping.replicate: no layer is called '{}'", name));
        copies[found - net.layers.begin()] = n;
    }
    if (options.replicate != Replicate::balance) return copies;

    const auto engines = engines_of_layers(net, config);
    std::vector<double> ns(net.layers.size(), 0.0);
    double free = static_cast<double>(options.chips == 0 ? 1 : options.chips);
    for (const auto& group : config.tiles)
        if (group.engine == IMC_ENGINE_CROSSBAR && lowerings.count(group.engine))
            free *=
                static_cast<double>(group.count) * lowerings.at(group.engine)->arrays_per_tile();
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        free -= static_cast<double>(sliced[l].arrays());
        if (sliced[l].arrays() > 0) ns[l] = lowerings.at(engines[l])->layer_ns(net.layers[l], net);
    }
    // Packing leaves some arrays of a tile unused; one twentieth is kept back so that every chosen
    // copy can be placed.
    free *= 0.95;
    while (true) {  // the slowest layer gets a further copy as long as one fits
        std::size_t slowest = 0;
        for (std::size_t l = 1; l < ns.size(); ++l)
            if (ns[l] / copies[l] > ns[slowest] / copies[slowest]) slowest = l;
        const auto cost = static_cast<double>(sliced[slowest].arrays());
        if (cost == 0 || cost > free ||
            copies[slowest] >= net.tensors[net.layers[slowest].output].height)
            break;
        free -= cost;
        ++copies[slowest];
    }
    return copies;
}

namespace {

void place_on(const QNet& net, const AcceleratorConfig& config, const MapOptions& options,
              const Lowerings& lowerings, const std::vector<SlicedLayer>& sliced, unsigned chips,
              Mapping& mapping)
{
    MapOptions with_chips = options;
    with_chips.chips = chips;
    const auto copies = choose_copies(net, config, with_chips, lowerings, sliced);
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

}  // namespace

void place_layers(const QNet& net, const AcceleratorConfig& config, const MapOptions& options,
                  const Lowerings& lowerings, Mapping& mapping)
{
    const auto engines = engines_of_layers(net, config);
    std::vector<SlicedLayer> sliced(net.layers.size());
    std::uint64_t arrays = 0, per_chip = 0;
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        const bool spreads = lowerings.at(engines[l])->spreads();
        if (net.layers[l].op != IMC_STAGE_CONV || spreads) continue;
        sliced[l] = slice_layer(net, net.layers[l], *lowerings.at(engines[l]));
        arrays += sliced[l].arrays();
    }
    for (const auto& group : config.tiles)
        per_chip += std::uint64_t{group.count} * lowerings.at(group.engine)->arrays_per_tile();
    const unsigned least =
        static_cast<unsigned>((arrays + per_chip - 1) / std::max<std::uint64_t>(per_chip, 1));
    constexpr unsigned most_chips = 64;
    for (unsigned chips = options.chips == 0 ? std::max(1u, least) : options.chips;; ++chips) {
        Mapping attempt = mapping;
        try {
            place_on(net, config, options, lowerings, sliced, chips, attempt);
            mapping = std::move(attempt);
            return;
        } catch (const InputError& error) {
            if (options.chips != 0 || chips >= most_chips)
                throw InputError(
                    fmt::format("{}: the network needs {} arrays, {} chip(s) have {}; {}",
                                error.what(), arrays, chips, per_chip * chips,
                                options.chips != 0 ? "set mapping.chips to auto or a larger number"
                                                   : "use a larger platform"));
        }
    }
}

}  // namespace imc::compiler
