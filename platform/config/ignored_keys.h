// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/scenario.h"

namespace imc::config {

/// Adds an error for every key that is set to something and then read by nothing, with the remedy.
void check_ignored_keys(const RunConfig& config, Reader& reader);

}  // namespace imc::config
