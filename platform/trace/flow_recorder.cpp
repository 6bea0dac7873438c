// SPDX-License-Identifier: Apache-2.0
#include "trace/flow_recorder.h"

namespace imc::trace {

namespace {

/// Appends the changes of one series; what begins at `until_ps` or later is left out.
void append(const TimeBins& bins, std::uint32_t track, std::uint64_t until_ps,
            std::vector<FlowRecorder::Point>& points)
{
    for (std::size_t bin = 0; bin <= bins.size(); ++bin) {  // one more: back to nothing
        const std::uint64_t time_ps = bins.begin_ps() + bin * bins.width_ps();
        if (time_ps >= until_ps) return;
        const double per_s = bins.per_ps(track, bin) * 1e12;
        if (points.empty() || points.back().per_s != per_s) points.push_back({time_ps, per_s});
    }
}

}  // namespace

void FlowRecorder::add(std::uint32_t track, std::uint64_t start_ps, std::uint64_t duration_ps,
                       double amount)
{
    if (m_seen.size() <= track) m_seen.resize(track + 1u);
    m_seen[track] = true;
    (m_ledger.phase() == Phase::setup ? m_setup : m_inference)
        .add(track, start_ps, duration_ps, amount);
}

std::vector<std::uint32_t> FlowRecorder::tracks() const
{
    std::vector<std::uint32_t> tracks;
    for (std::size_t track = 0; track < m_seen.size(); ++track)
        if (m_seen[track]) tracks.push_back(static_cast<std::uint32_t>(track));
    return tracks;
}

std::vector<FlowRecorder::Point> FlowRecorder::points(std::uint32_t track) const
{
    std::vector<Point> points;
    if (!m_setup.empty())
        append(m_setup, track, m_inference.empty() ? ~std::uint64_t{0} : m_inference.begin_ps(),
               points);
    if (!m_inference.empty()) append(m_inference, track, ~std::uint64_t{0}, points);
    return points;
}

}  // namespace imc::trace
