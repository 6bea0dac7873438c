// SPDX-License-Identifier: Apache-2.0
/// The tables of a run's report, as HTML.
#pragma once

#include "report/run_result.h"
#include "report/timeline_file.h"

#include <string>
#include <vector>

namespace imc::report {

std::string run_facts(const RunResult& result);
std::string components_table(const RunResult& result);
std::string layers_table(const RunResult& result);
std::string stalls_table(const RunResult& result);
std::string events_table(const RunResult& result);

/// Section with what engines counted beside events (clipped conversions); "" if there is nothing.
std::string observations_section(const RunResult& result);

/// Section with the workload of ColumnQuant's layers; "" without them.
std::string column_section(const RunResult& result);

/// What the timeline shows, in a sentence.
std::string timeline_explanation(const std::vector<TimelineSpan>& timeline);

}  // namespace imc::report
