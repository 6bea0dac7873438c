// SPDX-License-Identifier: Apache-2.0
/// Cycle counts and simulated time. Durations stay integer cycles and are converted once, so that a
/// period that is no whole number of picoseconds (1.2 GHz: 833.3 ps) does not drift.
#pragma once

#include <cstdint>
#include <systemc>

namespace imc::soc {

/// Simulated time in whole picoseconds.
inline std::uint64_t to_ps(const sc_core::sc_time& time)
{
    static const sc_core::sc_time one(1, sc_core::SC_PS);
    return one > sc_core::SC_ZERO_TIME ? time.value() / one.value() : 0;
}

/// Time of `ps` picoseconds.
inline sc_core::sc_time from_ps(std::uint64_t ps)
{
    static const sc_core::sc_time one(1, sc_core::SC_PS);
    return sc_core::sc_time::from_value(ps * one.value());
}

/// A free-running clock that starts at time 0 with edge 0.
class Clock {
public:
    /// `hz` above 0, in Hz.
    explicit Clock(std::uint64_t hz) : m_hz(hz) {}

    std::uint64_t hz() const { return m_hz; }

    /// Time of edge `cycle`, rounded to the nearest picosecond.
    sc_core::sc_time time_of(std::uint64_t cycle) const
    {
        const auto scaled = static_cast<unsigned __int128>(cycle) * ps_per_second;
        return from_ps(static_cast<std::uint64_t>((scaled + m_hz / 2) / m_hz));
    }

    /// First edge whose time_of() is not before `time`.
    std::uint64_t edge_at_or_after(const sc_core::sc_time& time) const
    {
        std::uint64_t cycle = edge_at_or_before(time);
        return time_of(cycle) < time ? cycle + 1 : cycle;
    }

    /// Last edge whose time_of() is not after `time`.
    std::uint64_t edge_at_or_before(const sc_core::sc_time& time) const
    {
        const auto scaled = static_cast<unsigned __int128>(to_ps(time)) * m_hz;
        auto cycle = static_cast<std::uint64_t>(scaled / ps_per_second);
        if (time_of(cycle + 1) <= time) ++cycle;  // rounding put that edge on this picosecond
        if (time_of(cycle) > time) --cycle;
        return cycle;
    }

private:
    static constexpr std::uint64_t ps_per_second = 1'000'000'000'000ull;
    std::uint64_t m_hz;
};

}  // namespace imc::soc
