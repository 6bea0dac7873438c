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

SpreadLayer spread_layer(const QNet& net, const QLayer& layer, const EngineLowering& lowering,
                         unsigned parts)
{
    const QTensor& out = net.tensors[layer.output];
    SpreadLayer spread;
    spread.rows = even_parts<RowSpan>(out.height, parts, 1);
    const bool touches_input =
        std::all_of(spread.rows.begin(), spread.rows.end(), [&](const RowSpan& rows) {
            const BandInput band = band_input(net, layer, 0, rows);
            return band.rows.begin < band.rows.end;
        });
    if (!touches_input) spread.rows = {{0, out.height}};  // bands of padding alone
    const auto bands = static_cast<unsigned>(spread.rows.size());
    spread.channels = even_parts<ChannelRange>(out.channels, std::max(1u, parts / bands),
                                               lowering.output_granule(layer, net));
    return spread;
}

std::vector<unsigned> tiles_of(const AcceleratorConfig& config, imc_engine engine, unsigned chips)
{
    std::vector<unsigned> tiles;
    for (unsigned tile = 0; tile < chips * config.tiles_per_chip(); ++tile)
        if (config.engine_of(tile) == engine) tiles.push_back(tile);
    return tiles;
}

}  // namespace imc::compiler
