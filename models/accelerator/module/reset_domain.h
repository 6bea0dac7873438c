// SPDX-License-Identifier: Apache-2.0
/// Waiting that a reset cuts short.
#pragma once

#include <cstdint>

#include <systemc>

namespace imc::accelerator {

/// Thrown out of a wait when the block is reset; the process's main loop catches it and starts
/// afresh.
struct ResetUnwind {};

/// The processes of the command processor share one: a reset bumps the epoch and unwinds them all.
class ResetDomain {
public:
    std::uint32_t epoch() const { return m_epoch; }

    void trigger()
    {
        ++m_epoch;
        m_event.notify(sc_core::SC_ZERO_TIME);
    }

    /// Waits for `event`. Throws ResetUnwind if a reset came first.
    void wait(const sc_core::sc_event& event)
    {
        const std::uint32_t before = m_epoch;
        sc_core::wait(event | m_event);
        if (before != m_epoch) throw ResetUnwind{};
    }

    /// Waits until `condition` holds, looking again at each `event`.
    template <typename Condition>
    void wait_until(const sc_core::sc_event& event, Condition condition)
    {
        while (!condition())
            wait(event);
    }

private:
    std::uint32_t m_epoch = 0;
    sc_core::sc_event m_event;
};

}  // namespace imc::accelerator
