// SPDX-License-Identifier: Apache-2.0
/// Core-local interruptor: timer and software interrupts (SiFive CLINT layout, as on QEMU's virt
/// board).
#pragma once

#include "soc/clock.h"
#include "soc/peripheral.h"
#include "soc/timer_source.h"

namespace imc::soc {

/// Registers: msip (4 bytes a hart) at 0, mtimecmp (8 bytes a hart) at 0x4000, mtime at 0xBFF8.
/// mtime counts a fixed timebase; the line of a hart's timer is high while mtime >= mtimecmp.
/// mtimecmp resets to its largest value.
class Clint : public Peripheral, public TimerSource {
public:
    sc_core::sc_vector<
        sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>>
        timer_irq, software_irq;  ///< one a hart

    /// `timebase_hz`: 10 MHz on the virt board.
    Clint(const sc_core::sc_module_name& name, unsigned harts, std::uint64_t timebase_hz,
          const sc_core::sc_time& access_time);

    sc_core::sc_time next_timer(unsigned hart) const override;
    std::uint64_t ticks_at(const sc_core::sc_time& now) const override;

private:
    void update();

    Clock m_timebase;
    std::uint64_t m_offset =
        0;  ///< mtime minus ticks since time 0, modulo 2^64: written by software
    Register* m_msip;
    Register* m_mtimecmp;
    sc_core::sc_event m_changed{"changed"};
};

}  // namespace imc::soc
