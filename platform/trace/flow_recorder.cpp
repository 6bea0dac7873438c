// SPDX-License-Identifier: Apache-2.0
#include "trace/flow_recorder.h"

namespace imc::trace {

namespace {

/// Appends the changes of one series. What its last bins hold beyond `until_ps` is put into what is
/// left of the bin before.
void append(const TimeBins& bins, std::uint32_t track, std::uint64_t until_ps,
            std::vector<FlowRecorder::Point>& points)
{
    for (std::size_t bin = 0; bin <= bins.size(); ++bin) {  // one more: back to nothing
        const std::uint64_t time_ps = bins.begin_ps() + bin * bins.width_ps();
        if (time_ps >= until_ps) return;
        double per_ps = bins.per_ps(track, bin);
        if (bins.width_ps() > until_ps - time_ps) {
            for (std::size_t beyond = bin + 1; beyond < bins.size(); ++beyond)
                per_ps += bins.per_ps(track, beyond);
            per_ps *=
                static_cast<double>(bins.width_ps()) / static_cast<double>(until_ps - time_ps);
        }
        const double per_s = per_ps * 1e12;
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
