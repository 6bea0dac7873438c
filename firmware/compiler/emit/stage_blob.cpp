// SPDX-License-Identifier: Apache-2.0
#include "compiler/emit/stage_blob.h"

#include "common/error.h"
#include "compiler/map/slice_blocks.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

unsigned row_length(const QLayer& layer, const QNet& net)
{
    return static_cast<unsigned>(layer.weights.size() / net.tensors[layer.output].channels);
}

template <typename T>
void copy_weights(const QNet& net, const PlacedStage& placed, std::uint32_t kind, BlobBuilder& blob)
{
    const QLayer& layer = net.layers[placed.layer];
    const unsigned k = row_length(layer, net);
    const ChannelRange columns = weight_columns(layer, placed);
    T* out = blob.add<T>(kind, std::size_t{placed.outputs.size()} * columns.size());
    for (unsigned o = placed.outputs.begin; o < placed.outputs.end; ++o) {
        const std::int16_t* row = layer.weights.data() + std::size_t{o} * k;
        out = std::transform(row + columns.begin, row + columns.end, out,
                             [](std::int16_t w) { return static_cast<T>(w); });
    }
}

/// Weights that cross the memory channel with each image take no more bits than they have.
void pack_weights(const QNet& net, const PlacedStage& placed, BlobBuilder& blob)
{
    const QLayer& layer = net.layers[placed.layer];
    const unsigned k = row_length(layer, net);
    const ChannelRange columns = weight_columns(layer, placed);
    const std::size_t bits =
        std::size_t{placed.outputs.size()} * columns.size() * layer.weight_bits;
    std::uint8_t* out = blob.add<std::uint8_t>(IMC_SECTION_WEIGHTS_PACKED, (bits + 7) / 8);
    std::fill(out, out + (bits + 7) / 8, std::uint8_t{0});
    std::size_t at = 0;
    for (unsigned o = placed.outputs.begin; o < placed.outputs.end; ++o)
        for (unsigned c = columns.begin; c < columns.end; ++c)
            for (unsigned bit = 0; bit < layer.weight_bits; ++bit, ++at)
                out[at / 8] |= static_cast<std::uint8_t>(
                    ((layer.weights[std::size_t{o} * k + c] >> bit) & 1) << (at % 8));
}

std::int64_t weight_sum(const QLayer& layer, unsigned k, unsigned channel)
{
    const auto* row = layer.weights.data() + std::size_t{channel} * k;
    return std::accumulate(row, row + k, std::int64_t{0});
}

/// The entry as the stage wants it: what the zero point of its input contributes goes into the bias
/// (docs/numbers.md).
imc_requant corrected(const QNet& net, const QLayer& layer, unsigned index)
{
    imc_requant entry = layer.scale[index];
    const bool is_sum = layer.op == IMC_STAGE_ADD;
    if (is_sum && index >= layer.inputs.size()) return entry;
    const std::int64_t zero = net.tensors[layer.inputs[is_sum ? index : 0]].zero_point;
    if (zero == 0) return entry;
    const bool multiplies =
        layer.requant == IMC_REQUANT_DYADIC || layer.requant == IMC_REQUANT_ONNX;
    switch (layer.op) {
        case IMC_STAGE_CONV:
            entry.bias -= zero * weight_sum(layer, row_length(layer, net), index);
            break;
        case IMC_STAGE_ADD:
        case IMC_STAGE_AVGPOOL:
            entry.bias -= zero;
            break;
        default:
            entry.bias -= multiplies ? zero * entry.multiplier : zero;
    }
    return entry;
}

void copy_requant(const QNet& net, const PlacedStage& placed, BlobBuilder& blob)
{
    const QLayer& layer = net.layers[placed.layer];
    const bool per_channel = layer.op == IMC_STAGE_CONV || layer.op == IMC_STAGE_AFFINE;
    const ChannelRange range =
        per_channel ? placed.outputs : ChannelRange{0, static_cast<unsigned>(layer.scale.size())};
    auto* out = blob.add<imc_requant>(IMC_SECTION_REQUANT, range.size());
    for (unsigned c = range.begin; c < range.end; ++c)
        *out++ = corrected(net, layer, c);
}

bool fits_int8(const std::vector<std::int16_t>& weights)
{
    return std::all_of(weights.begin(), weights.end(),
                       [](std::int16_t w) { return w >= -128 && w <= 127; });
}

}  // namespace

ChannelRange weight_columns(const QLayer& layer, const PlacedStage& placed)
{
    const unsigned per_channel = layer.geometry.kernel_h * layer.geometry.kernel_w;
    if (layer.geometry.groups != 1)
        return {0, (placed.inputs.size() / layer.geometry.groups) * per_channel};
    return {placed.inputs.begin * per_channel, placed.inputs.end * per_channel};
}

BlobBuilder stage_blob(const QNet& net, const PlacedStage& placed, const EngineLowering& lowering)
{
    const QLayer& layer = net.layers[placed.layer];
    BlobBuilder blob;
    if (placed.stage.op == IMC_STAGE_SPILL || placed.owner >= 0) return blob;
    if (layer.op == IMC_STAGE_CONV && lowering.wants_weights(layer)) {
        if (lowering.reload_period() != 0)
            pack_weights(net, placed, blob);
        else if (fits_int8(layer.weights))
            copy_weights<std::int8_t>(net, placed, IMC_SECTION_WEIGHTS_I8, blob);
        else
            copy_weights<std::int16_t>(net, placed, IMC_SECTION_WEIGHTS_I16, blob);
        if (layer.blocks) {
            const auto bits = slice_blocks(layer, net, placed.outputs, placed.inputs);
            std::copy(bits.begin(), bits.end(),
                      blob.add<std::uint8_t>(IMC_SECTION_BLOCK_BITS, bits.size()));
        }
    }
    if (!layer.scale.empty() && placed.stage.role != IMC_ROLE_PSUM_WORKER)
        copy_requant(net, placed, blob);
    if (!layer.lut.empty())
        std::copy(layer.lut.begin(), layer.lut.end(),
                  blob.add<std::int32_t>(IMC_SECTION_LUT_I32, layer.lut.size()));
    lowering.sections(layer, net, placed, blob);
    return blob;
}

}  // namespace imc::compiler
