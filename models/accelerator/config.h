// SPDX-License-Identifier: Apache-2.0
/// The whole accelerator as plain data: filled by the platform from YAML or by a library user in
/// code.
#pragma once

#include "associative/config.h"
#include "cam/config.h"
#include "common/technology.h"
#include "crossbar/config.h"
#include "imcvp/program.h"
#include "noc/config.h"

#include <cstdint>
#include <string>
#include <vector>

namespace imc {

struct BufferConfig {
    std::uint64_t bytes = 4 * 1024 * 1024;  ///< global buffer of a chip
    unsigned port_bits = 256;
    double cycle_ns = 1.0 / 1.2;
};

struct DmaConfig {
    unsigned burst_bytes = 256;    ///< naturally aligned power of two
    bool untouched_is_ok = false;  ///< treat an untouched response status as OK (integration.md)
};

/// `count` tiles of one engine on every chip. Tiles are numbered group by group.
struct TileGroup {
    imc_engine engine = IMC_ENGINE_CROSSBAR;
    unsigned count = 168;
};

struct AcceleratorConfig {
    std::string name = "accelerator";
    std::vector<TileGroup> tiles{TileGroup{}};
    unsigned chips = 1;
    crossbar::Config crossbar;
    std::vector<crossbar::TileBuild> crossbar_builds;  ///< by tile; empty: all as `crossbar` says
    associative::Config associative;
    cam::Config cam;
    noc::Config noc;
    BufferConfig buffer;
    DmaConfig dma;
    double clock_ghz = 1.2;  ///< command processor and DMA
    Technology technology;

    unsigned tiles_per_chip() const
    {
        unsigned n = 0;
        for (const auto& group : tiles)
            n += group.count;
        return n;
    }
    /// `crossbar` of tile `tile`.
    crossbar::Config crossbar_of(unsigned tile) const
    {
        crossbar::Config config = crossbar;
        if (tile < crossbar_builds.size()) config.build = crossbar_builds[tile];
        return config;
    }
    /// Engine of tile `tile` (tiles of all chips are numbered through, chip by chip).
    imc_engine engine_of(unsigned tile) const
    {
        unsigned local = tile % tiles_per_chip();
        for (const auto& group : tiles) {
            if (local < group.count) return group.engine;
            local -= group.count;
        }
        return IMC_ENGINE_BUFFER;
    }
};

}  // namespace imc
