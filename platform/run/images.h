// SPDX-License-Identifier: Apache-2.0
/// Images of a run, (C, H, W) float each, with labels where known.
#pragma once

#include "compiler/graph/graph.h"

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

/// `count` images of standard normal numbers that depend on seed and index alone.
ImageSet synthetic_images(const compiler::Shape& shape, std::size_t count, std::uint64_t seed);

}  // namespace imc::run
