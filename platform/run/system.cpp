// SPDX-License-Identifier: Apache-2.0
#include "run/system.h"

#include "imcvp/regs.h"

namespace imc::run {

namespace {

sc_core::sc_time nanoseconds(double ns)
{
    return sc_core::sc_time(ns, sc_core::SC_NS);
}

// The lower priority number wins the bus: the CPU's short accesses go before long bursts.
constexpr unsigned cpu_priority = 0, dma_priority = 1;

}  // namespace

soc::SocConfig soc_config(const config::RunConfig& config)
{
    soc::SocConfig soc;
    soc.memory.bytes = std::uint64_t{config.soc.ram_mb} << 20;
    soc.memory.read_latency = nanoseconds(config.soc.ram_read_ns);
    soc.memory.write_latency = nanoseconds(config.soc.ram_write_ns);
    soc.memory.bytes_per_second = static_cast<std::uint64_t>(config.soc.ram_gbytes_per_s * 1e9);
    soc.bus.clock_hz = std::uint64_t{config.soc.bus_mhz} * 1'000'000;
    soc.bus.width_bytes = config.soc.bus_bytes;
    soc.bus.latency_cycles = config.soc.bus_latency_cycles;
    return soc;
}

host::HostConfig host_config(const config::RunConfig& config)
{
    host::HostConfig host;
    host.clock_hz = std::uint64_t{config.host.clock_mhz} * 1'000'000;
    host.cycles_per_instruction = config.host.cycles_per_instruction;
    host.quantum = sc_core::sc_time(static_cast<double>(config.host.quantum_ps), sc_core::SC_PS);
    return host;
}

System::System(const sc_core::sc_module_name& name, const config::RunConfig& config,
               const AcceleratorConfig& platform, const HostFactory& make_cpu, Ledger& ledger)
    : sc_module(name),
      soc("soc", soc_config(config)),
      accelerator("accelerator", platform, ledger),
      cpu(make_cpu(host_config(config), soc))
{
    host::Host& module = cpu->module();
    const unsigned number = soc.bus.add_initiator("cpu", cpu_priority, true, module.socket);
    soc.bus.add_initiator("dma", dma_priority, false, accelerator.dma);
    soc.bus.add_snoop(number, [&module](std::uint64_t address, std::uint64_t bytes) {
        module.memory_written(address, bytes);
    });
    module.external_irq.bind(soc.external_irq);
    module.timer_irq.bind(soc.timer_irq);
    module.software_irq.bind(soc.software_irq);
    soc.add_accelerator(0, IMC_REGS_SIZE, accelerator.regs);
    accelerator.irq.bind(soc.accelerator_irq[0]);
}

}  // namespace imc::run
