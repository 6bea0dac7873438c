// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"
#include "compiler/map/place.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// [0, channels) cut into `parts` ranges of whole granules, as equal as they come.
std::vector<ChannelRange> cut(unsigned channels, unsigned parts, unsigned granule)
{
    const unsigned granules = (channels + granule - 1) / granule;
    parts = std::min(parts, granules);
    std::vector<ChannelRange> ranges;
    for (unsigned i = 0; i < parts; ++i) {
        const unsigned begin = static_cast<unsigned>(std::uint64_t{granules} * i / parts) * granule;
        const unsigned end =
            static_cast<unsigned>(std::uint64_t{granules} * (i + 1) / parts) * granule;
        ranges.push_back({begin, std::min(end, channels)});
    }
    return ranges;
}

SlicedLayer with_cuts(const QNet& net, const QLayer& layer, const EngineLowering& lowering,
                      const std::vector<ChannelRange>& outputs,
                      const std::vector<ChannelRange>& inputs)
{
    SlicedLayer sliced;
    sliced.input_slices = static_cast<unsigned>(inputs.size());
    for (const auto& o : outputs)
        for (const auto& i : inputs)
            sliced.slices.push_back({o, i, lowering.arrays_needed(layer, net, o, i)});
    return sliced;
}

bool fits(const SlicedLayer& sliced, const EngineLowering& lowering)
{
    return std::all_of(sliced.slices.begin(), sliced.slices.end(),
                       [&](const auto& s) { return s.arrays <= lowering.arrays_per_tile(); });
}

}  // namespace

std::uint64_t SlicedLayer::arrays() const
{
    return std::accumulate(slices.begin(), slices.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Slice& s) { return sum + s.arrays; });
}

SlicedLayer slice_layer(const QNet& net, const QLayer& layer, const EngineLowering& lowering)
{
    const unsigned outs = net.tensors[layer.output].channels;
    const unsigned ins = net.tensors[layer.inputs[0]].channels;
    const unsigned granule = lowering.output_granule(layer, net);
    const unsigned whole = lowering.arrays_needed(layer, net, {0, outs}, {0, ins});
    const unsigned first =
        std::max(1u, (whole + lowering.arrays_per_tile() - 1) / lowering.arrays_per_tile());
    const unsigned most = (outs + granule - 1) / granule;
    const std::vector<ChannelRange> all_inputs{{0, ins}};
    for (unsigned parts = std::min(first, most); parts <= most; ++parts) {
        auto sliced = with_cuts(net, layer, lowering, cut(outs, parts, granule), all_inputs);
        if (fits(sliced, lowering)) return sliced;
        if (parts < most && parts * 2 <= first)
            parts = parts * 2 - 1;  // far from fitting: walk faster
    }
    const unsigned input_granule = lowering.input_granule(layer);
    for (unsigned parts = 2;
         input_granule != 0 && parts <= (ins + input_granule - 1) / input_granule; ++parts) {
        auto sliced = with_cuts(net, layer, lowering, cut(outs, most, granule),
                                cut(ins, parts, input_granule));
        if (fits(sliced, lowering)) return sliced;
    }
    throw InputError(fmt::format(
        "layer '{}': one slice needs {} arrays, a tile has {}; give the platform more arrays a "
        "tile",
        layer.name, lowering.arrays_needed(layer, net, {0, std::min(granule, outs)}, {0, ins}),
        lowering.arrays_per_tile()));
}

}  // namespace imc::compiler
