// SPDX-License-Identifier: Apache-2.0
#include "run/function_track.h"

namespace imc::run {

FunctionTrack::FunctionTrack(Ledger& ledger) : m_ledger(ledger), m_track(ledger.track("host CPU"))
{
}

void FunctionTrack::enter(const std::string& function, std::uint64_t time_ps)
{
    Activity activity;
    activity.track = m_track;
    // Found at the first call, not made before all others: a trace must not move rows of reports.
    if (!m_component) m_component = m_ledger.component("external.host", "cpu");
    activity.component = *m_component;
    activity.operation = m_names.insert(function).first->c_str();
    activity.start_ps = time_ps;
    m_ledger.begin(activity);
}

void FunctionTrack::leave(std::uint64_t time_ps)
{
    m_ledger.end(m_track, time_ps);
}

}  // namespace imc::run
