// SPDX-License-Identifier: Apache-2.0
/// What every host CPU has in common: socket, interrupt lines, statistics.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <systemc>
#include <tlm>

#include "soc/clock.h"

namespace imc::host {

struct HostConfig {
    std::uint64_t clock_hz = 1'000'000'000;
    unsigned cycles_per_instruction = 1;  ///< rv64: of every instruction
    sc_core::sc_time quantum{1,
                             sc_core::SC_US};  ///< rv64: how far it may run ahead of simulated time
    std::size_t stack_bytes = 1 << 20;         ///< of the SC_THREAD; native: the firmware's stack
};

/// Counts from the start of the simulation to the present time.
struct HostStatistics {
    std::optional<std::uint64_t> instructions;  ///< executed; none for the native host
    std::uint64_t interrupts = 0;               ///< taken
    std::uint64_t register_accesses = 0;        ///< transactions over the bus
    std::uint64_t bus_errors = 0;               ///< of them refused
    sc_core::sc_time asleep;                    ///< waiting for an interrupt
};

/// An initiator with three interrupt inputs. RAM is reached by DMI without charge (it stands for
/// the CPU's caches), all else by transactions at the exact time.
class Host : public sc_core::sc_module {
public:
    using IrqPort =
        sc_core::sc_port<sc_core::sc_signal_in_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;

    tlm_utils::simple_initiator_socket<Host> socket{"socket"};
    IrqPort external_irq{"external_irq"}, timer_irq{"timer_irq"}, software_irq{"software_irq"};

    Host(const sc_core::sc_module_name& name, const HostConfig& config);

    /// Another initiator has written memory (a bus snoop): translated code of that range is void.
    virtual void memory_written(std::uint64_t address, std::uint64_t bytes);
    virtual HostStatistics statistics() const { return m_statistics; }

    const HostConfig& config() const { return m_config; }

protected:
    /// One transaction now; returns when its annotated time has passed.
    tlm::tlm_response_status transact(tlm::tlm_command command, std::uint64_t address, void* data,
                                      unsigned bytes);
    /// The last transaction was answered with a DMI hint.
    bool direct_access_hinted() const { return m_payload.is_dmi_allowed(); }
    /// Asks for DMI at `address`; true if it may be read and written there.
    bool request_direct_access(std::uint64_t address, tlm::tlm_dmi& dmi);
    /// Direct access to a range was withdrawn.
    virtual void direct_access_withdrawn(std::uint64_t first, std::uint64_t last);

    static bool is_high(const IrqPort& port) { return port.size() != 0 && port->read(); }
    /// Any change of a bound interrupt line; empty list if none is bound.
    sc_core::sc_event_or_list irq_changes() const;

    HostConfig m_config;
    soc::Clock m_clock;
    HostStatistics m_statistics;

private:
    void invalidate(sc_dt::uint64 first, sc_dt::uint64 last);

    tlm::tlm_generic_payload m_payload;
};

}  // namespace imc::host
