// SPDX-License-Identifier: Apache-2.0
/// What programming a layer's cells takes: pulses, verify reads, changed cells, time.
#pragma once

#include <cstdint>

#include "crossbar/cost/mapping.h"
#include "crossbar/kernel/cell_codes.h"

namespace imc::crossbar {

struct ProgrammingCounts {
    std::uint64_t cells = 0;  ///< that hold weight digits
    std::uint64_t changed =
        0;  ///< of them, cells whose digit differs from the erased state (0) or the old weights
    std::uint64_t pulses = 0;        ///< write pulses: a changed cell takes `write_pulses`
    std::uint64_t verify_reads = 0;  ///< one a pulse if verified

    ProgrammingCounts& operator+=(const ProgrammingCounts& o);
};

/// Counts for one group. `old` is what the cells held before, or null if they were erased. Both
/// cells of a differential pair count; offset mode adds the unit column and the flag of flipped
/// columns is digital.
ProgrammingCounts programming_counts(const CellCodes& codes, const CellCodes* old,
                                     const Config& config);

/// Time to program, ps: banks in parallel, the wordlines of a bank one after the other, all columns
/// of a wordline at once (row-parallel write with shared pulse), pulses of write_pulse_ns, a verify
/// as long as one array read. `rewritten` wordlines of the slowest bank take another turn each,
/// where cells are tuned (device.h).
std::uint64_t programming_duration_ps(const Config& config, std::uint64_t rewritten = 0);

}  // namespace imc::crossbar
