// SPDX-License-Identifier: Apache-2.0
#include "run/cam_facts.h"

#include <algorithm>

namespace imc::run {

std::optional<report::CodebookInfo> codebook_info(const compiler::QNet& net, double quality_loss)
{
    std::optional<report::CodebookInfo> info;
    for (const auto& layer : net.layers) {
        if (layer.op != IMC_STAGE_CONV || !layer.codebook) continue;
        if (!info) info = report::CodebookInfo{0, 0, 0, quality_loss};
        info->weight_codes = std::max(info->weight_codes, layer.codebook->weight_codes);
        info->input_codes = std::max(info->input_codes, layer.codebook->input_codes);
        info->product_bits = std::max(info->product_bits, layer.codebook->product_bits);
    }
    return info;
}

std::string cam_energy_mode(const Compiled& compiled)
{
    const auto& stages = compiled.mapping.stages;
    if (std::none_of(stages.begin(), stages.end(),
                     [](const auto& placed) { return placed.stage.engine == IMC_ENGINE_CAM; }))
        return "";
    return compiled.platform.cam.energy == cam::EnergyMode::paper ? "paper" : "device";
}

std::uint64_t neurons_a_block(const compiler::Mapping& mapping)
{
    std::uint64_t most = 0;
    for (const auto& placed : mapping.stages) {
        const imc_stage& s = placed.stage;
        if (s.engine != IMC_ENGINE_CAM || s.op != IMC_STAGE_CONV) continue;
        const std::uint64_t neurons = std::uint64_t{s.channel_end} - s.channel_begin;
        most = std::max(most, (neurons * s.out_height * s.out_width + s.arrays - 1) / s.arrays);
    }
    return most;
}

}  // namespace imc::run
