// SPDX-License-Identifier: Apache-2.0
#include "soc/bus.h"

#include <algorithm>

#include "common/error.h"

namespace imc::soc {

bool Bus::Ticket::operator<(const Ticket& other) const
{
    if (priority != other.priority) return priority < other.priority;
    if (initiator != other.initiator) return initiator < other.initiator;
    return sequence < other.sequence;
}

Bus::Bus(const sc_core::sc_module_name& name, const BusConfig& config)
    : sc_module(name), m_config(config), m_clock(config.clock_hz)
{
    in.register_b_transport(this, &Bus::b_transport);
    in.register_transport_dbg(this, &Bus::transport_dbg);
    in.register_get_direct_mem_ptr(this, &Bus::get_direct_mem_ptr);
    out.register_invalidate_direct_mem_ptr(this, &Bus::invalidate);
}

void Bus::claim_range(const std::string& name, std::uint64_t base, std::uint64_t size)
{
    for (const Target& other : m_targets)
        if (base < other.base + other.size && other.base < base + size)
            throw InputError(std::string(this->name()) + ": the address ranges of " + name +
                             " and " + other.name + " overlap; give one of them another base");
    Target target;
    target.name = name;
    target.base = base;
    target.size = size;
    m_targets.push_back(std::move(target));
}

void Bus::add_snoop(unsigned own, Snoop snoop)
{
    m_listeners.push_back({own, std::move(snoop)});
}

double Bus::energy_pj() const
{
    std::uint64_t bytes = 0;
    for (const Target& target : m_targets)
        bytes += target.activity.bytes_read + target.activity.bytes_written;
    return static_cast<double>(bytes) * m_config.pj_per_byte;
}

/// Number of the target that holds the whole range, -1 if none.
int Bus::decode(std::uint64_t address, std::uint64_t length) const
{
    for (std::size_t i = 0; i < m_targets.size(); ++i) {
        const std::uint64_t offset = address - m_targets[i].base;
        if (offset < m_targets[i].size)
            return length <= m_targets[i].size - offset ? static_cast<int>(i) : -1;
    }
    return -1;
}

/// Settles every request that has been visible for a delta; each gets the next free slot of the
/// data path.
void Bus::grant(Target& target)
{
    const std::uint64_t delta = sc_core::sc_delta_count();
    std::sort(target.waiting.begin(), target.waiting.end(),
              [](const Ticket* a, const Ticket* b) { return *a < *b; });
    for (Ticket* ticket : target.waiting) {
        if (ticket->delta == delta) continue;
        ticket->start = std::max(sc_core::sc_time_stamp(), target.free_at);
        ticket->granted = true;
        target.free_at = ticket->start + ticket->hold;
    }
    const auto done = [](const Ticket* t) { return t->granted; };
    target.waiting.erase(std::remove_if(target.waiting.begin(), target.waiting.end(), done),
                         target.waiting.end());
}

/// Returns at the instant the data path is this initiator's: how long it is.
sc_core::sc_time Bus::acquire(unsigned number, Target& target, std::uint64_t length)
{
    Initiator& initiator = m_initiators[number];
    const std::uint64_t cycles = (length + m_config.width_bytes - 1) / m_config.width_bytes;
    Ticket ticket{};
    ticket.priority = initiator.priority;
    ticket.initiator = number;
    ticket.sequence = m_sequence++;
    ticket.delta = sc_core::sc_delta_count();
    ticket.hold = m_clock.time_of(std::max<std::uint64_t>(cycles, 1));
    target.waiting.push_back(&ticket);
    wait(sc_core::SC_ZERO_TIME);
    if (!ticket.granted) grant(target);
    const sc_core::sc_time waited = ticket.start - sc_core::sc_time_stamp();
    if (waited > sc_core::SC_ZERO_TIME) wait(waited);
    initiator.activity.waited += waited;
    target.activity.waited += waited;
    initiator.activity.busy += ticket.hold;
    target.activity.busy += ticket.hold;
    return ticket.hold;
}

void Bus::count(BusActivity& activity, const tlm::tlm_generic_payload& payload)
{
    ++activity.transactions;
    if (!payload.is_response_ok())
        ++activity.errors;
    else if (payload.is_read())
        activity.bytes_read += payload.get_data_length();
    else if (payload.is_write())
        activity.bytes_written += payload.get_data_length();
}

void Bus::b_transport(int number, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
{
    Initiator& initiator = m_initiators[number];
    const std::uint64_t address = payload.get_address();
    const std::uint64_t length = payload.get_data_length();
    const int index = decode(address, length);
    const sc_core::sc_time latency = m_clock.time_of(m_config.latency_cycles);
    if (index < 0) {
        delay += latency;
        payload.set_dmi_allowed(false);
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return count(initiator.activity, payload);
    }
    Target& target = m_targets[index];
    if (delay > sc_core::SC_ZERO_TIME) wait(delay);
    const sc_core::sc_time hold = acquire(static_cast<unsigned>(number), target, length);
    delay = sc_core::SC_ZERO_TIME;
    payload.set_address(address - target.base);
    out[index]->b_transport(payload, delay);
    payload.set_address(address);
    delay = std::max(delay, hold) + latency;
    if (!initiator.direct_access) payload.set_dmi_allowed(false);
    count(initiator.activity, payload);
    count(target.activity, payload);
    if (!payload.is_write() || !payload.is_response_ok()) return;
    for (const Listener& listener : m_listeners)
        if (listener.own != static_cast<unsigned>(number)) listener.snoop(address, length);
}

unsigned Bus::transport_dbg(int, tlm::tlm_generic_payload& payload)
{
    const std::uint64_t address = payload.get_address();
    const int index = decode(address, payload.get_data_length());
    if (index < 0) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return 0;
    }
    payload.set_address(address - m_targets[index].base);
    const unsigned count = out[index]->transport_dbg(payload);
    payload.set_address(address);
    return count;
}

bool Bus::get_direct_mem_ptr(int number, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi)
{
    const std::uint64_t address = payload.get_address();
    const int index = decode(address, 1);
    dmi.set_start_address(address);
    dmi.set_end_address(address);
    dmi.allow_none();
    if (index < 0 || !m_initiators[number].direct_access) return false;
    const Target& target = m_targets[index];
    payload.set_address(address - target.base);
    const bool granted = out[index]->get_direct_mem_ptr(payload, dmi);
    payload.set_address(address);
    const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address(), target.size - 1);
    dmi.set_start_address(dmi.get_start_address() + target.base);
    dmi.set_end_address(last + target.base);
    return granted;
}

void Bus::invalidate(int number, sc_dt::uint64 first, sc_dt::uint64 last)
{
    const Target& target = m_targets[number];
    const std::uint64_t end = std::min<std::uint64_t>(last, target.size - 1);
    for (std::size_t i = 0; i < m_initiators.size(); ++i)
        if (m_initiators[i].direct_access)
            in[static_cast<int>(i)]->invalidate_direct_mem_ptr(first + target.base,
                                                               end + target.base);
}

}  // namespace imc::soc
