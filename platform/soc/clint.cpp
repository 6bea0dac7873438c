// SPDX-License-Identifier: Apache-2.0
#include "soc/clint.h"

#include <algorithm>

#include "imcvp/soc.h"

namespace imc::soc {

Clint::Clint(const sc_core::sc_module_name& name, unsigned harts, std::uint64_t timebase_hz,
             const sc_core::sc_time& access_time)
    : Peripheral(name, IMC_SOC_CLINT_SIZE, access_time),
      timer_irq("timer_irq", harts),
      software_irq("software_irq", harts),
      m_timebase(timebase_hz)
{
    m_msip =
        &add_array(IMC_CLINT_MSIP, 4, harts, 4).on_write([this](unsigned hart, std::uint64_t v) {
            m_msip->set(v & 1, hart);
            m_changed.notify(sc_core::SC_ZERO_TIME);
        });
    m_mtimecmp = &add_array(IMC_CLINT_MTIMECMP, 8, harts, 8)
                      .on_write([this](unsigned hart, std::uint64_t v) {
                          m_mtimecmp->set(v, hart);
                          m_changed.notify(sc_core::SC_ZERO_TIME);
                      });
    for (unsigned hart = 0; hart < harts; ++hart)
        m_mtimecmp->set(~0ull, hart);
    add(IMC_CLINT_MTIME, 8)
        .on_read([this](unsigned) { return ticks_at(access_stamp()); })
        .on_write([this](unsigned, std::uint64_t v) {
            m_offset += v - ticks_at(access_stamp());
            m_changed.notify(sc_core::SC_ZERO_TIME);
        });

    SC_HAS_PROCESS(Clint);
    SC_METHOD(update);
    sensitive << m_changed;
}

std::uint64_t Clint::ticks_at(const sc_core::sc_time& now) const
{
    return m_timebase.edge_at_or_before(now) + m_offset;
}

sc_core::sc_time Clint::next_timer(unsigned hart) const
{
    const std::uint64_t compare = m_mtimecmp->value(hart);
    const std::uint64_t now = ticks_at(sc_core::sc_time_stamp());
    if (compare <= now) return sc_core::sc_time_stamp();
    const std::uint64_t edge = m_timebase.edge_at_or_before(sc_core::sc_time_stamp());
    // A compare value beyond what simulated time can reach (the reset value) never fires.
    if (compare - now > (1ull << 62) / m_timebase.time_of(1).value() - edge)
        return sc_core::sc_max_time();
    return m_timebase.time_of(edge + (compare - now));
}

void Clint::update()
{
    sc_core::sc_time next = sc_core::sc_max_time();
    for (unsigned hart = 0; hart < timer_irq.size(); ++hart) {
        const sc_core::sc_time due = next_timer(hart);
        const bool pending = due <= sc_core::sc_time_stamp();
        if (timer_irq[hart].size() != 0) timer_irq[hart]->write(pending);
        if (software_irq[hart].size() != 0) software_irq[hart]->write(m_msip->value(hart) != 0);
        if (!pending) next = std::min(next, due);
    }
    // A process that waits for an event at the far end of time would keep a starved simulation
    // alive.
    if (next < sc_core::sc_max_time()) next_trigger(next - sc_core::sc_time_stamp(), m_changed);
}

}  // namespace imc::soc
