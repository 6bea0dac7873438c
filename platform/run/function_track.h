// SPDX-License-Identifier: Apache-2.0
/// The host CPU's functions as nested slices of one track, in the trace and in activities.csv.
#pragma once

#include "common/ledger.h"
#include "host/common/function_sink.h"
#include "trace/activity_csv.h"
#include "trace/perfetto.h"

#include <set>
#include <string>
#include <vector>

namespace imc::run {

class FunctionTrack : public host::FunctionSink {
public:
    /// Either sink may be nullptr; both must outlive this. They are called directly: a slice that
    /// others lie in must begin before it is known when it ends, and no other sink counts the CPU.
    FunctionTrack(Ledger& ledger, trace::PerfettoSink* perfetto, trace::CsvSink* csv);

    void enter(const std::string& function, std::uint64_t time_ps) override;
    void leave(std::uint64_t time_ps) override;

private:
    struct Open {
        const char* name;
        std::uint64_t start_ps;
    };

    Activity activity_of(const Open& call) const;

    trace::PerfettoSink* m_perfetto;
    trace::CsvSink* m_csv;
    std::uint32_t m_track;
    ComponentId m_component;
    std::set<std::string> m_names;  ///< activities hold pointers to them
    std::vector<Open> m_open;
};

}  // namespace imc::run
