// SPDX-License-Identifier: Apache-2.0
/// A requantisation entry from its numbers (docs/numbers.md).
#pragma once

#include "imcvp/program.h"

#include <cstdint>

namespace imc::test {

inline imc_requant requant_entry(std::int64_t bias, std::int64_t multiplier, int shift,
                                 std::int64_t divisor = 1)
{
    imc_requant r{};
    r.bias = bias;
    r.multiplier = multiplier;
    r.shift = static_cast<decltype(r.shift)>(shift);
    r.divisor = divisor;
    return r;
}

}  // namespace imc::test
