// SPDX-License-Identifier: Apache-2.0
/// What an RNA block and a tile of them are made of. Energies, times and areas live in the
/// technology table (cam/cost/parameters.h lists the keys with defaults and labels).
#pragma once

#include "cam/cost/parameters.h"
#include "cam/kernel/addends.h"
#include "cam/kernel/nearest_search.h"

#include <cstdint>

namespace imc::cam {

/// Which of the two energy models of rapidnn.md section 8.4 counts. They are never mixed in one
/// run.
enum class EnergyMode {
    device,  ///< energies of counted events, from published and derived blocks; no controller or
             ///< periphery
    paper    ///< recalled power of an RNA times its busy time; not independent evidence
};

/// Depth of the carry-save tree.
enum class TreeRule {
    recursion,  ///< p <- p - floor(p / 3) until two are left (DERIVED: what 3:2 stages need)
    formula     ///< ceil(log_1.5 p) (FOUND for RNSnet, [S9]); one or two stages more
};

struct Config {
    double cycle_ns = parameter::cycle_ns.value;
    unsigned counters_physical =
        static_cast<unsigned>(parameter::counters_physical.value);  ///< a block
    unsigned counter_bits = static_cast<unsigned>(parameter::counter_bits.value);
    unsigned stage_bits =
        static_cast<unsigned>(parameter::stage_bits.value);  ///< key bits a search cycle compares
    /// What the match lines of all memories measure. Exact match compares all bits of a key at once
    /// in `match_ns`, and serves functions of single codes alone: sums need the nearest row.
    Distance search = Distance::absolute;
    double match_ns = parameter::match_ns.value;
    unsigned buffer_bits =
        static_cast<unsigned>(parameter::buffer_bits.value);  ///< of the broadcast buffer
    bool overlap_reads =
        true;  ///< product reads hide behind the tree (ASSUME); else 3 cycles each (RNSnet's rule)
    TreeRule tree = TreeRule::recursion;
    Digits digits = Digits::popcount;
    bool skip_zero_products = true;  ///< ASSUME, rapidnn.md section 8.1
    EnergyMode energy = EnergyMode::device;
    unsigned activation_rows = static_cast<unsigned>(
        parameter::activation_rows.value);  ///< of the activation memory: area, leakage
    unsigned encoding_rows = 64;  ///< of the encoding memory: area, leakage (largest codebook)
    std::uint64_t buffer_bytes = 64 * 1024;  ///< tile buffer for input rows (ASSUME: ISAAC's)
    unsigned reuse = 0;  ///< neurons that a block computes one after the other; 0 = the fewest with
                         ///< which the network fits `chips` chips
    unsigned chips = 1;  ///< chips whose blocks are shared out among the layers
    unsigned rnas_per_tile = static_cast<unsigned>(parameter::rnas_per_tile.value);
    unsigned crossbar_rows = static_cast<unsigned>(parameter::crossbar_rows.value);
    /// Device energy: a block's memory rows are off while it does not compute (ASSUME: nobody says
    /// that RAPIDNN can; waking costs nothing here). Else all rows of the chip leak all the time.
    bool power_gate = false;
    double node_nm = parameter::node_nm.value;
};

}  // namespace imc::cam
