// SPDX-License-Identifier: Apache-2.0
/// How a run's codebooks and CAM blocks came out, for summary.json and reports.
#pragma once

#include "report/run_result.h"
#include "run/compile.h"

#include <optional>
#include <string>

namespace imc::run {

/// Largest codebooks of the network's convolutions and fully connected layers; none without any.
std::optional<report::CodebookInfo> codebook_info(const compiler::QNet& net, double quality_loss);

/// Which energies CAM tiles charge ("device" or "paper"); "" where no stage lies on one.
std::string cam_energy_mode(const Compiled& compiled);

/// Most neurons that a block computes one after the other; 0 without neurons on CAM tiles.
std::uint64_t neurons_a_block(const compiler::Mapping& mapping);

}  // namespace imc::run
