// SPDX-License-Identifier: Apache-2.0
/// Energy, time, lifetime and area from counts (fact sheet, sections 6 and 10).
#pragma once

#include <cstdint>

#include "associative/config.h"
#include "associative/cost/layer_cost.h"
#include "associative/kernel/counts.h"

namespace imc::associative {

/// Energies at 1 V; sources in scenarios/technologies and docs/models/associative.md.
struct Energies {
    double compare_fj = 4.0;  ///< a match line: 4.0 bottom-up (Eva-CAM, 22 nm), 10.8 calibrated on
                              ///< recalled peak numbers
    double write_fj = 0.5;    ///< a written cell; ReRAM 1000
    double load_fj = 0.5;     ///< a bit through column or row I/O into an array: a written cell
    double read_fj = 0.1;     ///< a bit read
};

/// Joules of `counts` at supply voltage `vdd` (E ~ V^2, 1 V nominal).
double energy_j(const Counts& counts, const Energies& energies, double vdd);

/// Energy relative to 1 V.
double energy_scale(double vdd);
/// Delay relative to 1 V by the alpha-power law t ~ V / (V - 0.35)^1.3. Throws InputError for vdd
/// outside 0.4 .. 1.2 V.
double delay_scale(double vdd);

/// Time of cycles of each kind, in ps: reads and compares last compare_ns, writes write_ns.
std::uint64_t duration_ps(const Config& config, std::uint64_t compare_or_read_cycles,
                          std::uint64_t write_cycles);
/// Time of a matrix product.
std::uint64_t duration_ps(const Config& config, const GemmCost& cost);

/// Seconds until a cell written `writes` times in `seconds` of work has used up `endurance` writes.
double lifetime_s(double endurance, double writes, double seconds);

/// mm2 of all compute arrays.
double array_area_mm2(const Config& config, double cell_um2);

/// Average counts of a layer's products and reductions for uniform operands, where no data are at
/// hand (timing-only runs): cells and matches of a product from the exhaustive table (beyond 8
/// bits: 0.30 cells and 0.23 matches a bit pair, its limit), of a reduction by the density of ones
/// in random words. Compares and cycles are exact.
Counts estimated_counts(const Config& config, const GemmShape& shape);

/// The same without the two 2D tricks, as section 11 of the fact sheet counts energy: ripple-tree
/// passes, every level with ceil(n / 2) pairs, 0.75 cells a column. For comparison with its tables.
Counts fact_sheet_counts(const GemmShape& shape, double written_per_product);

}  // namespace imc::associative
