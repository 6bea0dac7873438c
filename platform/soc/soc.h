// SPDX-License-Identifier: Apache-2.0
/// The system around the accelerator: bus, RAM, UART, timer, interrupt controller, test finisher.
#pragma once

#include "soc/bus.h"
#include "soc/clint.h"
#include "soc/finisher.h"
#include "soc/marker.h"
#include "soc/memory.h"
#include "soc/plic.h"
#include "soc/uart.h"

namespace imc::soc {

struct SocConfig {
    MemoryConfig memory;
    BusConfig bus;
    std::uint64_t timebase_hz = 10'000'000;  ///< of mtime, as on QEMU's virt board
    unsigned register_cycles = 2;            ///< bus cycles a device takes for an access
};

/// Devices at the addresses of `imcvp/soc.h`, for one hart. A host is bound to `add_initiator` and
/// the three lines; an accelerator's `regs` by add_accelerator, its `dma` by add_initiator, its
/// `irq` to accelerator_irq.
class Soc : public sc_core::sc_module {
public:
    static constexpr unsigned max_accelerators = 8;

    Bus bus;
    Memory ram;
    Uart uart;
    Clint clint;
    Plic plic;
    Finisher finisher;
    Marker marker;
    /// Interrupt lines to the hart (MEIP, MTIP, MSIP) and from the accelerators.
    sc_core::sc_signal<bool> external_irq{"external_irq"}, timer_irq{"timer_irq"},
        software_irq{"software_irq"};
    sc_core::sc_vector<sc_core::sc_signal<bool>> accelerator_irq{"accelerator_irq",
                                                                 max_accelerators};

    Soc(const sc_core::sc_module_name& name, const SocConfig& config);

    /// Maps the registers of the `index`-th accelerator.
    template <typename Socket>
    void add_accelerator(unsigned index, std::uint64_t size, Socket& regs)
    {
        bus.add_target("accelerator" + std::to_string(index), accelerator_base(index), size, regs);
    }

    /// Copies into RAM at bus address `address`, without time. Throws InputError if it lies
    /// outside.
    void load(std::uint64_t address, const void* data, std::uint64_t bytes);
    /// Bus address of an accelerator's registers. Throws InputError if the map has no room for it.
    std::uint64_t accelerator_base(unsigned index) const;

    /// Copies out of RAM, without time. Throws InputError if it lies outside.
    void dump(std::uint64_t address, void* data, std::uint64_t bytes);

private:
    unsigned char* ram_at(std::uint64_t address, std::uint64_t bytes);

    sc_core::sc_signal<bool> m_uart_irq{"uart_irq"};
};

}  // namespace imc::soc
