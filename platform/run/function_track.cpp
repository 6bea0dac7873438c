// SPDX-License-Identifier: Apache-2.0
#include "run/function_track.h"

namespace imc::run {

FunctionTrack::FunctionTrack(Ledger& ledger, trace::PerfettoSink* perfetto, trace::CsvSink* csv)
    : m_perfetto(perfetto),
      m_csv(csv),
      m_track(ledger.track("host CPU")),
      m_component(ledger.component("external.host", "cpu"))
{
}

Activity FunctionTrack::activity_of(const Open& call) const
{
    Activity activity;
    activity.track = m_track;
    activity.component = m_component;
    activity.operation = call.name;
    activity.start_ps = call.start_ps;
    return activity;
}

void FunctionTrack::enter(const std::string& function, std::uint64_t time_ps)
{
    m_open.push_back({m_names.insert(function).first->c_str(), time_ps});
    if (m_perfetto != nullptr) m_perfetto->begin(activity_of(m_open.back()));
}

void FunctionTrack::leave(std::uint64_t time_ps)
{
    if (m_open.empty()) return;
    Activity activity = activity_of(m_open.back());
    activity.duration_ps = time_ps - activity.start_ps;
    m_open.pop_back();
    if (m_perfetto != nullptr) m_perfetto->end(m_track, time_ps);
    if (m_csv != nullptr) m_csv->on_activity(activity);
}

}  // namespace imc::run
