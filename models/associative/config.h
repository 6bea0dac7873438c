// SPDX-License-Identifier: Apache-2.0
/// What the associative processors of a chip are made of. Energies and areas live in the technology
/// table.
#pragma once

#include "associative/kernel/gemm.h"

#include <cstdint>

namespace imc::associative {

/// How operands reach the compute APs.
enum class LoadMode {
    ideal,   ///< a bit column of all arrays a cycle (fact sheet, section 11)
    network  ///< bounded by the link of the memory AP: what a step needs is multicast over it
};

/// Limited: the chip's arrays, a layer is folded in time. Unlimited: as many arrays as the layer
/// has dot products.
enum class Resources { limited, unlimited };

/// Where weights wait between layers.
enum class WeightHome {
    map_resident,  ///< in the memory APs
    dram  ///< in main memory: LOADs bring them by DMA before each use (with a batch, for the first
          ///< of its images)
};

struct Config {
    unsigned arrays_per_cluster = 64;      ///< (RECALL, cross-checked; section 1.10)
    unsigned arrays = 4096;                ///< all compute APs: clusters x arrays_per_cluster
    unsigned rows = 4800;                  ///< of an array (RECALL, cross-checked)
    unsigned columns = 96;                 ///< ASSUME: 16 x 16 bits need 80 with sums and flags
    unsigned clusters = 64;                ///< tiles, each with one memory AP
    std::uint64_t map_bytes = 4ull << 20;  ///< of a memory AP (ASSUME: holds VGG-16's 138 M bytes
                                           ///< on 64 clusters, and the rows between layers)
    unsigned multiplier_bits = 8;  ///< significant bits the compiler leaves to requantisation
                                   ///< multipliers: each one of them costs an addition
    unsigned batch = 1;            ///< images whose positions share the arrays: u becomes batch x u
    unsigned link_bits = 1024;     ///< of a memory AP's port, a cycle (RECALL, low confidence)
    Resources resources = Resources::limited;
    LoadMode load = LoadMode::ideal;
    WeightHome weights = WeightHome::map_resident;
    Reduction reduction = Reduction::carry_save_tree;
    Path path = Path::fast;
    bool preset_cycle = false;  ///< charge one cycle a step for zeroing the product columns
    double compare_ns = 1.0;    ///< at 1 V
    double write_ns = 1.0;      ///< 10 for ReRAM
    double vdd = 1.0;           ///< V; energies scale with its square, times by the alpha-power law
    double endurance = 1e16;    ///< writes a cell survives
};

}  // namespace imc::associative
