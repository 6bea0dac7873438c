// SPDX-License-Identifier: GPL-2.0-only
/// From block addresses to a nested timeline of functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/common/elf.h"
#include "host/common/function_sink.h"

namespace imc::host {

/// Keeps a shadow stack: the first address of a function is a call (or a tail call, which nests),
/// an address inside a function that is on the stack is a return to it, any other change replaces
/// the top. Direct recursion shows as one call, since a block address cannot tell it from a loop
/// back to the function's first instruction.
class FunctionTracker {
public:
    FunctionTracker(std::vector<Elf::Function> functions, FunctionSink& sink)
        : m_functions(std::move(functions)), m_sink(&sink)
    {
    }

    void at(std::uint64_t address, std::uint64_t time_ps)
    {
        if (address - m_first < m_size) return;
        change(address, time_ps);
    }
    void sleep(std::uint64_t time_ps) { m_sink->enter("wfi", time_ps); }
    void wake(std::uint64_t time_ps) { m_sink->leave(time_ps); }
    /// Leaves what is open.
    void finish(std::uint64_t time_ps);

private:
    void change(std::uint64_t address, std::uint64_t time_ps);
    void pop(std::uint64_t time_ps);

    std::vector<Elf::Function> m_functions;
    FunctionSink* m_sink;
    std::vector<const Elf::Function*> m_stack;
    std::uint64_t m_first = 0, m_size = 0;  ///< range of the function on top
};

}  // namespace imc::host
