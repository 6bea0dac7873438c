// SPDX-License-Identifier: Apache-2.0
#include "soc/soc.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "common/error.h"
#include "imcvp/soc.h"

namespace imc::soc {

namespace {
sc_core::sc_time register_time(const SocConfig& config)
{
    return Clock(config.bus.clock_hz).time_of(config.register_cycles);
}
}  // namespace

Soc::Soc(const sc_core::sc_module_name& name, const SocConfig& config)
    : sc_module(name),
      bus("bus", config.bus),
      ram("ram", config.memory),
      uart("uart", register_time(config)),
      clint("clint", 1, config.timebase_hz, register_time(config)),
      plic("plic", 1, register_time(config)),
      finisher("finisher", register_time(config)),
      marker("marker", register_time(config))
{
    bus.add_target("finisher", IMC_SOC_FINISHER_BASE, IMC_SOC_FINISHER_SIZE, finisher.in);
    bus.add_target("marker", IMC_SOC_MARKER_BASE, IMC_SOC_MARKER_SIZE, marker.in);
    bus.add_target("clint", IMC_SOC_CLINT_BASE, IMC_SOC_CLINT_SIZE, clint.in);
    bus.add_target("plic", IMC_SOC_PLIC_BASE, IMC_SOC_PLIC_SIZE, plic.in);
    bus.add_target("uart", IMC_SOC_UART_BASE, IMC_SOC_UART_SIZE, uart.in);
    bus.add_target("ram", IMC_SOC_RAM_BASE, config.memory.bytes, ram.in);
    uart.irq.bind(m_uart_irq);
    plic.source[IMC_SOC_UART_IRQ].bind(m_uart_irq);
    for (unsigned i = 0; i < max_accelerators; ++i)
        plic.source[IMC_SOC_ACCELERATOR_IRQ + i].bind(accelerator_irq[i]);
    plic.line[0].bind(external_irq);
    clint.timer_irq[0].bind(timer_irq);
    clint.software_irq[0].bind(software_irq);
}

std::uint64_t Soc::accelerator_base(unsigned index) const
{
    if (index >= max_accelerators)
        throw InputError(std::string(name()) + ": at most " + std::to_string(max_accelerators) +
                         " accelerators fit the memory map");
    return IMC_SOC_ACCELERATOR_BASE + index * std::uint64_t{IMC_SOC_ACCELERATOR_STRIDE};
}

unsigned char* Soc::ram_at(std::uint64_t address, std::uint64_t bytes)
{
    const std::uint64_t offset = address - IMC_SOC_RAM_BASE;
    if (address < IMC_SOC_RAM_BASE || offset > ram.size() || bytes > ram.size() - offset) {
        char text[160];
        std::snprintf(text, sizeof text,
                      ": %" PRIu64 " bytes at 0x%" PRIx64 " do not fit the RAM of %" PRIu64
                      " bytes at 0x%x; enlarge it",
                      bytes, address, ram.size(), IMC_SOC_RAM_BASE);
        throw InputError(name() + std::string(text));
    }
    return ram.data() + offset;
}

void Soc::load(std::uint64_t address, const void* data, std::uint64_t bytes)
{
    std::memcpy(ram_at(address, bytes), data, bytes);
}

void Soc::dump(std::uint64_t address, void* data, std::uint64_t bytes)
{
    std::memcpy(data, ram_at(address, bytes), bytes);
}

}  // namespace imc::soc
