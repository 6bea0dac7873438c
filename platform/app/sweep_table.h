// SPDX-License-Identifier: Apache-2.0
/// What a sweep found: a table and a page with plots.
#pragma once

#include "report/run_result.h"
#include "sweep_points.h"

#include <optional>
#include <string>
#include <vector>

namespace imc::app {

struct SweptPoint {
    SweepPoint point;
    std::optional<report::RunResult> result;  ///< absent: the run failed
};

/// A row a point: the swept keys, then accuracy, latency, energy, area ...
std::string sweep_csv(const std::vector<SweptPoint>& swept);

/// Accuracy, energy and latency over the last key, a line for each combination of the others.
std::string sweep_html(const std::string& title, const std::vector<SweptPoint>& swept);

}  // namespace imc::app
