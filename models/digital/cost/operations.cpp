// SPDX-License-Identifier: Apache-2.0
#include "digital/cost/operations.h"

#include <cmath>

namespace imc::digital {

Operations operations(const imc_stage& stage, std::uint64_t elements)
{
    const std::uint64_t window = std::uint64_t{stage.kernel_h} * stage.kernel_w;
    Operations o;
    o.serial = elements;
    switch (stage.op) {
        case IMC_STAGE_ADD:
            o.multiply = o.serial = elements * stage.streams;
            o.add = elements * (stage.streams - 1u);
            o.requantize = elements;
            break;
        case IMC_STAGE_MAXPOOL:
            o.compare = o.serial = elements * window;
            break;
        case IMC_STAGE_AVGPOOL:
            o.add = o.serial = elements * window;
            o.requantize = elements;
            break;
        case IMC_STAGE_LUT:
            o.look_up = elements;
            break;
        case IMC_STAGE_AFFINE:
            o.multiply = elements;
            [[fallthrough]];
        default:
            o.requantize = elements;
    }
    o.read = o.serial;
    return o;
}

std::uint64_t duration_ps(std::uint64_t slots, unsigned lanes, double clock_ghz)
{
    const std::uint64_t cycles = (slots + lanes - 1) / lanes;
    return static_cast<std::uint64_t>(
        std::llround(static_cast<double>(cycles) * 1000.0 / clock_ghz));
}

}  // namespace imc::digital
