// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/spread.h"

#include <algorithm>

namespace imc::compiler {

namespace {

/// [0, size) cut into `parts` ranges of whole granules, as equal as they come.
template <typename Range>
std::vector<Range> even_parts(unsigned size, unsigned parts, unsigned granule)
{
    const unsigned granules = (size + granule - 1) / granule;
    parts = std::clamp(parts, 1u, granules);
    std::vector<Range> ranges;
    for (unsigned i = 0; i < parts; ++i)
        ranges.push_back(
            {granules * i / parts * granule, std::min(granules * (i + 1) / parts * granule, size)});
    return ranges;
}

template <typename Range>
unsigned largest(const std::vector<Range>& ranges)
{
    unsigned size = 0;
    for (const Range& range : ranges)
        size = std::max(size, range.size());
    return size;
}

bool has_window(const QLayer& layer)
{
    return layer.op == IMC_STAGE_CONV || layer.op == IMC_STAGE_MAXPOOL ||
           layer.op == IMC_STAGE_AVGPOOL;
}

}  // namespace

BandInput band_input(const QNet& net, const QLayer& layer, unsigned stream, RowSpan rows)
{
    const QGeometry& g = layer.geometry;
    const unsigned height = net.tensors[layer.inputs[stream]].height;
    if (rows.end == 0) return {{0, height}, g.pad_top, g.pad_bottom};
    if (!has_window(layer)) return {rows, 0, 0};
    const long first = long{rows.begin} * g.stride_h - long{g.pad_top};
    const long end =
        long{rows.end - 1} * g.stride_h - long{g.pad_top} + long{g.kernel_h - 1} * g.dilation_h + 1;
    BandInput band;
    band.rows = {static_cast<unsigned>(std::clamp(first, 0L, long{height})),
                 static_cast<unsigned>(std::clamp(end, 0L, long{height}))};
    band.pad_top = static_cast<unsigned>(std::max(0L, -first));
    band.pad_bottom = static_cast<unsigned>(std::max(0L, end - long{height}));
    return band;
}

namespace {

/// False if a band reads padding alone.
bool touches_input(const QNet& net, const QLayer& layer, const std::vector<RowSpan>& bands)
{
    return std::all_of(bands.begin(), bands.end(), [&](const RowSpan& rows) {
        const BandInput band = band_input(net, layer, 0, rows);
        return band.rows.begin < band.rows.end;
    });
}

}  // namespace

SpreadLayer spread_layer(const QNet& net, const QLayer& layer, const EngineLowering& lowering,
                         unsigned parts)
{
    const QTensor& out = net.tensors[layer.output];
    const unsigned granule = lowering.output_granule(layer, net);
    SpreadLayer best;
    std::uint64_t fewest = 0;
    for (unsigned bands = std::min(parts, out.height); bands >= 1; --bands) {
        SpreadLayer spread;
        spread.rows = even_parts<RowSpan>(out.height, bands, 1);
        if (bands > 1 && !touches_input(net, layer, spread.rows)) continue;
        spread.channels = even_parts<ChannelRange>(out.channels, parts / bands, granule);
        const std::uint64_t steps =
            lowering.share_steps(layer, net, largest(spread.rows), largest(spread.channels));
        if (!best.rows.empty() && steps >= fewest) continue;
        fewest = steps;
        best = std::move(spread);
    }
    return best;
}

std::vector<unsigned> tiles_of(const AcceleratorConfig& config, imc_engine engine, unsigned chips)
{
    std::vector<unsigned> tiles;
    for (unsigned tile = 0; tile < chips * config.tiles_per_chip(); ++tile)
        if (config.engine_of(tile) == engine) tiles.push_back(tile);
    return tiles;
}

}  // namespace imc::compiler
