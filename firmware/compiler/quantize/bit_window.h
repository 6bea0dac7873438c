// SPDX-License-Identifier: Apache-2.0
/// SME's weights (bwq.md 3.11, 5.6): the set bits of a magnitude lie within a few neighbouring
/// places.
#pragma once

#include "compiler/quantize/weights.h"

#include <cstdint>
#include <vector>

namespace imc::compiler {

/// Symmetric codes as quantize_uniform gives them, but each magnitude is m 2^e with m < 2^window:
/// at most `window` consecutive bits hold its ones. The scale puts a channel's (or the layer's)
/// largest magnitude on the largest such code within bits - 1 planes; every weight then goes to the
/// nearest code, of two equally near ones to that with even m. `window` >= 1; from bits - 1 on
/// nothing is limited.
WeightCodes quantize_bit_window(const std::vector<float>& weights, unsigned out, unsigned bits,
                                unsigned window, bool per_channel);

/// The code nearest to `magnitude` (>= 0, in units of the scale), at most `top`.
std::int16_t nearest_in_window(double magnitude, unsigned window, std::int16_t top);

}  // namespace imc::compiler
