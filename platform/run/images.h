// SPDX-License-Identifier: Apache-2.0
/// Images of a run, (C, H, W) float each, with labels where known.
#pragma once

#include "compiler/graph/graph.h"
#include "config/run_config.h"

#include <cstdint>
#include <vector>

namespace imc::run {

struct ImageSet {
    std::size_t count = 0;
    compiler::Shape shape;
    std::vector<float> pixels;  ///< count x C x H x W
    std::vector<int> labels;    ///< one an image, or empty

    const float* image(std::size_t i) const
    {
        return pixels.data() + i * static_cast<std::size_t>(shape.size());
    }
};

/// The images a scenario names under `dataset`, the first `count` of them (0 = all). Throws
/// InputError, one line.
ImageSet dataset_images(const config::DatasetConfig& dataset, const compiler::Graph& graph,
                        std::size_t count);

}  // namespace imc::run
