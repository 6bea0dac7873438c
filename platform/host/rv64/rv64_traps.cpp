// SPDX-License-Identifier: GPL-2.0-only
/// Traps and counters, which the engine leaves to the wrapper (RISC-V Privileged ISA, chapter 3).
#include <algorithm>

#include "common/module/report.h"
#include "host/rv64/rv64_host.h"

namespace imc::host {

namespace {

constexpr std::uint64_t mstatus_mie = 1u << 3, mstatus_mpie = 1u << 7, mstatus_mpp = 3u << 11;
constexpr std::uint64_t msip = 1u << 3, mtip = 1u << 7, meip = 1u << 11;
constexpr std::uint64_t interrupt_bit = 1ull << 63;
constexpr std::uint64_t cause_fetch = 1, cause_illegal = 2, cause_breakpoint = 3,
                        cause_ecall_user = 8, cause_ecall_machine = 11;

}  // namespace

std::uint64_t Rv64Host::get(int reg) const
{
    std::uint64_t value = 0;
    uc_reg_read(m_uc, reg, &value);
    return value;
}

void Rv64Host::set(int reg, std::uint64_t value)
{
    uc_reg_write(m_uc, reg, &value);
}

/// The mip bits, which the engine does not let anyone write. The timer is looked up in local time
/// (behind simulated time only in sleep), the others are as of the last synchronisation.
std::uint64_t Rv64Host::lines() const
{
    const sc_core::sc_time now = std::max(m_clock.time_of(cycle()), sc_core::sc_time_stamp());
    const bool timer = m_timer != nullptr ? m_timer->next_timer(0) <= now : is_high(timer_irq);
    return (is_high(external_irq) ? meip : 0) | (timer ? mtip : 0) |
           (is_high(software_irq) ? msip : 0);
}

std::uint64_t Rv64Host::pending_interrupts() const
{
    const std::uint64_t high = lines();
    return high == 0 ? 0 : high & get(UC_RISCV_REG_MIE);
}

bool Rv64Host::can_interrupt() const
{
    return pending_interrupts() != 0 && (get(UC_RISCV_REG_MSTATUS) & mstatus_mie) != 0;
}

/// Priority of the standard: external, software, timer.
void Rv64Host::take_interrupt()
{
    const std::uint64_t pending = pending_interrupts();
    const std::uint64_t cause = (pending & meip) != 0 ? 11 : (pending & msip) != 0 ? 3 : 7;
    ++m_statistics.interrupts;
    report_debug(report_id::host_interrupt, [&] {
        return "taken, cause " + std::to_string(cause) + " at instruction " +
               std::to_string(m_instructions);
    });
    enter_trap(interrupt_bit | cause, 0);
}

void Rv64Host::take_exception(std::uint64_t cause, std::uint64_t value)
{
    const std::uint64_t vector = get(UC_RISCV_REG_MTVEC) & ~3ull;
    if (cause == cause_fetch && m_pc == vector)
        return lock_up("no code at the trap vector " + std::to_string(vector));
    enter_trap(cause, value);
}

void Rv64Host::enter_trap(std::uint64_t cause, std::uint64_t value)
{
    const std::uint64_t status = get(UC_RISCV_REG_MSTATUS);
    const std::uint64_t previous = (status & mstatus_mie) != 0 ? mstatus_mpie : 0;
    set(UC_RISCV_REG_MSTATUS, (status & ~(mstatus_mie | mstatus_mpie)) | previous | mstatus_mpp);
    set(UC_RISCV_REG_MEPC, m_pc);
    set(UC_RISCV_REG_MCAUSE, cause);
    set(UC_RISCV_REG_MTVAL, value);
    const std::uint64_t vector = get(UC_RISCV_REG_MTVEC);
    const bool vectored = (vector & 1) != 0 && (cause & interrupt_bit) != 0;
    m_pc = (vector & ~3ull) + (vectored ? 4 * (cause & ~interrupt_bit) : 0);
    // A trap takes the time of an instruction, so that even a handler that traps at once lets time
    // pass.
    m_base_cycle += m_config.cycles_per_instruction;
    if (m_quantum_end > m_instructions) --m_quantum_end;
}

/// An exception of the instruction at `pc`, which did not retire.
void Rv64Host::raised(std::uint32_t number, std::uint64_t pc)
{
    m_pc = pc;
    uncount_from(m_pc);
    std::uint64_t value = 0;
    if (number == cause_illegal) value = m_blocks.word(m_pc);
    if (number == cause_breakpoint) value = m_pc;
    take_exception(number == cause_ecall_user ? cause_ecall_machine : number, value);
}

void Rv64Host::on_exception(uc_engine* uc, std::uint32_t number, void* self)
{
    auto& host = *static_cast<Rv64Host*>(self);
    host.m_stop = Stop::exception;
    host.m_exception = number;
    uc_emu_stop(uc);
}

void Rv64Host::on_counter(uc_engine* uc, std::uint64_t address, std::uint32_t, void* self)
{
    auto& host = *static_cast<Rv64Host*>(self);
    if (!is_counter_access(host.m_blocks.word(address))) return;  // other code stands here now
    host.m_stop = Stop::counter;
    host.m_pc = address;
    uc_emu_stop(uc);
}

void Rv64Host::hook_counter(std::uint64_t address)
{
    uc_hook hook = 0;
    uc_hook_add(m_uc, &hook, UC_HOOK_CODE, reinterpret_cast<void*>(on_counter), this, address,
                address);
    uc_ctl_remove_cache(m_uc, address, address + 4);
    m_hooked.insert(std::upper_bound(m_hooked.begin(), m_hooked.end(), address), address);
}

/// Before the access: it counts itself among the executed only afterwards.
std::uint64_t Rv64Host::counter_value(CounterCsr csr) const
{
    const std::uint64_t own_cycles = m_config.cycles_per_instruction;
    switch (csr) {
        case CounterCsr::cycle:
        case CounterCsr::mcycle:
            return cycle() - own_cycles;
        case CounterCsr::instret:
        case CounterCsr::minstret:
            return m_instructions - 1;
        case CounterCsr::time:
            return m_timer == nullptr ? 0
                                      : m_timer->ticks_at(m_clock.time_of(cycle() - own_cycles));
        case CounterCsr::mip:
            return lines();
    }
    return 0;
}

/// csrr of a counter. Writes to mcycle, minstret and mip are ignored; writes to the read-only ones
/// are illegal.
void Rv64Host::emulate_counter()
{
    const std::uint32_t word = m_blocks.word(m_pc);
    const auto csr = static_cast<CounterCsr>(word >> 20);
    const unsigned source = word >> 15 & 31, destination = word >> 7 & 31;
    const bool writes = (word >> 12 & 3) == 1 || source != 0;
    const bool read_only = (word >> 30) == 3;
    if (writes && read_only) {
        --m_instructions;
        return take_exception(cause_illegal, word);
    }
    if (destination != 0) set(UC_RISCV_REG_X0 + static_cast<int>(destination), counter_value(csr));
    m_pc += 4;
}

void Rv64Host::lock_up(const std::string& why)
{
    m_lockup = why;
}

}  // namespace imc::host
