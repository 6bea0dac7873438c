// SPDX-License-Identifier: Apache-2.0
/// When a link carries what: reservations in time that fill gaps and never move once granted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imc::noc {

class LinkSchedule {
public:
    /// Reserves `duration` ps at the earliest free start not before `earliest`, and returns that
    /// start.
    std::uint64_t reserve(std::uint64_t earliest, std::uint64_t duration);
    /// Drops intervals that ended at or before `now`: no later request can want them.
    void forget(std::uint64_t now);
    void clear();

    std::uint64_t busy_ps() const { return m_busy_ps; }
    std::uint64_t grants() const { return m_grants; }

private:
    struct Interval {
        std::uint64_t begin, end;
    };
    void insert(std::size_t position, std::uint64_t begin, std::uint64_t end);

    std::vector<Interval> m_taken;  ///< sorted, disjoint, not touching, from m_first on
    std::size_t m_first = 0;
    std::uint64_t m_busy_ps = 0;
    std::uint64_t m_grants = 0;
};

}  // namespace imc::noc
