// SPDX-License-Identifier: Apache-2.0
/// The codes of an ADC with a step of one: exact inside its range, clipped outside.
#pragma once

#include <cstdint>

namespace imc::adc {

struct ClipRange {
    std::int32_t low = 0;
    std::int32_t high = 0;

    bool holds(std::int64_t lowest_sum, std::int64_t highest_sum) const
    {
        return lowest_sum >= low && highest_sum <= high;
    }
};

/// Range of a `bits` converter (1, 1.5 = ternary, 2 to 16). A differential one (polarity comparator
/// plus magnitude, bwq.md 2.15) gives -(2^b - 1) ... 2^b - 1, ternary -1 ... 1; a single-ended one
/// 0 ... 2^b - 1, ternary 0 ... 2. `lossless` stands for a converter as wide as any sum. Throws
/// InputError for other bits.
ClipRange clip_range(double bits, bool differential, bool lossless);

}  // namespace imc::adc
