// SPDX-License-Identifier: Apache-2.0
#include "adc/kernel/clip_range.h"

#include <cmath>
#include <string>

#include "common/error.h"

namespace imc::adc {

ClipRange clip_range(double bits, bool differential, bool lossless)
{
    constexpr std::int32_t unbounded = 1 << 30;
    if (lossless) return {differential ? -unbounded : 0, unbounded};
    if (bits == 1.5) return differential ? ClipRange{-1, 1} : ClipRange{0, 2};
    if (bits < 1 || bits > 16 || bits != std::floor(bits))
        throw InputError("ADC: resolution of " + std::to_string(bits) +
                         " bits; must be 1, 1.5 (ternary) or a whole number from 2 to 16");
    const std::int32_t high = (1 << static_cast<int>(bits)) - 1;
    return {differential ? -high : 0, high};
}

}  // namespace imc::adc
