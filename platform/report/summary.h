// SPDX-License-Identifier: Apache-2.0
/// summary.json, the machine-readable result of a run (docs/outputs.md): written with stable bytes,
/// read back for `vp report` and `vp compare`.
#pragma once

#include "report/run_result.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace imc::report {

constexpr int summary_schema = 1;

/// The document, keys in the order of docs/outputs.md.
nlohmann::ordered_json summary_json(const RunResult& result);

/// Writes `folder`/summary.json. Throws InputError if the file cannot be written.
void write_summary(const RunResult& result, const std::string& folder);

/// Reads `path`, a run's folder or a summary.json. Throws InputError if it is missing, no JSON, of
/// another schema, or lacks a field that every summary has.
RunResult read_summary(const std::string& path);

}  // namespace imc::report
