// SPDX-License-Identifier: Apache-2.0
/// The accelerator as another team plugs it in: plain Accellera sockets and ports around one
/// module.
#pragma once

#include "accelerator/module/core.h"
#include "accelerator/module/register_target.h"
#include "common/module/sim_time.h"
#include "common/module/spawn.h"

#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

namespace imc {

/// `regs` is the register file of docs/registers.md: LT and AT calls, debug transport without
/// effects, no direct access. `dma` initiates naturally aligned power-of-two bursts from a process
/// of its own. `irq` is a level; `reset` acts on its rising edge; both may stay unbound. The ledger
/// must outlive the module; one a module. Throws InputError for a configuration that cannot be.
template <unsigned Width = 32>
class BasicAccelerator : public sc_core::sc_module, private accelerator::DmaBus {
public:
    using Signal =
        sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;

    tlm_utils::simple_target_socket<BasicAccelerator, Width> regs{"regs"};
    tlm_utils::simple_initiator_socket<BasicAccelerator, Width> dma{"dma"};
    Signal irq{"irq"};
    Signal reset{"reset"};

    BasicAccelerator(sc_core::sc_module_name name, const AcceleratorConfig& config, Ledger& ledger,
                     const accelerator::TileRegistry& tiles = accelerator::standard_tiles())
        : sc_module(name),
          m_cycle(from_ps(cycles_to_ps(1, config.clock_ghz))),
          m_core(
              "core", config, ledger, *this, [this] { m_irq_event.notify(sc_core::SC_ZERO_TIME); },
              tiles)
    {
        regs.register_b_transport(this, &BasicAccelerator::b_transport);
        regs.register_transport_dbg(this, &BasicAccelerator::transport_dbg);
        regs.register_get_direct_mem_ptr(this, &BasicAccelerator::get_direct_mem_ptr);
        dma.register_invalidate_direct_mem_ptr(this, &BasicAccelerator::invalidate);
        sc_core::sc_spawn_options method;
        method.spawn_method();
        method.set_sensitivity(&m_irq_event);
        sc_core::sc_spawn([this] { drive_irq(); }, "drive_irq", &method);
    }

    /// For buses that hand on absolute addresses: `base` is subtracted.
    void use_absolute_addresses(std::uint64_t base) { m_base = base; }

    accelerator::Core& core() { return m_core; }
    const accelerator::Core& core() const { return m_core; }
    /// True while a descriptor, a packet or an image is under way.
    bool busy() const { return m_core.busy(); }
    /// For a simulation that starves: a line for each descriptor and stage that waits, and for
    /// what.
    std::vector<std::string> diagnose() const { return m_core.diagnose(); }
    const std::vector<accelerator::ImageTimes>& images() const
    {
        return m_core.processor().images();
    }
    /// Completion of the FENCE after the last weight upload, ps.
    std::uint64_t setup_end_ps() const { return m_core.processor().setup_end_ps(); }
    std::vector<accelerator::StageReport> stages() const { return m_core.stages(); }
    /// Text of the error in the error register: the first since it was cleared.
    const std::string& last_error() const { return m_core.processor().last_error(); }

private:
    void end_of_elaboration() override
    {
        if (reset.size() == 0) return;
        sc_core::sc_spawn_options method;
        method.spawn_method();
        method.dont_initialize();
        method.set_sensitivity(&reset->posedge_event());
        sc_core::sc_spawn([this] { m_core.processor().hard_reset(); }, "reset_edge", &method);
    }

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay)
    {
        auto& processor = m_core.processor();
        processor.set_access_delay(delay);
        delay += m_cycle * accelerator::serve_registers(processor.registers(), payload,
                                                        payload.get_address() - m_base);
    }

    unsigned transport_dbg(tlm::tlm_generic_payload& payload)
    {
        return accelerator::peek_registers(m_core.processor().registers(), payload,
                                           payload.get_address() - m_base);
    }

    bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi)
    {
        dmi.init();
        dmi.set_start_address(m_base);
        dmi.set_end_address(m_base + IMC_REGS_SIZE - 1);
        return false;
    }

    void invalidate(sc_dt::uint64 first, sc_dt::uint64 last)
    {
        m_core.dma().invalidate(first, last);
    }
    void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override
    {
        dma->b_transport(payload, delay);
    }
    bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override
    {
        return dma->get_direct_mem_ptr(payload, dmi);
    }

    void drive_irq()
    {
        if (irq.size() != 0) irq->write(m_core.processor().registers().interrupt_line());
    }

    std::uint64_t m_base = 0;
    sc_core::sc_time m_cycle;
    sc_core::sc_event m_irq_event;
    accelerator::Core m_core;
};

using Accelerator = BasicAccelerator<>;

}  // namespace imc
