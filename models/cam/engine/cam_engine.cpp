// SPDX-License-Identifier: Apache-2.0
#include "cam/engine/cam_engine.h"

#include "common/error.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace imc::cam {

std::unique_ptr<StageEngine> make_cam_engine(const imc_stage& stage,
                                             std::shared_ptr<const CamContext> context)
{
    const std::string name = "stage " + std::to_string(stage.id);
    if (stage.role != IMC_ROLE_WHOLE)
        throw InputError(name +
                         ": an RNA block needs all inputs of its neuron; partial sums are "
                         "not for CAM tiles");
    switch (stage.op) {
        case IMC_STAGE_CONV:
            return make_rna_stage(stage, std::move(context));
        case IMC_STAGE_ADD:
        case IMC_STAGE_MAXPOOL:
        case IMC_STAGE_AVGPOOL:
        case IMC_STAGE_LUT:
            return make_code_stage(stage, std::move(context));
        default:
            throw InputError(name +
                             ": CAM tiles do conv, add, pooling and look-up, not operation " +
                             std::to_string(stage.op));
    }
}

std::uint64_t written_cycles(std::uint64_t blocks, std::uint64_t ps, const Config& config)
{
    return blocks * static_cast<std::uint64_t>(
                        std::llround(static_cast<double>(ps) / (config.cycle_ns * 1000.0)));
}

void PhaseCycles::schedule(const CamBooks& books, const Config& config, std::uint64_t offset_ps,
                           Work& work) const
{
    const auto ps = [&](std::uint64_t cycles) {
        return static_cast<std::uint64_t>(
            std::llround(static_cast<double>(cycles) * config.cycle_ns * 1000.0));
    };
    std::uint64_t done = 0;
    const auto phase = [&](ComponentId component, const char* operation, std::uint64_t cycles) {
        if (cycles != 0)
            work.segments.push_back(
                {component, operation, offset_ps + ps(done), ps(done + cycles) - ps(done)});
    };
    phase(books.broadcast, "broadcast", broadcast);  // while counting
    phase(books.counter, "count", count);
    done += std::max(broadcast, count);
    phase(books.crossbar, "add", add);
    done += add;
    phase(books.activation, "activate", activate);
    done += activate;
    phase(books.encoding, "encode", encode);
    done += encode;
    work.duration_ps = offset_ps + ps(done);
}

}  // namespace imc::cam
