// SPDX-License-Identifier: Apache-2.0
/// report.html: one page with all plots and tables of a run; opens offline, has no script, prints
/// well.
#pragma once

#include "report/run_result.h"
#include "report/timeline_file.h"

#include <string>
#include <vector>

namespace imc::report {

/// The page. Holds nothing of RunResult::simulation, so that equal runs give equal bytes.
std::string html_report(const RunResult& result, const std::vector<TimelineSpan>& timeline);

/// Builds `folder`/report.html anew from its summary.json and timeline.csv. Throws InputError as
/// their readers do.
void rebuild_report(const std::string& folder);

}  // namespace imc::report
