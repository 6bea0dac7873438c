// SPDX-License-Identifier: Apache-2.0
/// power.vcd: mean power per component over time for GTKWave (IEEE 1364-2005, clause 18: value
/// change dump).
#pragma once

#include "trace/output_file.h"
#include "trace/power_recorder.h"

#include <string>

namespace imc::trace {

/// Sums power while the run goes and writes the file at close(): its size depends on the number of
/// bins, not on the run.
class VcdSink : public ActivitySink {
public:
    /// Creates `path` at once, so that a folder that cannot be written is known before the run.
    /// `weights` ("trained" or "synthetic") stand in a comment. `ledger` must outlive the sink.
    /// Throws InputError.
    VcdSink(const std::string& path, const Ledger& ledger, std::string weights)
        : m_file(path), m_ledger(ledger), m_weights(std::move(weights)), m_power(ledger)
    {
    }

    void on_activity(const Activity& activity) override { m_power.add(activity); }
    /// Writes and closes the file. Throws InputError if it cannot be written.
    void close();

private:
    void write_header(const std::vector<bool>& powered);
    void write_values(const std::vector<PowerRecorder::Sample>& samples,
                      const std::vector<bool>& powered);

    OutputFile m_file;
    const Ledger& m_ledger;
    std::string m_weights;
    PowerRecorder m_power;
    bool m_closed = false;
};

}  // namespace imc::trace
