// SPDX-License-Identifier: Apache-2.0
#include "host/common/host.h"

#include "common/module/report.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace imc::host {

namespace {

std::string access_text(const tlm::tlm_generic_payload& payload)
{
    std::uint64_t value = 0;
    std::memcpy(&value, payload.get_data_ptr(), std::min(payload.get_data_length(), 8u));
    char text[120];
    std::snprintf(text, sizeof text, "%s 0x%08" PRIx64 ", %u bytes: 0x%" PRIx64 "%s",
                  payload.is_write() ? "write" : "read", std::uint64_t{payload.get_address()},
                  payload.get_data_length(), value, payload.is_response_ok() ? "" : ", bus error");
    return text;
}

}  // namespace

Host::Host(const sc_core::sc_module_name& name, const HostConfig& config)
    : sc_module(name), m_config(config), m_clock(config.clock_hz)
{
    socket.register_invalidate_direct_mem_ptr(this, &Host::invalidate);
}

void Host::memory_written(std::uint64_t, std::uint64_t) {}

void Host::direct_access_withdrawn(std::uint64_t, std::uint64_t) {}

void Host::invalidate(sc_dt::uint64 first, sc_dt::uint64 last)
{
    direct_access_withdrawn(first, last);
}

tlm::tlm_response_status Host::transact(tlm::tlm_command command, std::uint64_t address, void* data,
                                        unsigned bytes)
{
    m_payload.set_command(command);
    m_payload.set_address(address);
    m_payload.set_data_ptr(static_cast<unsigned char*>(data));
    m_payload.set_data_length(bytes);
    m_payload.set_streaming_width(bytes);
    m_payload.set_byte_enable_ptr(nullptr);
    m_payload.set_dmi_allowed(false);
    m_payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(m_payload, delay);
    ++m_statistics.register_accesses;
    if (!m_payload.is_response_ok()) ++m_statistics.bus_errors;
    report_debug(report_id::host_access, [this] { return access_text(m_payload); });
    // At least a cycle: the deltas in which a register write moves an interrupt line belong to the
    // past afterwards.
    const sc_core::sc_time cycle = m_clock.time_of(1);
    wait(delay < cycle ? cycle : delay);
    return m_payload.get_response_status();
}

bool Host::request_direct_access(std::uint64_t address, tlm::tlm_dmi& dmi)
{
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(address);
    dmi.init();
    return socket->get_direct_mem_ptr(payload, dmi) && dmi.is_read_write_allowed() &&
           dmi.get_start_address() <= address && address <= dmi.get_end_address();
}

sc_core::sc_event_or_list Host::irq_changes() const
{
    sc_core::sc_event_or_list list;
    for (const IrqPort* port : {&external_irq, &timer_irq, &software_irq})
        if (port->size() != 0) list |= (*port)->value_changed_event();
    return list;
}

}  // namespace imc::host
