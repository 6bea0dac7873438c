// SPDX-License-Identifier: Apache-2.0
/// Whole picoseconds, the unit of every duration in the models, to and from sc_time; works at any
/// time resolution the host platform has set, and sets none.
#pragma once

#include <cmath>
#include <cstdint>

#include <systemc>

namespace imc {

inline sc_core::sc_time from_ps(std::uint64_t ps)
{
    return {static_cast<double>(ps), sc_core::SC_PS};
}

inline std::uint64_t to_ps(const sc_core::sc_time& time)
{
    return static_cast<std::uint64_t>(std::llround(time.to_seconds() * 1e12));
}

inline std::uint64_t now_ps()
{
    return to_ps(sc_core::sc_time_stamp());
}

/// `cycles` at `clock_ghz` in ps, rounded once.
inline std::uint64_t cycles_to_ps(std::uint64_t cycles, double clock_ghz)
{
    return static_cast<std::uint64_t>(
        std::llround(static_cast<double>(cycles) * 1000.0 / clock_ghz));
}

}  // namespace imc
