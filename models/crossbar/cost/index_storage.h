// SPDX-License-Identifier: Apache-2.0
/// Bits that say where weights stand: BWQ's bit-width table, the row indices of SRE and SME
/// (bwq.md 3.9).
#pragma once

#include <cstdint>

#include "crossbar/kernel/block_map.h"

namespace imc::crossbar {

/// How BWQ's controller may keep its table; the paper does not say, and the two differ 4x
/// (bwq.md 2.17, 3.9).
enum class BlockTable {
    widths,  ///< 4 bits a block, 0 to 8 planes
    bitmap   ///< 1 bit a block, and 4 more where it is not empty
};

std::uint64_t block_table_bits(const BlockMap& map, BlockTable kind);

/// `entries` row numbers (SparseReads::index_entries) of ceil(log2(array_rows)) bits. One number
/// for each kept row of 8 weights of ResNet-34 at SRE's 3.3x compression gives 689 KB, near the 704
/// KB that BWQ reports for it.
std::uint64_t row_index_bits(std::uint64_t entries, std::uint64_t array_rows);

}  // namespace imc::crossbar
