// SPDX-License-Identifier: GPL-2.0-only
/// RV64GC hart on the Unicorn engine as a TLM-2.0 initiator. Machine mode only.
#pragma once

#include <unicorn/unicorn.h>

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/common/elf.h"
#include "host/common/function_sink.h"
#include "host/common/host.h"
#include "host/rv64/code_blocks.h"
#include "host/rv64/function_tracker.h"
#include "soc/timer_source.h"

namespace imc::host {

/// Runs ahead of simulated time by up to the quantum, over RAM it has by DMI; waits until its time
/// is now before every device access, and never runs past the next timer compare, so the quantum
/// moves no timestamp as long as software takes external interrupts in `wfi`. An instruction takes
/// `cycles_per_instruction` cycles, an access to a device the annotated time on top. docs/host.md
/// lists what the hart does and does not do.
class Rv64Host : public Host {
public:
    /// `timer` may be null: then `time` reads as 0 and a timer interrupt can be late by the
    /// quantum.
    Rv64Host(const sc_core::sc_module_name& name, const HostConfig& config,
             const soc::TimerSource* timer);
    ~Rv64Host() override;
    Rv64Host(const Rv64Host&) = delete;
    Rv64Host& operator=(const Rv64Host&) = delete;

    /// Writes the segments by debug transport and sets the reset PC. After binding, before the
    /// simulation runs. Throws InputError if memory does not take a segment.
    void load(const Elf& elf);
    /// Reports functions of `elf` to `sink` from now on; before the simulation runs. Without it
    /// tracing costs nothing.
    void trace_functions(const Elf& elf, FunctionSink& sink);
    /// Closes what the function sink still has open, at the present time.
    void finish_trace();

    HostStatistics statistics() const override;
    void memory_written(std::uint64_t address, std::uint64_t bytes) override;
    /// Why the hart stopped for good (a trap without a handler); empty while it runs.
    const std::string& lockup() const { return m_lockup; }
    std::uint64_t pc() const { return m_pc; }
    /// What it is doing, for a diagnosis: "asleep in FUNCTION of `elf` (pc 0x...)", or "at ...".
    std::string where(const Elf& elf) const;

protected:
    void direct_access_withdrawn(std::uint64_t first, std::uint64_t last) override;

private:
    enum class Stop { none, block, counter, exception };
    struct Fault {
        std::uint64_t cause = 0, value = 0;
        bool pending = false;
    };
    struct Range {
        std::uint64_t first, last;  ///< inclusive
    };

    // rv64_host.cpp: the thread and its time
    void run();
    void prepare();
    void execute();
    void stopped();
    void sleep();
    void synchronise();
    void begin_quantum(std::uint64_t least);
    void retime();
    std::uint64_t cycle() const;
    void uncount_from(std::uint64_t pc);
    void arm_limit();
    void note_counter(std::uint64_t address);
    bool stops_at(std::uint64_t address);
    static void on_block(uc_engine* uc, std::uint64_t address, std::uint32_t size, void* self);
    static void on_traced_block(uc_engine* uc, std::uint64_t address, std::uint32_t size,
                                void* self);

    // rv64_memory.cpp: maps and device accesses
    void open_engine();
    void add_hooks();
    void map_devices(std::uint64_t first, std::uint64_t bytes);
    bool map_direct(std::uint64_t address);
    void unmap_direct();
    void drop_stale_code();
    void device_access(bool write, std::uint64_t address, unsigned size, std::uint64_t value);
    static bool on_access(uc_engine* uc, uc_mem_type type, std::uint64_t address, int size,
                          std::int64_t value, void* self);
    static std::uint64_t on_read_part(uc_engine* uc, std::uint64_t offset, unsigned size,
                                      void* self);
    static void on_write_part(uc_engine* uc, std::uint64_t offset, unsigned size,
                              std::uint64_t value, void* self);

    // rv64_traps.cpp: interrupts, exceptions, counters
    std::uint64_t lines() const;
    std::uint64_t pending_interrupts() const;
    bool can_interrupt() const;
    void take_interrupt();
    void take_exception(std::uint64_t cause, std::uint64_t value);
    void enter_trap(std::uint64_t cause, std::uint64_t value);
    void raised(std::uint32_t number, std::uint64_t pc);
    void emulate_counter();
    std::uint64_t counter_value(CounterCsr csr) const;
    void hook_counter(std::uint64_t address);
    void lock_up(const std::string& why);
    static void on_exception(uc_engine* uc, std::uint32_t number, void* self);
    static void on_counter(uc_engine* uc, std::uint64_t address, std::uint32_t size, void* self);
    std::uint64_t get(int reg) const;
    void set(int reg, std::uint64_t value);

    const soc::TimerSource* m_timer;
    uc_engine* m_uc = nullptr;
    std::uint64_t m_pc = 0;
    std::string m_lockup;
    bool m_asleep = false;

    std::uint64_t m_instructions = 0;  ///< executed
    std::uint64_t m_limit = 0;         ///< the block hook looks closer from this count on
    std::uint64_t m_quantum_end = 0;   ///< instruction count at which time is synchronised
    std::uint64_t m_base_cycle = 0,
                  m_base_instructions = 0;  ///< the local clock's last known point
    CodeBlocks m_blocks;
    std::uint64_t m_block = 0, m_block_end = 0;  ///< block that runs now

    Stop m_stop = Stop::none;
    std::uint32_t m_exception = 0;         ///< number of Stop::exception
    Fault m_fault;                         ///< bus error that waits for the next block
    std::exception_ptr m_thrown;           ///< must not cross the engine's frames
    std::vector<std::uint64_t> m_to_hook;  ///< counter accesses found in new code
    std::vector<std::uint64_t> m_hooked;
    std::vector<Range> m_stale;  ///< written by others since the last look
    bool m_flush_blocks = false;

    tlm::tlm_dmi m_direct;  ///< RAM
    bool m_has_direct = false, m_direct_void = false;
    std::uint64_t m_read_address = 0, m_read_data = 0;  ///< device read that the parts are cut from

    std::unique_ptr<FunctionTracker> m_tracker;
};

}  // namespace imc::host
