// SPDX-License-Identifier: Apache-2.0
#include "run/function_track.h"

namespace imc::run {

FunctionTrack::FunctionTrack(Ledger& ledger)
    : m_ledger(ledger), m_component(ledger.component("external.host", "cpu"))
{
    m_tracks.push_back(ledger.track("host CPU"));
}

void FunctionTrack::enter(const std::string& function, std::uint64_t time_ps)
{
    m_open.push_back({m_names.insert(function).first->c_str(), time_ps});
    if (m_open.size() > m_tracks.size() && m_tracks.size() < max_depth)
        m_tracks.push_back(m_ledger.track("calls", static_cast<std::int32_t>(m_tracks.back())));
}

void FunctionTrack::leave(std::uint64_t time_ps)
{
    if (m_open.empty()) return;
    const Open call = m_open.back();
    m_open.pop_back();
    if (m_open.size() >= m_tracks.size()) return;
    Activity activity;
    activity.track = m_tracks[m_open.size()];
    activity.component = m_component;
    activity.operation = call.name;
    activity.start_ps = call.start_ps;
    activity.duration_ps = time_ps - call.start_ps;
    m_ledger.activity(activity);
}

}  // namespace imc::run
