// SPDX-License-Identifier: GPL-2.0-only
#include "host/rv64/code_blocks.h"

#include <algorithm>
#include <cstring>

namespace imc::host {

namespace {

constexpr std::uint32_t opcode_mask = 0x7F, opcode_system = 0x73;
constexpr std::uint32_t fence_i_mask = 0x707F, fence_i = 0x100F;
/// A block that begins with an illegal instruction is reported with a size just below 2^16
/// (measured, Unicorn 2.0.1); real ones have at most 512 instructions.
constexpr std::uint32_t max_block_bytes = 4096;

}  // namespace

bool is_counter_access(std::uint32_t word)
{
    if ((word & opcode_mask) != opcode_system || (word >> 12 & 3) == 0) return false;
    switch (static_cast<CounterCsr>(word >> 20)) {
        case CounterCsr::cycle:
        case CounterCsr::time:
        case CounterCsr::instret:
        case CounterCsr::mcycle:
        case CounterCsr::minstret:
        case CounterCsr::mip:
            return true;
    }
    return false;
}

CodeBlocks::CodeBlocks() : m_blocks(entries) {}

void CodeBlocks::set_memory(std::uint64_t base, const unsigned char* data, std::uint64_t bytes)
{
    m_base = base;
    m_data = data;
    m_bytes = bytes;
    flush();
}

void CodeBlocks::flush()
{
    std::fill(m_blocks.begin(), m_blocks.end(), CodeBlock{});
    m_lowest = ~0ull;
    m_highest = 0;
}

std::uint32_t CodeBlocks::word(std::uint64_t address) const
{
    const std::uint64_t offset = address - m_base;
    if (offset >= m_bytes || m_bytes - offset < 2) return 0;
    std::uint32_t word = 0;
    std::memcpy(&word, m_data + offset, std::min<std::uint64_t>(4, m_bytes - offset));
    return instruction_length(static_cast<std::uint16_t>(word)) == 2 ? word & 0xFFFF : word;
}

std::uint32_t CodeBlocks::count(std::uint64_t first, std::uint64_t last) const
{
    std::uint32_t instructions = 0;
    for (std::uint64_t pc = first; pc < last;
         pc += instruction_length(static_cast<std::uint16_t>(word(pc))))
        ++instructions;
    return instructions;
}

const CodeBlock& CodeBlocks::decode(std::uint64_t address, std::uint32_t size)
{
    CodeBlock& block = m_blocks[(address >> 1) & (entries - 1)];
    block = CodeBlock{};
    block.address = address;
    block.size = size;
    const std::uint64_t last = address + (size > max_block_bytes ? 0 : size);
    for (std::uint64_t pc = address; pc < last;) {
        const std::uint32_t instruction = word(pc);
        ++block.instructions;
        if (is_counter_access(instruction)) block.counter_access = pc;
        if ((instruction & fence_i_mask) == fence_i) block.flushes = true;
        if ((instruction & opcode_mask) == opcode_system) block.may_unmask = true;
        pc += instruction_length(static_cast<std::uint16_t>(instruction));
    }
    m_lowest = std::min(m_lowest, address);
    m_highest = std::max(m_highest, last);
    return block;
}

}  // namespace imc::host
