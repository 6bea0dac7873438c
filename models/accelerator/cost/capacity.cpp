// SPDX-License-Identifier: Apache-2.0
#include "accelerator/cost/capacity.h"

#include <limits>

namespace imc::accelerator {

namespace {

/// Engines that check their own arrays when a stage is made have only this bound on host memory
/// here.
constexpr TileCapacity engine_checks_itself{std::numeric_limits<std::uint32_t>::max(), 64ull << 20};

}  // namespace

TileCapacity tile_capacity(const AcceleratorConfig& config, imc_engine engine)
{
    switch (engine) {
        case IMC_ENGINE_CROSSBAR:
            return {config.crossbar.arrays_per_tile, config.crossbar.buffer_bytes};
        case IMC_ENGINE_CAM:
            return {config.cam.rnas_per_tile, config.cam.buffer_bytes};
        case IMC_ENGINE_ASSOCIATIVE:  // arrays are shared in time
            return {std::numeric_limits<std::uint32_t>::max(), config.associative.map_bytes};
        case IMC_ENGINE_BUFFER:
            return {0, config.buffer.bytes};
        default:
            return engine_checks_itself;
    }
}

}  // namespace imc::accelerator
