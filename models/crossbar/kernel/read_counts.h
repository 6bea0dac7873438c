// SPDX-License-Identifier: Apache-2.0
/// What the arrays of a layer did for one output row: exact event counts (bwq.md 5.2), which the
/// cost room turns into time and energy.
#pragma once

#include <cstdint>

#include "crossbar/kernel/bit_lanes.h"
#include "crossbar/kernel/cell_codes.h"

namespace imc::crossbar {

struct ReadCounts {
    std::uint64_t reads = 0;        ///< operation-unit activations, or whole-array reads
    std::uint64_t conversions = 0;  ///< ADC conversions; diff_digital makes two a column
    std::uint64_t clipped = 0;      ///< of them out of range
    std::uint64_t cell_reads = 0;  ///< cells on driven rows and read columns, both arrays of a pair
    std::uint64_t wordline_drives = 0;  ///< DAC outputs
    std::uint64_t shift_adds = 0;       ///< codes shifted and added
    std::uint64_t block_merges = 0;     ///< finished blocks added to the column's accumulator
    std::uint64_t cycle_merges = 0;     ///< accumulators shifted and added over the input cycles
    std::uint64_t table_lookups =
        0;  ///< bit-width table entries walked, empty blocks included; sre, sme: row indices
    std::uint64_t busiest_reads = 0;  ///< of the busiest bank, summed over positions: the time
    std::uint64_t input_slices =
        0;  ///< row groups of one input cycle fetched from the input register

    ReadCounts& operator+=(const ReadCounts& o);
    ReadCounts operator*(std::uint64_t times) const;
};

/// Outputs of a group whose slices stand side by side in an array that is read whole: floor(columns
/// / slices of the widest weight); all outputs where no weight has a plane.
std::uint64_t outputs_of_array(const BlockMap& map, const ReadSpec& spec);

/// Times that a wordline of row group `v` of group `g` is driven in one input cycle: once for each
/// of its operation units, or once for each array that it runs through.
std::uint64_t drives_of_row(const BlockMap& map, const ReadSpec& spec, int g, int v);

/// Counts of one output position: all that does not depend on the inputs.
ReadCounts position_counts(const BlockMap& map, const ReadSpec& spec, int input_cycles);

}  // namespace imc::crossbar
