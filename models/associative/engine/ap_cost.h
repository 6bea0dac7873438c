// SPDX-License-Identifier: Apache-2.0
/// Associative tiles in the books: energy events at the supply voltage, and cycles as time.
#pragma once

#include "associative/config.h"
#include "associative/kernel/counts.h"
#include "common/ledger.h"
#include "common/stage_engine.h"
#include "common/technology.h"

namespace imc::associative {

/// Technology keys in brackets, at 1 V; events carry the energy at the configuration's voltage.
struct ApCost {
    ApCost(const Config& config, const Technology& technology, Ledger& ledger);

    Config config;
    ComponentId cap;        ///< compute APs
    ComponentId map;        ///< memory APs
    ComponentId operands;   ///< links from the memory APs to the arrays
    EventId compare;        ///< [cap.compare_pj] a match line, row or column
    EventId write;          ///< [cap.write_pj] a cell written
    EventId load, read;     ///< [cap.load_pj], [cap.read_pj] a bit in or out
    EventId map_read_bit;   ///< [map.read_bit_pj]
    EventId map_write_bit;  ///< [map.write_bit_pj]
    EventId hop_bit;        ///< [map.hop_bit_pj] a bit over one link
    ObservationId product_cycles, steps, busiest_cell_milliwrites;
    ObservationId arrays, cell_rows;  ///< that a layer takes with Resources::unlimited

    /// Appends the events of `counts` to `work`.
    void charge(const Counts& counts, Work& work) const;
};

/// Cycles of a step by what they last: compares and reads, or writes.
struct Cycles {
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;

    Cycles times(std::uint64_t n) const { return {reads * n, writes * n}; }
};

inline Cycles word_cycles(const Counts& counts)
{
    return {counts.compare_cycles + counts.read_cycles, counts.write_cycles + counts.load_cycles};
}

}  // namespace imc::associative
