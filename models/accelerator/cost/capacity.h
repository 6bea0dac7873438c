// SPDX-License-Identifier: Apache-2.0
/// What a tile of each engine has room for.
#pragma once

#include "accelerator/config.h"

#include <cstdint>

namespace imc::accelerator {

struct TileCapacity {
    std::uint64_t arrays = 0;        ///< banks, CAPs, RNAs
    std::uint64_t buffer_bytes = 0;  ///< for input rows
};

/// Room on one node: a tile of `engine`, or a global buffer (IMC_ENGINE_BUFFER).
TileCapacity tile_capacity(const AcceleratorConfig& config, imc_engine engine);

}  // namespace imc::accelerator
