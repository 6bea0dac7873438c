// SPDX-License-Identifier: Apache-2.0
/// Storage, area and leakage of one RNA block, and what programming it takes. Source: rapidnn.md
/// sections 3, 4 and 6.
#pragma once

#include "cam/cost/rna_cost.h"

namespace imc::cam {

/// Bytes a block holds.
struct RnaMemory {
    double products = 0;      ///< w x u x b
    double memories = 0;      ///< rows x (key + value) of the activation and the encoding memory
    double weight_codes = 0;  ///< N x log2 w; outside the paper's 5 KB, which the tables alone fill
    double tables() const { return products + memories; }
};
RnaMemory rna_memory(const RnaShape& shape);

/// Area of one block in um2, by component.
struct RnaArea {
    double crossbar = 0, counter = 0, activation = 0, encoding = 0;
    double total() const { return crossbar + counter + activation + encoding; }
};
/// Device mode: cells and counters at Config::node_nm, without periphery. The counters' 40 nm
/// figure scales with F^2.
RnaArea device_area(const RnaShape& shape, const Config& config, const Technology& technology);
/// Paper mode: the recalled table as it stands, not scaled.
RnaArea paper_area(const Technology& technology);

/// Leakage of the two memories in W, device mode (upper bound); ReRAM cells do not leak.
double leakage_w(const RnaShape& shape, const Technology& technology);

/// Programming of one block: product rows and memory rows one after the other.
struct RnaProgramming {
    double time_ns = 0, energy_pj = 0;
};
RnaProgramming programming(const RnaShape& shape, const Technology& technology);

}  // namespace imc::cam
