// SPDX-License-Identifier: GPL-2.0-only
#include "host/rv64/function_tracker.h"

#include <algorithm>

namespace imc::host {

namespace {
/// Deeper than firmware calls; recursion beyond it replaces the top, so that a runaway guest cannot
/// eat the memory.
constexpr std::size_t max_depth = 256;
}  // namespace

void FunctionTracker::pop(std::uint64_t time_ps)
{
    m_stack.pop_back();
    m_sink->leave(time_ps);
}

void FunctionTracker::change(std::uint64_t address, std::uint64_t time_ps)
{
    const Elf::Function* function = function_at(m_functions, address);
    if (function == nullptr) return;
    const bool is_start = address == function->address;
    const auto on_stack = std::find(m_stack.rbegin(), m_stack.rend(), function);
    if (!is_start && on_stack != m_stack.rend()) {
        while (m_stack.back() != function)
            pop(time_ps);
    } else {
        if (!m_stack.empty() && (!is_start || m_stack.size() == max_depth)) pop(time_ps);
        m_stack.push_back(function);
        m_sink->enter(function->name, time_ps);
    }
    m_first = function->address;
    m_size = function->size;
}

void FunctionTracker::finish(std::uint64_t time_ps)
{
    while (!m_stack.empty())
        pop(time_ps);
}

}  // namespace imc::host
