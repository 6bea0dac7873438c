// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/driven_wordlines.h"

#include "crossbar/kernel/read_counts.h"

#include <algorithm>

namespace imc::crossbar {

DrivenWordlines::DrivenWordlines(const BlockMap& map, const ReadSpec& spec, ActivationFormat format,
                                 const InputCycles& cycles, const SlotLayout& layout,
                                 Encoding encoding)
{
    const std::uint32_t mask = (1u << format.bits) - 1;
    const std::uint32_t base =
        encoding == Encoding::offset ? static_cast<std::uint32_t>(format.lowest()) : 0;
    for (std::uint32_t stored = 0; stored <= mask; ++stored) {
        const std::uint32_t code = (stored + base) & mask;
        int active = 0;
        for (const auto& cycle : cycles.cycles)
            active += ((code >> cycle.first_bit) & ((1u << cycle.bits) - 1)) != 0 ? 1 : 0;
        m_active_cycles.push_back(static_cast<std::uint8_t>(active));
    }
    for (int g = 0; g < map.groups(); ++g) {
        std::vector<std::uint64_t> reads(map.row_groups(), 0);
        for (int v = 0; v < map.row_groups(); ++v)
            reads[v] = drives_of_row(map, spec, g, v);
        m_reads.emplace_back();
        for (const int row : layout.rows)
            m_reads.back().push_back(row < 0 ? 0 : reads[row / spec.rows]);
    }
}

std::uint64_t DrivenWordlines::count(const Patches& patches) const
{
    std::uint64_t driven = 0;
    for (std::size_t g = 0; g < m_reads.size(); ++g)
        for (int p = 0; p < patches.positions(); ++p) {
            const std::size_t block =
                static_cast<std::size_t>(p / 16) * patches.quads() * 64 + p % 16 * 4;
            const std::uint8_t* const low = patches.bytes(static_cast<int>(g), 0) + block;
            const std::uint8_t* const high =
                patches.slices() == 2 ? patches.bytes(static_cast<int>(g), 1) + block : nullptr;
            for (std::size_t slot = 0; slot < m_reads[g].size(); ++slot) {
                const std::size_t at = slot / 4 * 64 + slot % 4;
                const unsigned stored =
                    low[at] | (high != nullptr ? static_cast<unsigned>(high[at]) << 8 : 0u);
                driven += m_active_cycles[stored] * m_reads[g][slot];
            }
        }
    return driven;
}

}  // namespace imc::crossbar
