// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "associative/config.h"
#include "associative/engine/weight_store.h"
#include "common/stage_engine.h"

namespace imc::associative {

/// Reads and prepares the sections of a stage's blob; `bits` takes their size in a memory AP.
/// `positions` the weights will meet on this stage, only for speed. Throws InputError for sections
/// of the wrong size and weights that do not fit their width.
std::shared_ptr<const StageTables> read_stage_tables(const imc_stage& stage, const Config& config,
                                                     std::uint64_t positions, const Blob& blob,
                                                     std::uint64_t& bits);

}  // namespace imc::associative
