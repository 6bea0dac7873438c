// SPDX-License-Identifier: Apache-2.0
/// The folder of a run that ends before it has anything to simulate.
#pragma once

#include "config/scenario.h"

#include <string>

namespace imc::run {

/// Writes into `folder` all files of a run but its traces: the status is interrupted, the phase
/// compiling, `step` what it was at ("quantising"); tables and outputs are empty. A run that goes
/// on writes all of them again. Throws InputError if they cannot be written.
void write_unfinished(const config::Scenario& scenario, const std::string& folder,
                      const std::string& version, const std::string& step);

}  // namespace imc::run
