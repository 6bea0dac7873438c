// SPDX-License-Identifier: Apache-2.0
#include "associative/engine/stage_tables.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "associative/cost/layer_cost.h"
#include "common/error.h"
#include "digital/engine/digital_unit.h"

namespace imc::associative {

namespace {

std::vector<std::int32_t> unpacked(const std::uint8_t* bytes, std::size_t count, unsigned bits)
{
    std::vector<std::int32_t> weights(count);
    std::size_t at = 0;
    for (std::int32_t& weight : weights) {
        std::uint32_t code = 0;
        for (unsigned bit = 0; bit < bits; ++bit, ++at)
            code |= static_cast<std::uint32_t>((bytes[at / 8] >> (at % 8)) & 1) << bit;
        const std::uint32_t sign = 1u << (bits - 1);
        weight = static_cast<std::int32_t>(code ^ sign) - static_cast<std::int32_t>(sign);
    }
    return weights;
}

std::vector<std::int32_t> read_weights(const Blob& blob, std::size_t wanted, unsigned bits)
{
    const auto* packed = blob.find(IMC_SECTION_WEIGHTS_PACKED);
    if (packed != nullptr && packed->entry_bytes == 1 && packed->count == (wanted * bits + 7) / 8)
        return unpacked(blob.data<std::uint8_t>(*packed), wanted, bits);
    const auto* narrow = blob.find(IMC_SECTION_WEIGHTS_I8);
    if (narrow != nullptr && narrow->entry_bytes == 1 && narrow->count == wanted) {
        const auto* codes = blob.data<std::int8_t>(*narrow);
        return {codes, codes + wanted};
    }
    const auto* wide = blob.find(IMC_SECTION_WEIGHTS_I16);
    if (wide != nullptr && wide->entry_bytes == 2 && wide->count == wanted) {
        const auto* codes = blob.data<std::int16_t>(*wide);
        return {codes, codes + wanted};
    }
    throw InputError("associative processor: the blob does not hold the " + std::to_string(wanted) +
                     " weights of its stage");
}

}  // namespace

std::shared_ptr<const StageTables> read_stage_tables(const imc_stage& stage, const Config& config,
                                                     std::uint64_t positions, const Blob& blob,
                                                     std::uint64_t& bits)
{
    auto tables = std::make_shared<StageTables>();
    auto read = digital::read_tables(stage, blob);
    tables->requant = std::move(read.requant);
    tables->lut = std::move(read.table);
    constexpr std::uint64_t constant_bits = 128;  // bias, multiplier and shift of a channel
    bits = tables->requant.size() * constant_bits + tables->lut.size() * stage.out_bits;
    if (stage.op != IMC_STAGE_CONV) return tables;

    const std::size_t channels = stage.channel_end - stage.channel_begin;
    const std::size_t length =
        std::size_t{stage.in[0].channels} / stage.groups * stage.kernel_h * stage.kernel_w;
    const auto weights = read_weights(blob, channels * length, stage.weight_bits);
    bits += weights.size() * stage.weight_bits;
    const GemmShape shape{channels, length, positions, stage.weight_bits,
                          static_cast<int>(stage.in[0].bits)};
    check_product_columns(config, shape);
    GemmConfig gemm;
    gemm.weight_bits = stage.weight_bits;
    gemm.activation_bits = stage.in[0].bits;
    gemm.array_rows = array_rows(config, shape);
    gemm.reduction = config.reduction;
    gemm.path = config.path;
    gemm.expected_positions = positions;
    const std::size_t group = channels / stage.groups;
    for (unsigned g = 0; g < stage.groups; ++g)
        tables->products.push_back(
            std::make_unique<const Gemm>(gemm, weights.data() + g * group * length, group, length));
    for (std::size_t k = 0; k < wear_samples; ++k) {
        const auto* row = weights.data() + k * group / wear_samples * length;
        tables->samples.insert(tables->samples.end(), row, row + length);
    }
    for (std::size_t c = 0; c < channels; ++c) {
        const auto* row = weights.data() + c * length;
        tables->weight_sums.push_back(std::accumulate(row, row + length, std::int64_t{0}));
    }
    return tables;
}

}  // namespace imc::associative
