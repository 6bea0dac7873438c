// SPDX-License-Identifier: Apache-2.0
#include "run/traces.h"

namespace imc::run {

void Traces::InferenceTimeline::on_activity(const Activity& activity)
{
    if (ledger.phase() == Phase::inference) timeline.on_activity(activity);
}

Traces::Traces(const config::RunConfig& config, const std::string& folder,
               const std::vector<std::string>& layer_names, const std::string& weights,
               Ledger& ledger)
    : m_timeline(ledger)
{
    ledger.add_sink(&m_timeline);
    const auto& wanted = config.trace;
    if (wanted.perfetto) {
        m_perfetto = std::make_unique<trace::PerfettoSink>(folder + "/trace.pftrace", ledger,
                                                           config.name, layer_names, weights);
        ledger.add_sink(m_perfetto.get());
        ledger.add_counter_sink(m_perfetto.get());
    }
    if (wanted.vcd) {
        m_vcd = std::make_unique<trace::VcdSink>(folder + "/power.vcd", ledger, weights);
        ledger.add_sink(m_vcd.get());
    }
    if (wanted.csv) {
        m_csv = std::make_unique<trace::CsvSink>(folder + "/activities.csv", ledger, layer_names,
                                                 weights);
        ledger.add_sink(m_csv.get());
    }
    if (m_perfetto || m_csv) m_functions = std::make_unique<FunctionTrack>(ledger);
}

void Traces::close()
{
    if (m_perfetto) m_perfetto->close();
    if (m_vcd) m_vcd->close();
    if (m_csv) m_csv->close();
}

}  // namespace imc::run
