// SPDX-License-Identifier: Apache-2.0
/// activities.csv: every activity as a line, for spreadsheets and scripts.
#pragma once

#include "trace/output_file.h"

#include "common/ledger.h"

#include <string>
#include <vector>

namespace imc::trace {

class CsvSink : public ActivitySink {
public:
    /// `layer_names` in the order of layer ids; `weights` ("trained" or "synthetic") ends each
    /// line. `ledger` must outlive the sink. Throws InputError.
    CsvSink(const std::string& path, const Ledger& ledger, std::vector<std::string> layer_names,
            const std::string& weights);

    void on_activity(const Activity& activity) override;
    void on_begin(const Activity& activity) override;
    void on_end(std::uint32_t track, std::uint64_t time_ps) override;
    /// Ends what has begun and not ended, and closes the file. Throws InputError if it could not be
    /// written.
    void close();

private:
    const std::string& track_path(std::uint32_t track);

    OutputFile m_file;
    const Ledger& m_ledger;
    std::vector<std::string> m_layer_names;
    std::string m_line_end;
    std::vector<std::vector<Activity>> m_open;  ///< by track: begun, not ended
    std::uint64_t m_latest_ps = 0;
    std::vector<std::string> m_paths;  ///< by track: "chip/tile 3/stage", made on first use
};

}  // namespace imc::trace
