// SPDX-License-Identifier: Apache-2.0
/// Settings of real devices that change nothing under the others of a scenario.
#pragma once

#include "config/run_config.h"

#include <string>
#include <vector>

namespace imc::run {

/// A line for each, in the order of the keys (docs/models/devices.md).
std::vector<std::string> device_warnings(const config::RunConfig& config);

}  // namespace imc::run
