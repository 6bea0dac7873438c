// SPDX-License-Identifier: Apache-2.0
/// Energy over time in a bounded number of bins: the power curves of the VCD file and the Perfetto
/// counters.
#pragma once

#include "common/ledger.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imc::trace {

/// Bins of equal width from the first activity on; the width doubles whenever time outgrows
/// `max_bins`.
class PowerBins {
public:
    explicit PowerBins(std::size_t max_bins) : m_max_bins(max_bins) {}

    /// Spreads `energy_pj` evenly over [start, start + duration]. An energy before the first start
    /// seen counts there.
    void add(ComponentId component, std::uint64_t start_ps, std::uint64_t duration_ps,
             double energy_pj);

    bool empty() const { return m_used == 0; }
    std::size_t size() const { return m_used; }
    std::uint64_t begin_ps() const { return m_begin_ps; }
    std::uint64_t width_ps() const { return m_width_ps; }
    /// Mean power of `component` in bin `bin`, W.
    double power_w(ComponentId component, std::size_t bin) const;

private:
    void widen(std::uint64_t end_ps);

    std::size_t m_max_bins, m_used = 0;
    std::uint64_t m_begin_ps = 0;
    std::uint64_t m_width_ps = 1000;
    std::vector<std::vector<double>> m_energy_pj;  ///< [component][bin]
};

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

private:
    void append(const PowerBins& bins, std::vector<Sample>& samples) const;
    void cut_setup(std::vector<Sample>& samples, std::uint64_t end_ps) const;

    const Ledger& m_ledger;
    PowerBins m_setup{256}, m_inference{1024};
};

}  // namespace imc::trace
