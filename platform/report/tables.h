// SPDX-License-Identifier: Apache-2.0
/// layers.csv, components.csv and events.csv of a run's folder (docs/outputs.md).
#pragma once

#include "report/run_result.h"

#include <string>

namespace imc::report {

std::string layers_csv(const RunResult& result);
std::string components_csv(const RunResult& result);
std::string events_csv(const RunResult& result);

/// Writes the three files. Throws InputError if one cannot be written.
void write_tables(const RunResult& result, const std::string& folder);

}  // namespace imc::report
