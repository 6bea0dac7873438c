// SPDX-License-Identifier: Apache-2.0
/// How a layer's blocks fill banks, and how long an output position takes on them (bwq.md 5.2, 5.3;
/// ISAAC, ISCA 2016).
#pragma once

#include <cstdint>

#include "crossbar/config.h"
#include "crossbar/kernel/block_map.h"
#include "crossbar/kernel/cell_codes.h"

namespace imc::crossbar {

/// Where the blocks of a layer go. A bank is one crossbar, or in the differential modes a positive
/// and a negative one behind the same converters.
struct Mapping {
    std::uint64_t banks = 0;
    std::uint64_t bank_rows = 0;     ///< banks stacked along K: partial sums an output adds up
    std::uint64_t bank_columns = 0;  ///< banks side by side
    /// Reads of the busiest bank for one output position and one input cycle; banks work side by
    /// side.
    std::uint64_t busiest_reads = 0;
    std::uint64_t reads = 0;       ///< of all banks, for one output position and input cycle
    std::uint64_t cells = 0;       ///< cells that hold weight digits, both arrays of a pair
    std::uint64_t bank_cells = 0;  ///< cells of all banks
};

/// Operation units: floor(rows / ou_rows) block rows are packed into a bank group; block row v
/// needs sum over h of ceil(p / c) column groups; ceil(largest / column groups of a bank) banks
/// stand side by side and share each row evenly. Whole arrays: ceil(K / rows) x ceil(outputs /
/// outputs that fit an array's columns) banks, one read each. Throws InputError if an output's
/// slices do not fit an array's columns.
Mapping map_layer(const BlockMap& map, const Config& config);

/// Share of converted columns that carry a weight bit, precision-aware mapping: one plane of a
/// block per operation unit.
double plane_mapping_utilization(const BlockMap& map, const Config& config);
/// The same if all bits of a weight stay inside one operation unit: floor(C / p) * p / C
/// (bwq.md 2.11, 2.12).
double word_mapping_utilization(int ou_columns, int planes);

/// What one output position takes beside its reads, in cycles of the digital clock.
struct PositionCycles {
    std::uint64_t load = 0;   ///< buffer to input registers: ceil(K * A / bus)
    std::uint64_t tree = 0;   ///< accumulation over bank rows: ceil(log2(rows of banks))
    std::uint64_t store = 0;  ///< 16-bit outputs to the buffer: ceil(N * 16 / bus)
};

PositionCycles position_cycles(const Mapping& mapping, const Config& config, const RowShape& shape,
                               int activation_bits);

/// Duration of `positions` output positions, ps, rounded once. Operation units: reads at
/// ou_cycle_ns, the shared buffer's load, tree and store at the digital clock, one after the other
/// (bwq.md 5.3). Whole arrays: reads at read_ns; loads and stores run in ISAAC's pipeline beside
/// them and show only if they take longer.
/// `busiest_reads` is ReadCounts::busiest_reads of the row.
std::uint64_t row_duration_ps(const PositionCycles& cycles, const Config& config,
                              std::uint64_t positions, std::uint64_t busiest_reads);

/// Operation-unit period if the converter bounds it: (b + 2) / 1.2 GS/s, MNSIM's ADC latency
/// (bwq.md 3.14).
double adc_bound_ou_cycle_ns(double adc_bits);
/// PP_sim's operation-unit period: 15.6 ns of the ISSCC'18 macro x 32/65 (bwq.md section 4).
constexpr double pp_sim_ou_cycle_ns = 7.68;
/// Read period of an array whose columns share `adcs` converters: input + settling + ceil(columns /
/// adcs) conversions (columnquant.md 8.8).
double shared_adc_read_ns(double input_ns, double settle_ns, unsigned columns, unsigned adcs,
                          double conversion_ns);

}  // namespace imc::crossbar
