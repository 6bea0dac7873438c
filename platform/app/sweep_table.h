// SPDX-License-Identifier: Apache-2.0
/// What a sweep found: a table, plots, and a page with both.
#pragma once

#include "report/run_result.h"
#include "sweep_points.h"

#include <map>
#include <string>
#include <vector>

namespace imc::app {

/// A point with the runs that stand for it: one, or one for each value of the averaged keys.
struct SweptPoint {
    SweepPoint point;
    std::vector<report::RunResult> runs;
    unsigned failed = 0;  ///< runs without a result

    bool ok() const;
};

/// `point` without the overrides of `keys`.
SweepPoint without(const SweepPoint& point, const std::vector<std::string>& keys);

/// A row a point: the swept keys, then accuracy, the first image's latency, the interval between
/// images, energy, area ...; means where several runs stand for a point. top1_low and top1_high:
/// the 95 % interval of one run, else the lowest and highest run.
std::string sweep_csv(const std::vector<SweptPoint>& swept);

/// Failed points have no figures, here and in the table: their row says `failed`.
/// Accuracy, energy, latency ... over the last key as SVG by figure name, a line for each
/// combination of the others. Figures that no point has are left out.
std::map<std::string, std::string> sweep_plots(const std::vector<SweptPoint>& swept);

/// Plots and table.
std::string sweep_html(const std::string& title, const std::vector<SweptPoint>& swept);

}  // namespace imc::app
