// SPDX-License-Identifier: Apache-2.0
/// Power of each component over time: the curves of the VCD file and of Perfetto.
#pragma once

#include "trace/time_bins.h"

#include "common/ledger.h"

#include <cstdint>
#include <vector>

namespace imc::trace {

/// Power per component of a run: setup and inference have bins of their own, since uploading
/// weights takes far longer.
class PowerRecorder {
public:
    explicit PowerRecorder(const Ledger& ledger) : m_ledger(ledger) {}

    void add(const Activity& activity)
    {
        if (activity.energy_pj == 0.0) return;
        auto& bins = m_ledger.phase() == Phase::setup ? m_setup : m_inference;
        bins.add(activity.component, activity.start_ps, activity.duration_ps, activity.energy_pj);
    }

    struct Sample {
        std::uint64_t time_ps = 0;
        std::vector<double> power_w;  ///< [component], leakage included
    };
    /// Sorted by time; a last sample holds leakage alone.
    std::vector<Sample> samples() const;
    /// [component]: whether any of `samples` has power of it. DRAM and host are outside the
    /// accelerator: their energy is in the books alone.
    std::vector<bool> powered(const std::vector<Sample>& samples) const;

private:
    void append(const TimeBins& bins, std::vector<Sample>& samples) const;
    void cut_setup(std::vector<Sample>& samples, std::uint64_t end_ps) const;

    const Ledger& m_ledger;
    TimeBins m_setup{256}, m_inference{1024};
};

}  // namespace imc::trace
