// SPDX-License-Identifier: Apache-2.0
/// timeline.csv: when each layer was at work, from which `vp report` draws the timeline again.
#pragma once

#include "trace/timeline.h"

#include <string>
#include <vector>

namespace imc::report {

struct TimelineSpan {
    std::string layer;
    std::uint32_t image = 0;
    std::uint64_t begin_ps = 0, end_ps = 0;
};

/// Spans of the images that the timeline kept, by layer, image and time; "(shared)" first.
std::vector<TimelineSpan> timeline_spans(const trace::Timeline& timeline,
                                         const std::vector<std::string>& layer_names);

/// Writes `folder`/timeline.csv, each line with `weights` ("trained" or "synthetic"). Throws
/// InputError if it cannot be written.
void write_timeline(const std::vector<TimelineSpan>& spans, const std::string& weights,
                    const std::string& folder);

/// Reads `folder`/timeline.csv; no spans if there is none. Throws InputError with the line number
/// if it is malformed, and with `written_by`, the version of vp in the folder's summary, if it has
/// other columns.
std::vector<TimelineSpan> read_timeline(const std::string& folder,
                                        const std::string& written_by = "unknown");

}  // namespace imc::report
