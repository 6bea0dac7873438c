// SPDX-License-Identifier: Apache-2.0
/// The trace files of a run, as far as the scenario asks for them.
#pragma once

#include "config/run_config.h"
#include "run/function_track.h"
#include "trace/activity_csv.h"
#include "trace/perfetto.h"
#include "trace/timeline.h"
#include "trace/vcd.h"

#include <memory>
#include <string>
#include <vector>

namespace imc::run {

class Traces {
public:
    Traces(const config::RunConfig& config, const std::string& folder,
           const std::vector<std::string>& layer_names, const std::string& weights, Ledger& ledger);

    /// The timeline of the layers, on in every run.
    const trace::Timeline& timeline() const { return m_timeline.timeline; }
    /// Where the CPU reports its functions; nullptr without a trace.
    FunctionTrack* functions() { return m_functions.get(); }
    /// Writes what is left and closes all files. Throws InputError if one could not be written.
    void close();

private:
    /// Starts the timeline anew when the weights are up.
    struct InferenceTimeline : ActivitySink {
        explicit InferenceTimeline(const Ledger& books) : ledger(books) {}
        void on_activity(const Activity& activity) override;
        const Ledger& ledger;
        trace::Timeline timeline;
    };

    InferenceTimeline m_timeline;
    std::unique_ptr<trace::PerfettoSink> m_perfetto;
    std::unique_ptr<trace::VcdSink> m_vcd;
    std::unique_ptr<trace::CsvSink> m_csv;
    std::unique_ptr<FunctionTrack> m_functions;
};

}  // namespace imc::run
