// SPDX-License-Identifier: Apache-2.0
#include "associative/cost/chip.h"
#include "common/error.h"
#include "compiler/map/associative_lowering.h"
#include "compiler/map/cam_lowering.h"
#include "compiler/map/crossbar_lowering.h"

namespace imc::compiler {

std::unique_ptr<EngineLowering> make_lowering(imc_engine engine, const AcceleratorConfig& config)
{
    switch (engine) {
        case IMC_ENGINE_CROSSBAR:
            return std::make_unique<CrossbarLowering>(config.crossbar);
        case IMC_ENGINE_CAM:
            return std::make_unique<CamLowering>(config);
        case IMC_ENGINE_ASSOCIATIVE:
            return std::make_unique<AssociativeLowering>(associative::on_chip(config));
        default:
            throw InputError("platform: the compiler has no lowering for this engine");
    }
}

}  // namespace imc::compiler
