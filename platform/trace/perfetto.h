// SPDX-License-Identifier: Apache-2.0
/// trace.pftrace: Perfetto's native protobuf, written while the run goes. Open it at
/// https://ui.perfetto.dev (the page works on the local file) or with any program that reads that
/// format.
#pragma once

#include "trace/flow_recorder.h"
#include "trace/output_file.h"
#include "trace/power_recorder.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace imc::trace {

/// Slices for activities, nested tracks as in Ledger::tracks(), counters, and the rates of flows
/// and the power of components added at close(). Times are ns, the format's unit, rounded down;
/// energy, layer and image are arguments of each slice.
class PerfettoSink : public ActivitySink, public CounterSink {
public:
    /// `process_name` heads the tracks, with a word on `weights` that are synthetic; `layer_names`
    /// in the order of layer ids. `ledger` must outlive the sink. Throws InputError if `path`
    /// cannot be written.
    PerfettoSink(const std::string& path, const Ledger& ledger, const std::string& process_name,
                 const std::vector<std::string>& layer_names, const std::string& weights);

    void on_activity(const Activity& activity) override;
    void on_counter(std::uint32_t track, std::uint64_t time_ps, double value) override;
    void on_flow(std::uint32_t track, std::uint64_t start_ps, std::uint64_t duration_ps,
                 double amount) override;
    void on_begin(const Activity& activity) override;
    void on_end(std::uint32_t track, std::uint64_t time_ps) override;
    /// Ends what has begun and not ended (a run that was stopped), adds the rates and the power
    /// counters and closes the file. Throws InputError if it could not
    /// be written.
    void close();

private:
    /// Slices of one row must nest by time; what overlaps goes to a further row of the same name.
    struct Row {
        struct Open {
            std::uint64_t begin_ns, end_ns;
        };
        std::uint64_t uuid = 0;
        std::vector<Open> open;  ///< slices that enclose the latest one, outermost first
        bool accepts(std::uint64_t begin_ns, std::uint64_t end_ns);
    };
    struct TrackState {
        std::vector<Row> rows;
        bool described = false;
        double last_value = 0.0;  ///< of a counter
        bool has_value = false;
        unsigned begun = 0;  ///< slices of on_begin() that have not ended
    };
    /// New names of the packet under construction, one list for each field of InternedData.
    struct Pending {
        std::uint32_t field;
        std::uint64_t iid;
        std::string text;
    };

    TrackState& described(std::uint32_t track);
    Row& row_for(std::uint32_t track, std::uint64_t begin_ns, std::uint64_t end_ns);
    void describe(std::uint64_t uuid, std::uint64_t parent, const std::string& name, bool counter,
                  const std::string& unit);
    std::uint64_t parent_uuid(std::int32_t parent);
    std::uint64_t operation_iid(const char* operation);
    void begin_slice(const Activity& activity, std::uint64_t uuid, std::uint64_t time_ns);
    void end_slice(std::uint64_t uuid, std::uint64_t time_ns);
    void counter_value(std::uint64_t uuid, std::uint64_t time_ns, double value);
    void write_start(const std::string& process_name, const std::vector<std::string>& layer_names);
    void end_open_slices();
    void write_flows();
    void write_power();

    OutputFile m_file;
    const Ledger& m_ledger;
    PowerRecorder m_power;
    FlowRecorder m_flows;
    std::vector<TrackState> m_tracks;
    std::unordered_map<const char*, std::uint64_t> m_operation_of;  ///< looked up, never walked
    std::map<std::string, std::uint64_t> m_operations;
    std::vector<bool> m_categories;  ///< by component: interned already
    std::vector<Pending> m_pending;
    std::size_t m_layers = 0;
    std::uint64_t m_latest_ns = 0;
    bool m_closed = false;
};

}  // namespace imc::trace
