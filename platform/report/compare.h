// SPDX-License-Identifier: Apache-2.0
/// `vp compare`: runs side by side, with ratios to the first.
#pragma once

#include "report/run_result.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace imc::report {

/// A run and the name it goes by: its scenario, made unique by its folder where two are equal.
struct NamedRun {
    std::string name;
    RunResult result;
};

/// Reads the runs (folders or summary.json files). Throws InputError if there are fewer than two or
/// one is unusable.
std::vector<NamedRun> read_runs(const std::vector<std::string>& paths);

/// A figure of every run. Absent where a run does not have it (accuracy, reference).
struct ComparedFigure {
    std::string name, key, unit;
    std::vector<std::optional<double>> values;
    /// Value of run `i` over that of the first; absent if either is absent or the first is 0.
    std::optional<double> ratio(std::size_t i) const;
};

std::vector<ComparedFigure> compared_figures(const std::vector<NamedRun>& runs);
/// Energy per component of the accelerator, or of what is `external` to it, in order of first
/// appearance.
std::vector<ComparedFigure> compared_components(const std::vector<NamedRun>& runs,
                                                bool external = false);
/// What the runs did not have in common although figures depend on it, a line each: the number of
/// images, the schedule, the energies of CAM tiles.
std::vector<std::string> unlike_conditions(const std::vector<NamedRun>& runs);

std::string compare_text(const std::vector<NamedRun>& runs);
nlohmann::ordered_json compare_json(const std::vector<NamedRun>& runs);
std::string compare_html(const std::vector<NamedRun>& runs);

}  // namespace imc::report
