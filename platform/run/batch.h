// SPDX-License-Identifier: Apache-2.0
/// A batch of images as a model takes it, brought to (image, C, H, W) order.
#pragma once

#include "compiler/graph/graph.h"

#include <string>
#include <vector>

namespace imc::run {

struct Batch {
    std::size_t count = 0;
    std::vector<float> numbers;  ///< (image, C, H, W)
};

/// Reads an NPY batch (N, C, H, W), (N, H, W, C) where the model is laid out so, or (N, F); float32
/// or whole numbers. At most `limit` images. Throws InputError naming the file if the shape is not
/// the model's.
Batch read_batch(const std::string& path, const compiler::Shape& shape, bool nhwc,
                 std::size_t limit);

}  // namespace imc::run
