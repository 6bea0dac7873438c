// SPDX-License-Identifier: Apache-2.0
#include "accelerator/module/dma.h"

#include "common/module/sim_time.h"
#include "common/module/spawn.h"

#include <algorithm>
#include <cstring>

namespace imc::accelerator {

Dma::Dma(sc_core::sc_module_name name, const AcceleratorConfig& config, Ledger& ledger, DmaBus& bus)
    : sc_module(name),
      m_config(config),
      m_ledger(ledger),
      m_bus(bus),
      m_component(ledger.component("dma", "dma", config.technology.get_or("dma.area_mm2", 0.0),
                                   config.technology.get_or("dma.leakage_w", 0.0))),
      m_byte(ledger.event(m_component, "byte", config.technology.get("dma.bit_pj") * 8.0))
{
    sc_core::sc_spawn([this] { serve(); }, "serve");
}

DmaResult Dma::run(DmaClient client, const Transfer& transfer)
{
    Client& me = m_clients[static_cast<unsigned>(client)];
    m_requests.push_back({client, &transfer});
    if (m_requests.size() == 1) m_requested.notify(sc_core::SC_ZERO_TIME);
    sc_core::wait(me.done);
    return me.result;
}

void Dma::reset()
{
    ++m_epoch;
    for (const Request& request : m_requests) {
        Client& client = m_clients[static_cast<unsigned>(request.client)];
        client.result = DmaResult::aborted;
        client.done.notify(sc_core::SC_ZERO_TIME);
    }
    m_requests.clear();
}

/// Requests of one instant are here one delta after the first; the lowest client goes first.
void Dma::serve()
{
    for (;;) {
        while (m_requests.empty())
            sc_core::wait(m_requested);
        const auto next = std::min_element(
            m_requests.begin(), m_requests.end(),
            [](const Request& a, const Request& b) { return a.client < b.client; });
        const Request request = *next;
        m_requests.erase(next);
        const std::uint64_t start = now_ps();
        m_keeper.reset();
        const DmaResult result = perform(*request.transfer);
        m_keeper.sync();
        if (result == DmaResult::ok) account(*request.transfer, start);
        Client& client = m_clients[static_cast<unsigned>(request.client)];
        client.result = result;
        client.done.notify();
        sc_core::wait(
            sc_core::SC_ZERO_TIME);  // lets the client ask again before the next is chosen
    }
}

DmaResult Dma::perform(const Transfer& transfer)
{
    const std::uint64_t epoch = m_epoch;
    for (std::uint64_t i = 0; i < transfer.pieces; ++i) {
        const DmaResult result = move(transfer.write, transfer.address + i * transfer.stride,
                                      transfer.data + i * transfer.bytes, transfer.bytes);
        if (result != DmaResult::ok) return result;
        if (epoch != m_epoch) return DmaResult::aborted;
    }
    return DmaResult::ok;
}

DmaResult Dma::move(bool write, std::uint64_t address, unsigned char* data, std::uint64_t bytes)
{
    const std::uint64_t epoch = m_epoch;
    while (bytes != 0) {
        const std::uint64_t n = burst_at(address, bytes);
        sc_core::sc_time delay = m_keeper.get_local_time();
        const std::uint64_t port_cycles =
            (n * 8 + m_config.buffer.port_bits - 1) / m_config.buffer.port_bits;
        const sc_core::sc_time port_free =
            m_keeper.get_current_time() + from_ps(cycles_to_ps(port_cycles, m_config.clock_ghz));
        if (!direct(write, address, data, n, delay) && !burst(write, address, data, n, delay))
            return DmaResult::refused;
        const sc_core::sc_time now = sc_core::sc_time_stamp();
        m_keeper.set(now + delay < port_free ? port_free - now : delay);
        if (m_keeper.need_sync()) m_keeper.sync();
        if (epoch != m_epoch) return DmaResult::aborted;
        (write ? m_bytes_written : m_bytes_read) += n;
        address += n;
        data += n;
        bytes -= n;
    }
    return DmaResult::ok;
}

/// The longest naturally aligned power of two that starts at `address`.
std::uint64_t Dma::burst_at(std::uint64_t address, std::uint64_t bytes) const
{
    std::uint64_t n = m_config.dma.burst_bytes;
    while (n > bytes || address % n != 0)
        n /= 2;
    return n;
}

bool Dma::burst(bool write, std::uint64_t address, unsigned char* data, std::uint64_t bytes,
                sc_core::sc_time& delay)
{
    m_payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    m_payload.set_address(address);
    m_payload.set_data_ptr(data);
    m_payload.set_data_length(static_cast<unsigned>(bytes));
    m_payload.set_streaming_width(static_cast<unsigned>(bytes));
    m_payload.set_byte_enable_ptr(nullptr);
    m_payload.set_dmi_allowed(false);
    m_payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    const sc_core::sc_time called = sc_core::sc_time_stamp();
    m_bus.transport(m_payload, delay);
    // A target that waited has let simulated time pass: `delay` counts from the new now.
    if (sc_core::sc_time_stamp() != called) m_keeper.reset();
    const auto status = m_payload.get_response_status();
    const bool untouched = status == tlm::TLM_INCOMPLETE_RESPONSE && m_config.dma.untouched_is_ok;
    if (status != tlm::TLM_OK_RESPONSE && !untouched) return false;
    if (m_payload.is_dmi_allowed()) {
        tlm::tlm_dmi dmi;
        m_payload.set_address(address);
        if (m_bus.direct(m_payload, dmi)) m_direct.push_back(dmi);
    }
    return true;
}

bool Dma::direct(bool write, std::uint64_t address, unsigned char* data, std::uint64_t bytes,
                 sc_core::sc_time& delay)
{
    for (const tlm::tlm_dmi& dmi : m_direct) {
        const bool inside =
            address >= dmi.get_start_address() && address + bytes - 1 <= dmi.get_end_address();
        if (!inside || !(write ? dmi.is_write_allowed() : dmi.is_read_allowed())) continue;
        unsigned char* memory = dmi.get_dmi_ptr() + (address - dmi.get_start_address());
        write ? std::memcpy(memory, data, bytes) : std::memcpy(data, memory, bytes);
        delay += write ? dmi.get_write_latency() : dmi.get_read_latency();
        return true;
    }
    return false;
}

void Dma::invalidate(std::uint64_t first, std::uint64_t last)
{
    m_direct.erase(std::remove_if(m_direct.begin(), m_direct.end(),
                                  [&](const tlm::tlm_dmi& dmi) {
                                      return dmi.get_start_address() <= last &&
                                             dmi.get_end_address() >= first;
                                  }),
                   m_direct.end());
}

void Dma::account(const Transfer& transfer, std::uint64_t start_ps)
{
    const std::uint64_t bytes = transfer.bytes * transfer.pieces, duration = now_ps() - start_ps;
    m_ledger.count(shared_layer, m_byte, bytes);
    m_ledger.busy(shared_layer, m_component, duration);
    if (!m_ledger.traced()) return;
    if (m_track < 0) {
        m_track = m_ledger.track("dma");
        m_rate_track =
            m_ledger.counter_track("bandwidth", "GB/s", static_cast<std::int32_t>(m_track));
    }
    Activity activity;
    activity.track = static_cast<std::uint32_t>(m_track);
    activity.component = m_component;
    activity.operation = transfer.write ? "write" : "read";
    activity.start_ps = start_ps;
    activity.duration_ps = duration;
    activity.energy_pj = static_cast<double>(bytes) * m_ledger.events()[m_byte].energy_pj;
    m_ledger.activity(activity);
    if (duration == 0) return;
    const auto rate = static_cast<std::uint32_t>(m_rate_track);
    const double bytes_per_ns = 1e3 * static_cast<double>(bytes) / static_cast<double>(duration);
    m_ledger.counter(rate, start_ps, bytes_per_ns);
    m_ledger.counter(rate, start_ps + duration, 0.0);
}

}  // namespace imc::accelerator
