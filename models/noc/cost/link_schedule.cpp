// SPDX-License-Identifier: Apache-2.0
#include "noc/cost/link_schedule.h"

#include <algorithm>

namespace imc::noc {

std::uint64_t LinkSchedule::reserve(std::uint64_t earliest, std::uint64_t duration)
{
    m_busy_ps += duration;
    ++m_grants;
    std::uint64_t start = earliest;
    auto next =
        std::lower_bound(m_taken.begin() + static_cast<std::ptrdiff_t>(m_first), m_taken.end(),
                         earliest, [](const Interval& i, std::uint64_t t) { return i.end <= t; });
    for (; next != m_taken.end() && next->begin < start + duration; ++next)
        start = std::max(start, next->end);
    if (duration != 0)
        insert(static_cast<std::size_t>(next - m_taken.begin()), start, start + duration);
    return start;
}

void LinkSchedule::insert(std::size_t position, std::uint64_t begin, std::uint64_t end)
{
    const bool joins_left = position > m_first && m_taken[position - 1].end == begin;
    const bool joins_right = position < m_taken.size() && m_taken[position].begin == end;
    if (joins_left && joins_right) {
        m_taken[position - 1].end = m_taken[position].end;
        m_taken.erase(m_taken.begin() + static_cast<std::ptrdiff_t>(position));
    } else if (joins_left) {
        m_taken[position - 1].end = end;
    } else if (joins_right) {
        m_taken[position].begin = begin;
    } else {
        m_taken.insert(m_taken.begin() + static_cast<std::ptrdiff_t>(position), {begin, end});
    }
}

void LinkSchedule::forget(std::uint64_t now)
{
    while (m_first < m_taken.size() && m_taken[m_first].end <= now)
        ++m_first;
    if (m_first < 64 && m_first < m_taken.size()) return;
    m_taken.erase(m_taken.begin(), m_taken.begin() + static_cast<std::ptrdiff_t>(m_first));
    m_first = 0;
}

void LinkSchedule::clear()
{
    m_taken.clear();
    m_first = 0;
}

}  // namespace imc::noc
