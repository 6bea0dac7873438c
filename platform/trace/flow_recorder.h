// SPDX-License-Identifier: Apache-2.0
/// What flows over links and ports, as rates over time: the bandwidth counters of Perfetto.
#pragma once

#include "trace/time_bins.h"

#include "common/ledger.h"

#include <cstdint>
#include <vector>

namespace imc::trace {

/// Rates in bins, 32 for the setup and at most 64 for the inference, whose width doubles as the run
/// grows: a chip has hundreds of links, so the file's size must not depend on the run.
class FlowRecorder {
public:
    explicit FlowRecorder(const Ledger& ledger) : m_ledger(ledger) {}

    void add(std::uint32_t track, std::uint64_t start_ps, std::uint64_t duration_ps, double amount);

    /// Tracks that anything flowed on, sorted.
    std::vector<std::uint32_t> tracks() const;
    /// From `time_ps` on the mean rate is `per_s`. Sorted by time, changes only, 0 at the end.
    struct Point {
        std::uint64_t time_ps;
        double per_s;
    };
    std::vector<Point> points(std::uint32_t track) const;

private:
    const Ledger& m_ledger;
    TimeBins m_setup{32}, m_inference{64};
    std::vector<bool> m_seen;  ///< by track
};

}  // namespace imc::trace
