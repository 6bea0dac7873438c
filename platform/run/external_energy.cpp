// SPDX-License-Identifier: Apache-2.0
#include "run/external_energy.h"

namespace imc::run {

ExternalEnergy::ExternalEnergy(Ledger& ledger, const Technology& technology, const soc::Soc& soc,
                               const host::Host& cpu)
    : m_ledger(ledger), m_soc(soc), m_cpu(cpu)
{
    const auto memory = ledger.component("external.dram", "memory");
    m_read = ledger.event(memory, "read_bit", technology.get("dram.read_bit_pj"), true);
    m_write = ledger.event(memory, "write_bit", technology.get("dram.write_bit_pj"), true);
    const auto host = ledger.component("external.host", "cpu");
    m_instruction = ledger.event(host, "instruction", technology.get("host.instruction_pj"), true);
}

ExternalEnergy::Seen ExternalEnergy::now() const
{
    const auto& memory = m_soc.ram.activity();
    return {memory.bytes_read, memory.bytes_written, m_cpu.statistics().instructions.value_or(0)};
}

void ExternalEnergy::on_activity(const Activity&)
{
    if (m_inference || m_ledger.phase() != Phase::inference) return;
    m_inference = true;
    m_setup_end = now();
}

void ExternalEnergy::count_instructions(LayerId layer, std::uint64_t n)
{
    m_ledger.count(layer, m_instruction, n);
    m_of_layers += n;
}

void ExternalEnergy::book(Phase phase, const Seen& from, const Seen& to)
{
    m_ledger.set_phase(phase);
    m_ledger.count(shared_layer, m_read, 8 * (to.read - from.read));
    m_ledger.count(shared_layer, m_write, 8 * (to.written - from.written));
    m_ledger.count(shared_layer, m_instruction, to.instructions - from.instructions);
}

void ExternalEnergy::close()
{
    Seen end = now();
    book(Phase::setup, Seen{}, m_inference ? m_setup_end : end);
    end.instructions -= m_of_layers;
    if (m_inference) book(Phase::inference, m_setup_end, end);
    m_ledger.set_phase(m_inference ? Phase::inference : Phase::setup);
}

}  // namespace imc::run
