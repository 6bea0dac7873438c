// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "associative/config.h"
#include "imcvp/program.h"

namespace imc::associative {

/// Throws InputError, with the least number of columns that does, if products or registers of a
/// stage do not fit the columns of an array: what the engine would refuse when it runs. `entries`
/// and `table` are the layer's constants and look-up table.
void check_stage_columns(const Config& config, const imc_stage& stage,
                         const std::vector<imc_requant>& entries,
                         const std::vector<std::int32_t>& table);

}  // namespace imc::associative
