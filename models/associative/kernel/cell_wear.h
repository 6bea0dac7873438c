// SPDX-License-Identifier: Apache-2.0
/// Writes of single cells, of which the most written one ends an array's life.
#pragma once

#include <cstdint>
#include <vector>

#include "associative/kernel/gemm.h"

namespace imc::associative {

/// Writes a step of the cells of the first row of a segment and of its carry row, by column of the
/// sum. Every level of a reduction adds into that row, so no row is written more often.
struct CellWear {
    std::vector<std::uint64_t> sum;    ///< with the preset and the multiplication
    std::vector<std::uint64_t> carry;  ///< of carry-save additions

    /// Of the most written cell.
    std::uint64_t most() const;
    CellWear& operator+=(const CellWear& other);
};

/// Of one dot product: `length` weights and codes as Gemm takes them. A carry within a row goes to
/// the sum's next column; the latches of ripple additions between rows are no cells (ASSUME).
CellWear cell_wear(const GemmConfig& config, const std::int32_t* weights,
                   const std::uint16_t* activations, std::size_t length);

}  // namespace imc::associative
