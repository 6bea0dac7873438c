// SPDX-License-Identifier: Apache-2.0
/// What a CPU that runs ahead of simulated time must know of its timer.
#pragma once

#include <cstdint>
#include <systemc>

namespace imc::soc {

/// A CPU in a quantum must not run past the next timer compare, or the interrupt would come late by
/// up to the quantum.
class TimerSource {
public:
    virtual ~TimerSource() = default;

    /// When the timer interrupt of `hart` becomes pending; sc_max_time() if never.
    virtual sc_core::sc_time next_timer(unsigned hart) const = 0;

    /// The `time` CSR: timer ticks at simulated time `now`.
    virtual std::uint64_t ticks_at(const sc_core::sc_time& now) const = 0;
};

}  // namespace imc::soc
