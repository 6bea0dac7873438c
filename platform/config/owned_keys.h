// SPDX-License-Identifier: Apache-2.0
/// Keys that one mode of the platform or of the quantisation alone reads (`read_ns`: arrays that
/// are read whole). Where another mode is chosen they are refused; where a platform file below the
/// one that chose it set them, they mean nothing and go back to their defaults.
#pragma once

#include "config/scenario.h"

#include <string>
#include <vector>

namespace imc::config {

/// Keys set in a file below the one that chose a mode which does not read them.
std::vector<std::string> inherited_unread(const RunConfig& config, const Reader& reader);

/// Adds an error for every key that was set on purpose and is not read.
void check_owned_keys(const RunConfig& config, Reader& reader);

/// The same for numbers of the technology, as far as the scenario or the command line put them over
/// a technology file: the file itself may serve several platforms.
void check_owned_technology(const RunConfig& config, Reader& reader);

}  // namespace imc::config
