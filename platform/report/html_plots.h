// SPDX-License-Identifier: Apache-2.0
/// The plots of a run's report, as SVG.
#pragma once

#include "report/run_result.h"
#include "report/timeline_file.h"

#include <string>
#include <vector>

namespace imc::report {

/// Components in the order of their energy with the colour they have in every plot; what is small
/// is one "other".
struct ComponentColors {
    explicit ComponentColors(const RunResult& result);
    struct Entry {
        std::string name, color;
        double energy_j;
    };
    std::vector<Entry> entries;  ///< "other" last, if there is one

    /// Entry of component `name`.
    std::size_t index_of(const std::string& name) const;
};

/// Latency, energy by component and utilisation of every layer.
std::string layers_plot(const RunResult& result, const ComponentColors& colors);
/// Work and stalls of every layer's mean stage, and what it sent.
std::string stalls_plot(const RunResult& result);
std::string energy_plot(const ComponentColors& colors);
std::string area_plot(const RunResult& result);
std::string timeline_plot(const RunResult& result, const std::vector<TimelineSpan>& timeline);

}  // namespace imc::report
