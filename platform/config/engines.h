// SPDX-License-Identifier: Apache-2.0
/// Which engines a platform's tiles are.
#pragma once

#include "accelerator/config.h"

#include <algorithm>

namespace imc::config {

inline bool has_engine(const AcceleratorConfig& platform, imc_engine engine)
{
    return std::any_of(platform.tiles.begin(), platform.tiles.end(),
                       [=](const TileGroup& group) { return group.engine == engine; });
}

/// Tiles of `engine` and of no other.
inline bool is_only(const AcceleratorConfig& platform, imc_engine engine)
{
    return !platform.tiles.empty() &&
           std::all_of(platform.tiles.begin(), platform.tiles.end(),
                       [=](const TileGroup& group) { return group.engine == engine; });
}

}  // namespace imc::config
