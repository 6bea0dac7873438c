// SPDX-License-Identifier: Apache-2.0
/// Supply voltage, time and lifetime (fact sheet, sections 6 and 10).
#pragma once

#include <cstdint>

#include "associative/config.h"
#include "associative/cost/layer_cost.h"

namespace imc::associative {

/// Energy relative to 1 V.
double energy_scale(double vdd);
/// Delay relative to 1 V by the alpha-power law t ~ V / (V - 0.35)^1.3. Throws InputError for vdd
/// outside 0.4 .. 1.2 V.
double delay_scale(double vdd);

/// Time of cycles of each kind, in ps: reads and compares last compare_ns, writes write_ns.
std::uint64_t duration_ps(const Config& config, std::uint64_t compare_or_read_cycles,
                          std::uint64_t write_cycles);
/// Time of a matrix product.
std::uint64_t duration_ps(const Config& config, const GemmCost& cost);

/// Seconds until a cell written `writes` times in `seconds` of work has used up `endurance` writes.
double lifetime_s(double endurance, double writes, double seconds);

}  // namespace imc::associative
