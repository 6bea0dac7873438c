// SPDX-License-Identifier: Apache-2.0
/// Which input rows a stage needs for which output rows: the rules of docs/seams.md, shared by tile
/// and compiler.
#pragma once

#include "imcvp/program.h"

#include <cstdint>

namespace imc {

/// Units of a whole image, over all copies of the stage: ceil(out_height / unit_rows).
std::uint32_t units_per_image(const imc_stage& stage);

/// Units of an image that this copy makes: u with u % copies == copy.
std::uint32_t own_units_per_image(const imc_stage& stage);

/// First output row of the `index`-th unit this copy makes, and the row after its last.
struct RowRange {
    std::uint32_t begin = 0, end = 0;
};
RowRange unit_rows_of(const imc_stage& stage, std::uint32_t index);

/// Number of leading rows of input `stream` that must be here before output rows below `end` can be
/// made.
std::uint32_t rows_needed(const imc_stage& stage, unsigned stream, std::uint32_t end);

/// First row of input `stream` that output rows from `begin` on still need: rows before it can go.
std::uint32_t first_row_needed(const imc_stage& stage, unsigned stream, std::uint32_t begin);

/// Rows of an image that this copy's first unit has no need for: never kept, free from the start.
std::uint32_t rows_skipped(const imc_stage& stage, unsigned stream);

/// Fewest slots with which the stage can make any unit at all (its longest window over the image).
std::uint32_t least_depth(const imc_stage& stage, unsigned stream);

/// Bytes a stream takes in the tile's buffer: depth_rows rows of channels x width elements, each
/// row in whole bytes.
std::uint64_t stream_bytes(const imc_stream& stream);

/// Bits of a partial sum of this stage on the network: product bits plus growth over the summed
/// inputs plus sign, at most 64.
unsigned psum_bits(const imc_stage& stage);

}  // namespace imc
