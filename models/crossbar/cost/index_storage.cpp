// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/index_storage.h"

namespace imc::crossbar {

std::uint64_t block_table_bits(const BlockMap& map, BlockTable kind)
{
    constexpr std::uint64_t width_bits = 4;
    std::uint64_t blocks = 0, filled = 0;
    for (int g = 0; g < map.groups(); ++g)
        for (int v = 0; v < map.row_groups(); ++v)
            for (int h = 0; h < map.column_groups(); ++h) {
                ++blocks;
                filled += map.planes(g, v, h) != 0 ? 1 : 0;
            }
    return kind == BlockTable::widths ? width_bits * blocks : blocks + width_bits * filled;
}

std::uint64_t row_index_bits(std::uint64_t entries, std::uint64_t array_rows)
{
    std::uint64_t bits = 0;
    while ((std::uint64_t{1} << bits) < array_rows)
        ++bits;
    return entries * bits;
}

}  // namespace imc::crossbar
