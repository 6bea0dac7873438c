// SPDX-License-Identifier: Apache-2.0
/// Amounts over time in a bounded number of bins: energy of components, bytes over links.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imc::trace {

/// Bins of equal width from the first start on, for any number of series; the width doubles
/// whenever time outgrows `max_bins`.
class TimeBins {
public:
    explicit TimeBins(std::size_t max_bins) : m_max_bins(max_bins) {}

    /// Spreads `amount` evenly over [start, start + duration]. What lies before the first start
    /// seen counts there.
    void add(std::size_t series, std::uint64_t start_ps, std::uint64_t duration_ps, double amount);

    bool empty() const { return m_used == 0; }
    std::size_t size() const { return m_used; }
    std::uint64_t begin_ps() const { return m_begin_ps; }
    std::uint64_t width_ps() const { return m_width_ps; }
    /// Mean amount of `series` a ps in bin `bin`: W for pJ.
    double per_ps(std::size_t series, std::size_t bin) const;

private:
    void widen(std::uint64_t end_ps);

    std::size_t m_max_bins, m_used = 0;
    std::uint64_t m_begin_ps = 0;
    std::uint64_t m_width_ps = 1000;
    std::vector<std::vector<double>> m_amounts;  ///< [series][bin]
};

}  // namespace imc::trace
