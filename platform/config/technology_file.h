// SPDX-License-Identifier: Apache-2.0
/// Technology files: component: {event: {value, unit, source}}, every number with its unit and
/// source.
#pragma once

#include "common/technology.h"
#include "config/table.h"

namespace imc::config {

/// Reads the map of a technology file; `path` is its dotted place in the scenario.
void read_technology(Technology& to, const Value& map, const std::string& path, Reader& reader);

/// Its values as settings below `path`: `value` is the number; unit and source stand in `unit` and
/// `help`.
void list_technology(const Technology& from, const std::string& path, std::vector<Setting>& out);

}  // namespace imc::config
