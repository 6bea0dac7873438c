// SPDX-License-Identifier: Apache-2.0
#include "trace/time_bins.h"

#include <algorithm>

namespace imc::trace {

void TimeBins::widen(std::uint64_t end_ps)
{
    while (end_ps > m_begin_ps + m_width_ps * m_max_bins) {
        m_width_ps *= 2;
        for (auto& row : m_amounts) {
            for (std::size_t i = 0; 2 * i < row.size(); ++i)
                row[i] = row[2 * i] + (2 * i + 1 < row.size() ? row[2 * i + 1] : 0.0);
            row.resize((row.size() + 1) / 2);
        }
        m_used = (m_used + 1) / 2;
    }
}

void TimeBins::add(std::size_t series, std::uint64_t start_ps, std::uint64_t duration_ps,
                   double amount)
{
    if (m_used == 0) m_begin_ps = start_ps;
    const std::uint64_t end_ps = std::max(start_ps + duration_ps, m_begin_ps + 1);
    start_ps = std::max(start_ps, m_begin_ps);
    widen(end_ps);
    const std::size_t first = (start_ps - m_begin_ps) / m_width_ps;
    const std::size_t last = std::max<std::size_t>(first, (end_ps - 1 - m_begin_ps) / m_width_ps);
    if (m_amounts.size() <= series) m_amounts.resize(series + 1);
    auto& row = m_amounts[series];
    if (row.size() <= last) row.resize(last + 1);
    m_used = std::max(m_used, last + 1);
    if (first == last) {
        row[first] += amount;
        return;
    }
    const double density = amount / static_cast<double>(end_ps - start_ps);
    for (std::size_t bin = first; bin <= last; ++bin) {
        const std::uint64_t low = std::max(start_ps, m_begin_ps + bin * m_width_ps);
        const std::uint64_t high = std::min(end_ps, m_begin_ps + (bin + 1) * m_width_ps);
        row[bin] += density * static_cast<double>(high - low);
    }
}

double TimeBins::per_ps(std::size_t series, std::size_t bin) const
{
    if (series >= m_amounts.size() || bin >= m_amounts[series].size()) return 0.0;
    return m_amounts[series][bin] / static_cast<double>(m_width_ps);
}

}  // namespace imc::trace
