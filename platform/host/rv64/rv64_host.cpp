// SPDX-License-Identifier: GPL-2.0-only
#include "host/rv64/rv64_host.h"

#include <algorithm>
#include <cstdio>

#include "common/error.h"

namespace imc::host {

namespace {
constexpr std::uint32_t wfi_word = 0x10500073;
constexpr unsigned exception_pc_ahead = 4;  ///< measured: reference/unicorn.md, "exceptions"
constexpr std::uint32_t cause_breakpoint = 3;
constexpr std::uint64_t no_end =
    ~0ull;  ///< `until` of uc_emu_start: an address that no program reaches
}  // namespace

Rv64Host::Rv64Host(const sc_core::sc_module_name& name, const HostConfig& config,
                   const soc::TimerSource* timer)
    : Host(name, config), m_timer(timer)
{
    SC_HAS_PROCESS(Rv64Host);
    SC_THREAD(run);
    set_stack_size(config.stack_bytes);
}

Rv64Host::~Rv64Host()
{
    if (m_uc != nullptr) uc_close(m_uc);
}

void Rv64Host::load(const Elf& elf)
{
    for (const Elf::Segment& segment : elf.segments) {
        tlm::tlm_generic_payload payload;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(segment.address);
        payload.set_data_ptr(const_cast<unsigned char*>(segment.data.data()));
        payload.set_data_length(static_cast<unsigned>(segment.data.size()));
        if (socket->transport_dbg(payload) != segment.data.size())
            throw InputError(std::string(name()) + ": no memory for the firmware's " +
                             std::to_string(segment.data.size()) + " bytes at address " +
                             std::to_string(segment.address) + "; enlarge the RAM or relink");
    }
    m_pc = elf.entry;
}

void Rv64Host::trace_functions(const Elf& elf, FunctionSink& sink)
{
    m_tracker = std::make_unique<FunctionTracker>(elf.functions, sink);
}

void Rv64Host::finish_trace()
{
    if (m_tracker) m_tracker->finish(soc::to_ps(sc_core::sc_time_stamp()));
}

/// The hart may have run ahead: what it has executed by the present time does not depend on how
/// far.
HostStatistics Rv64Host::statistics() const
{
    const std::uint64_t edge = m_clock.edge_at_or_before(sc_core::sc_time_stamp());
    const std::uint64_t cycles = edge - std::min(edge, m_base_cycle);
    HostStatistics statistics = m_statistics;
    statistics.instructions =
        std::min(m_instructions, m_base_instructions + cycles / m_config.cycles_per_instruction);
    return statistics;
}

void Rv64Host::memory_written(std::uint64_t address, std::uint64_t bytes)
{
    if (bytes == 0 || !m_blocks.may_hold(address, address + bytes - 1)) return;
    m_stale.push_back({address, address + bytes - 1});
    m_limit = 0;
}

void Rv64Host::run()
{
    open_engine();
    begin_quantum(1);
    while (m_lockup.empty()) {
        prepare();
        execute();
    }
}

/// Everything that may not be done inside the engine's callbacks.
void Rv64Host::prepare()
{
    if (m_direct_void) unmap_direct();
    if (!m_has_direct) map_direct(m_pc);
    if (!m_stale.empty() || m_flush_blocks) drop_stale_code();
    for (const std::uint64_t address : m_to_hook)
        hook_counter(address);
    m_to_hook.clear();
    if (m_instructions >= m_quantum_end) {
        synchronise();
        begin_quantum(1);
    }
    if (m_fault.pending) {
        m_fault.pending = false;
        take_exception(m_fault.cause, m_fault.value);
    } else if (can_interrupt()) {
        take_interrupt();
    }
    arm_limit();
}

void Rv64Host::execute()
{
    m_stop = Stop::none;
    const uc_err error = uc_emu_start(m_uc, m_pc, no_end, 0, 0);
    if (m_thrown) std::rethrow_exception(std::exchange(m_thrown, nullptr));
    if (m_stop != Stop::block && m_stop != Stop::counter) m_pc = get(UC_RISCV_REG_PC);
    switch (error) {
        case UC_ERR_OK:
            return stopped();
        case UC_ERR_INSN_INVALID:
            return raised(cause_breakpoint, m_pc);  // ebreak, PC exact
        case UC_ERR_FETCH_PROT:
        case UC_ERR_FETCH_UNMAPPED:
            return take_exception(1, m_pc);
        case UC_ERR_READ_UNMAPPED:
            return take_exception(5, 0);
        case UC_ERR_WRITE_UNMAPPED:
            return take_exception(7, 0);
        default:
            return lock_up(uc_strerror(error));
    }
}

/// The engine came back without an error: who stopped it?
void Rv64Host::stopped()
{
    switch (m_stop) {
        case Stop::block:
            return;
        case Stop::counter:
            return emulate_counter();
        case Stop::exception:
            return raised(m_exception, m_pc - exception_pc_ahead);
        case Stop::none:
            break;
    }
    if (m_blocks.word(m_pc - 4) != wfi_word) return lock_up("the engine stopped for no reason");
    uncount_from(m_pc);
    sleep();
}

/// wfi: wakes when an interrupt is pending that is enabled in mie, whatever mstatus says.
void Rv64Host::sleep()
{
    synchronise();
    const sc_core::sc_time start = sc_core::sc_time_stamp();
    if (pending_interrupts() == 0) {
        const sc_core::sc_event_or_list changes = irq_changes();
        if (changes.size() == 0) return lock_up("wfi without an interrupt line");
        if (m_tracker) m_tracker->sleep(soc::to_ps(start));
        m_asleep = true;
        while (pending_interrupts() == 0)
            wait(changes);
        m_asleep = false;
        if (m_tracker) m_tracker->wake(soc::to_ps(sc_core::sc_time_stamp()));
        m_statistics.asleep += sc_core::sc_time_stamp() - start;
    }
    retime();
}

std::uint64_t Rv64Host::cycle() const
{
    return m_base_cycle + (m_instructions - m_base_instructions) * m_config.cycles_per_instruction;
}

/// Waits until the local time is now.
void Rv64Host::synchronise()
{
    const sc_core::sc_time local = m_clock.time_of(cycle());
    if (local > sc_core::sc_time_stamp()) wait(local - sc_core::sc_time_stamp());
}

/// Simulated time has passed outside of instructions: the local clock goes on at the next edge.
/// However small the quantum, a few instructions follow without a break, so that a look at memory
/// right after a device access sees what was there at the access, at every quantum.
void Rv64Host::retime()
{
    constexpr std::uint64_t unbroken = 256;
    m_base_cycle = std::max(cycle(), m_clock.edge_at_or_after(sc_core::sc_time_stamp()));
    m_base_instructions = m_instructions;
    begin_quantum(unbroken);
}

/// Sets how far the hart may run: the quantum, at least `least` instructions, but not past the next
/// timer compare.
void Rv64Host::begin_quantum(std::uint64_t least)
{
    const std::uint64_t cpi = m_config.cycles_per_instruction;
    const std::uint64_t now = cycle();
    std::uint64_t cycles = std::max(m_clock.edge_at_or_before(m_config.quantum), least * cpi);
    if (m_timer != nullptr) {
        const sc_core::sc_time timer = m_timer->next_timer(0);
        const sc_core::sc_time local = m_clock.time_of(now);
        if (timer > local && timer - local < m_clock.time_of(cycles))
            cycles = std::min(cycles, m_clock.edge_at_or_after(timer) - now);
    }
    m_quantum_end = m_instructions + std::max<std::uint64_t>((cycles + cpi - 1) / cpi, 1);
    arm_limit();
}

/// The block hook looks closer at the quantum's end, or at the next block if there may be something
/// to do before.
void Rv64Host::arm_limit()
{
    const bool look = lines() != 0 || m_fault.pending || m_thrown || m_direct_void ||
                      m_flush_blocks || !m_stale.empty();
    m_limit = look ? 0 : m_quantum_end;
}

/// Takes back the instructions of the running block from `pc` on: they were counted at its entry.
void Rv64Host::uncount_from(std::uint64_t pc)
{
    if (pc > m_block && pc < m_block_end) m_instructions -= m_blocks.count(pc, m_block_end);
    m_block = m_block_end = 0;
}

void Rv64Host::on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* self)
{
    auto& host = *static_cast<Rv64Host*>(self);
    const CodeBlock& block = host.m_blocks.at(address, size);
    if (block.counter_access != 0) host.note_counter(block.counter_access);
    if (host.m_instructions >= host.m_limit && host.stops_at(address)) return;
    host.m_block = address;
    host.m_block_end = address + size;
    host.m_instructions += block.instructions;
    if (block.flushes || block.may_unmask) {  // something to do before the next block is looked up
        host.m_flush_blocks |= block.flushes;
        host.m_limit = 0;
    }
}

void Rv64Host::on_traced_block(uc_engine* uc, std::uint64_t address, std::uint32_t size, void* self)
{
    auto& host = *static_cast<Rv64Host*>(self);
    host.m_tracker->at(address, soc::to_ps(host.m_clock.time_of(host.cycle())));
    on_block(uc, address, size, self);
}

/// New code with a counter access needs a hook before it runs.
void Rv64Host::note_counter(std::uint64_t address)
{
    if (std::binary_search(m_hooked.begin(), m_hooked.end(), address)) return;
    m_to_hook.push_back(address);
    m_limit = 0;
}

/// True if the engine must come back before this block. A pending line that is masked does not stop
/// it; it is looked at again after every block that may unmask it.
bool Rv64Host::stops_at(std::uint64_t address)
{
    const bool work = m_instructions >= m_quantum_end || m_fault.pending || m_thrown ||
                      m_direct_void || m_flush_blocks || !m_stale.empty() || !m_to_hook.empty();
    if (!work && !can_interrupt()) {
        m_limit = m_quantum_end;
        return false;
    }
    m_stop = Stop::block;
    m_pc = address;
    uc_emu_stop(m_uc);
    return true;
}

std::string Rv64Host::where(const Elf& elf) const
{
    char pc[24];
    std::snprintf(pc, sizeof pc, "0x%llx", static_cast<unsigned long long>(m_pc));
    const Elf::Function* function = function_at(elf.functions, m_pc);
    return std::string(m_asleep ? "asleep in " : "at work in ") +
           (function != nullptr ? function->name : "no function of its program") + ", pc " + pc;
}

}  // namespace imc::host
