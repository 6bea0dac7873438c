// SPDX-License-Identifier: Apache-2.0
/// Samples of activations for clustering.
#pragma once

#include "compiler/graph/graph.h"

#include <cstddef>
#include <vector>

namespace imc::compiler {

/// Runs `count` images ((C, H, W) each) through the float graph and keeps up to `most` numbers of
/// every value, evenly spaced over all images and positions. Result by value index. Deterministic.
/// Throws InputError for synthetic tensors, no images, or a number that is not finite.
std::vector<std::vector<float>> sample_values(const Graph& graph, const float* images,
                                              std::size_t count, std::size_t most);

}  // namespace imc::compiler
