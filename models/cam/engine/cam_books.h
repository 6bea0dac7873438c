// SPDX-License-Identifier: Apache-2.0
/// The components and energy events of a CAM tile in the ledger. Energies are those of single bits,
/// rows and gates, so that an event means the same for every layer.
#pragma once

#include "cam/config.h"
#include "common/ledger.h"
#include "common/stage_engine.h"

namespace imc::cam {

struct CamBooks {
    ComponentId crossbar = 0, counter = 0, activation = 0, encoding = 0, broadcast = 0;
    // device mode
    EventId read_bit = 0, read_decode = 0, nor = 0, init = 0, count_bit = 0;
    EventId activation_row_bit = 0, encoding_row_bit = 0;  ///< by the kind of search
    // device mode with power_gate: the memories of an RNA leak for a cycle
    EventId activation_awake = 0, encoding_awake = 0;
    // paper mode: an RNA busy for a cycle
    EventId crossbar_cycle = 0, counter_cycle = 0, activation_cycle = 0, encoding_cycle = 0;
    // paper mode: an RNA written for a cycle
    EventId crossbar_write_cycle = 0, counter_write_cycle = 0, activation_write_cycle = 0,
            encoding_write_cycle = 0;
    // device mode
    EventId bus_bit = 0, buffer_access = 0;
    EventId cell_write = 0, activation_row_write = 0, encoding_row_write = 0;

    /// Adds the area and leakage of one tile. Throws InputError naming a missing technology key.
    CamBooks(Ledger& ledger, const Config& config, const Technology& technology);
};

/// Counted events of one piece of work, in either mode.
struct CamEvents {
    std::uint64_t counted = 0;                   ///< inputs counted
    std::uint64_t row_reads = 0, read_bits = 0;  ///< product or value rows, their bits
    std::uint64_t gates = 0;
    std::uint64_t activation_row_bits = 0, encoding_row_bits = 0;
    std::uint64_t busy_cycles = 0;     ///< of blocks: paper mode, power_gate
    std::uint64_t written_cycles = 0;  ///< of blocks while they are written: paper mode
    std::uint64_t bus_bits = 0, buffer_accesses = 0;
    std::uint64_t cell_writes = 0, activation_row_writes = 0, encoding_row_writes = 0;

    /// Appends what costs energy in `config`'s mode: in paper mode the block's power times its
    /// time, writing included (ASSUME), and no counted event.
    void charge(const CamBooks& books, const Config& config, Work& work) const;
};

}  // namespace imc::cam
