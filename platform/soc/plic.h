// SPDX-License-Identifier: Apache-2.0
/// Platform-level interrupt controller (RISC-V PLIC specification 1.0.0), level-triggered sources.
#pragma once

#include "soc/peripheral.h"

namespace imc::soc {

/// Source 0 does not exist. A gateway forwards a high source once; claim takes the pending request
/// of the highest priority (lowest number among equals), complete re-arms the gateway, so a source
/// that is still high is pending again.
class Plic : public Peripheral {
public:
    using SourcePort =
        sc_core::sc_port<sc_core::sc_signal_in_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
    using LinePort =
        sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;

    static constexpr unsigned sources = 96;  ///< QEMU virt: VIRT_IRQCHIP_NUM_SOURCES
    static constexpr unsigned max_priority = 7;

    sc_core::sc_vector<SourcePort> source;  ///< index 0 stays unbound
    sc_core::sc_vector<LinePort> line;      ///< external interrupt of each context

    Plic(const sc_core::sc_module_name& name, unsigned contexts,
         const sc_core::sc_time& access_time);

private:
    void end_of_elaboration() override;
    void add_registers(unsigned contexts);
    void add_context_registers(unsigned context);
    void update();
    unsigned best(unsigned context) const;
    std::uint64_t claim(unsigned context);
    void complete(unsigned context, std::uint64_t id);
    bool is_enabled(unsigned context, unsigned id) const;
    bool bit(const Register& words, unsigned id) const;

    Register* m_priority = nullptr;
    Register* m_pending = nullptr;
    std::vector<Register*> m_enable, m_threshold;  ///< one a context
    std::vector<bool> m_in_service;                ///< claimed, not completed
    sc_core::sc_event m_changed{"changed"};
};

}  // namespace imc::soc
