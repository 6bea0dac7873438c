// SPDX-License-Identifier: Apache-2.0
/// What the command processor shows in traces: its ring, descriptors, those under way.
#include "accelerator/module/command_processor.h"

#include "common/module/sim_time.h"

namespace imc::accelerator {

/// Descriptors announced and not yet fetched.
void CommandProcessor::trace_ring()
{
    if (!m_ledger.counted()) return;
    if (m_ring_track < 0) m_ring_track = m_ledger.counter_track("command ring", "descriptors");
    m_ledger.counter(static_cast<std::uint32_t>(m_ring_track), now_ps(),
                     static_cast<double>(m_registers.tail() - m_registers.head()));
}

/// An instant, for its energy.
void CommandProcessor::trace_descriptor()
{
    if (m_track < 0) m_track = m_ledger.track("command processor");
    Activity fetched;
    fetched.track = static_cast<std::uint32_t>(m_track);
    fetched.component = m_component;
    fetched.operation = "descriptor";
    fetched.start_ps = now_ps();
    fetched.energy_pj = m_ledger.events()[m_descriptor_event].energy_pj;
    m_ledger.activity(fetched);
}

void CommandProcessor::trace_queue()
{
    if (!m_ledger.counted()) return;
    if (m_queue_track < 0)
        m_queue_track = m_ledger.counter_track("descriptors under way", "descriptors");
    m_ledger.counter(static_cast<std::uint32_t>(m_queue_track), now_ps(),
                     static_cast<double>(m_outstanding.size()));
}

}  // namespace imc::accelerator
