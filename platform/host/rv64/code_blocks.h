// SPDX-License-Identifier: GPL-2.0-only
/// How many instructions a translated block holds, and which of them the wrapper must emulate.
#pragma once

#include <cstdint>
#include <vector>

namespace imc::host {

/// CSRs that Unicorn answers with the build machine's time or not at all (reference/unicorn.md,
/// "counters").
enum class CounterCsr : std::uint32_t {
    cycle = 0xC00,
    time = 0xC01,
    instret = 0xC02,
    mcycle = 0xB00,
    minstret = 0xB02,
    mip = 0x344
};

/// Length in bytes of the instruction whose first half word is `low` (RISC-V Unprivileged ISA,
/// section 1.5).
inline unsigned instruction_length(std::uint16_t low)
{
    return (low & 3) == 3 ? 4 : 2;
}

/// True if `word` accesses one of CounterCsr.
bool is_counter_access(std::uint32_t word);

/// A block that has been decoded.
struct CodeBlock {
    std::uint64_t address = ~0ull;
    std::uint32_t size = 0;  ///< bytes, as Unicorn reports it
    std::uint32_t instructions = 0;
    std::uint64_t counter_access =
        0;  ///< address of a counter access in it, 0 = none (such an access ends a block)
    bool flushes = false;     ///< holds fence.i: code behind known addresses may have changed
    bool may_unmask = false;  ///< ends in a CSR access or mret: interrupts may be enabled after it
};

/// Direct-mapped cache over blocks of RAM.
class CodeBlocks {
public:
    CodeBlocks();

    /// RAM that code is read from: bus address of its first byte, host pointer, bytes.
    void set_memory(std::uint64_t base, const unsigned char* data, std::uint64_t bytes);

    /// The block, decoded on first sight.
    const CodeBlock& at(std::uint64_t address, std::uint32_t size)
    {
        const CodeBlock& block = m_blocks[(address >> 1) & (entries - 1)];
        if (block.address == address && block.size == size) return block;
        return decode(address, size);
    }

    /// Instructions that start in [first, last).
    std::uint32_t count(std::uint64_t first, std::uint64_t last) const;
    /// The instruction at `address`; 0 if that is not RAM.
    std::uint32_t word(std::uint64_t address) const;

    /// True if a decoded block may lie in [first, last].
    bool may_hold(std::uint64_t first, std::uint64_t last) const
    {
        return first <= m_highest && last >= m_lowest;
    }
    void flush();

private:
    static constexpr std::size_t entries = 8192;

    const CodeBlock& decode(std::uint64_t address, std::uint32_t size);

    std::uint64_t m_base = 0, m_bytes = 0;
    const unsigned char* m_data = nullptr;
    std::uint64_t m_lowest = ~0ull, m_highest = 0;  ///< bytes that have been decoded lie between
    std::vector<CodeBlock> m_blocks;
};

}  // namespace imc::host
