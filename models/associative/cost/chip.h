// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accelerator/config.h"
#include "associative/config.h"

namespace imc::associative {

/// The configuration with the clusters and arrays that the accelerator's tiles make.
inline Config on_chip(const AcceleratorConfig& accelerator)
{
    Config config = accelerator.associative;
    config.clusters = 0;
    for (const auto& group : accelerator.tiles)
        if (group.engine == IMC_ENGINE_ASSOCIATIVE)
            config.clusters += group.count * accelerator.chips;
    config.arrays = config.clusters * config.arrays_per_cluster;
    return config;
}

}  // namespace imc::associative
