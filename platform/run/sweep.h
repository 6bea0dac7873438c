// SPDX-License-Identifier: Apache-2.0
/// Many runs of one scenario with some keys varied: the grid, and what comes out of it as a table
/// and charts.
#pragma once

#include "report/run_result.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imc::run {

/// A key and the values it takes.
struct Axis {
    std::string key;
    std::vector<std::string> values;
};

/// Reads `key=v1,v2,...`. Throws InputError for a missing `=`, an empty key or an empty value.
Axis parse_axis(const std::string& text);

/// One run: an override `key=value` for each axis, in the order of the axes.
struct Point {
    std::vector<std::string> overrides;
    /// Name of its folder: the values, made safe for a file name.
    std::string folder;
};

/// All combinations, the last axis fastest.
std::vector<Point> grid(const std::vector<Axis>& axes);

/// A point's outcome; no result if it did not run.
struct Outcome {
    Point point;
    std::optional<report::RunResult> result;
};

/// sweep.csv: a column for each axis, then status, accuracy with its 95 % interval, latency,
/// throughput, energy, area, mismatches.
std::string sweep_csv(const std::vector<Axis>& axes, const std::vector<Outcome>& outcomes);

/// One page with a chart each of accuracy (if known), energy and latency over the first axis with
/// numbers; a line for every combination of the others. Offline, no script.
std::string sweep_html(const std::string& title, const std::vector<Axis>& axes,
                       const std::vector<Outcome>& outcomes);

}  // namespace imc::run
