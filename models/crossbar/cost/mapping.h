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
    std::uint64_t reads = 0;        ///< of all banks, for one output position and input cycle
    std::uint64_t cells = 0;        ///< cells that hold weight digits, both arrays of a pair
    std::uint64_t bank_cells = 0;   ///< cells of all banks
    double converter_bits = 0;      ///< of the layer's conversions; 0 = the platform's adc_bits
    unsigned converted_arrays = 1;  ///< arrays of a bank whose bitlines its converters serve: 2 in
                                    ///< diff_digital
};

/// Operation units: floor(rows / ou_rows) block rows are packed into a bank group; block row v
/// needs sum over h of ceil(p / c) column groups; ceil(largest / column groups of a bank) banks
/// stand side by side and share each row evenly. Whole arrays: ceil(K / rows) x ceil(outputs /
/// outputs that fit an array's columns) banks, one read each. Throws InputError if an output's
/// slices do not fit an array's columns.
Mapping map_layer(const BlockMap& map, const Config& config);

/// Time from one read of a bank to the next, ns. The bitlines of a read, of all its
/// `converted_arrays`, share the bank's converters: ceil(bitlines / adcs_per_array) conversions at
/// adc_gsps x adc::relative_conversion_time of `converter_bits` (0 = adc_bits). With
/// `adc_overlapped` they run beside the next read, and the slower counts; else they follow the read
/// (columnquant.md 8.8).
double read_period_ns(const Config& config, unsigned converted_arrays, double converter_bits = 0);

/// What one output position takes: cycles of the digital clock beside its reads, and a read.
struct PositionCycles {
    std::uint64_t load = 0;   ///< buffer to input registers: ceil(K * A / bus)
    std::uint64_t tree = 0;   ///< accumulation over bank rows: ceil(log2(rows of banks))
    std::uint64_t store = 0;  ///< 16-bit outputs to the buffer: ceil(N * 16 / bus)
    double read_ns = 0.0;     ///< read_period_ns
};

PositionCycles position_cycles(const Mapping& mapping, const Config& config, const RowShape& shape,
                               int activation_bits);

/// Duration of `positions` output positions, ps, rounded once. Operation units: reads at
/// `read_ns`, the shared buffer's load, tree and store at the digital clock, one after the
/// other (bwq.md 5.3). Whole arrays: reads at `read_ns`; loads and stores run in ISAAC's
/// pipeline beside them and show only if they take longer.
/// `busiest_reads` is ReadCounts::busiest_reads of the row.
std::uint64_t row_duration_ps(const PositionCycles& cycles, const Config& config,
                              std::uint64_t positions, std::uint64_t busiest_reads);

}  // namespace imc::crossbar
