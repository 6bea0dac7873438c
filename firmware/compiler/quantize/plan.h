// SPDX-License-Identifier: Apache-2.0
/// What the quantiser decides about a graph before any number is rounded: which nodes fuse, which
/// values share a scale, how many bits each tensor gets.
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/calibration.h"
#include "compiler/quantize/options.h"

#include <limits>
#include <vector>

namespace imc::compiler {

/// A layer to be: its main node, the value it finally makes, and the clamp that fused ReLU or Clip
/// nodes put on it.
struct PlannedLayer {
    int node = -1;
    std::vector<int> inputs;  ///< values, reshapes looked through
    int output = -1;          ///< value after fused nodes
    float low = -std::numeric_limits<float>::infinity();
    float high = std::numeric_limits<float>::infinity();
};

/// How a value becomes a tensor.
struct PlannedTensor {
    int value = -1;
    int group = -1;  ///< tensors of a group share scale, zero point and bits
    unsigned bits = 0;
    float low = 0.0f, high = 0.0f;        ///< range of the group
    const Quantization* given = nullptr;  ///< the file's own quantisation, if the value carries one
};

struct Plan {
    std::vector<PlannedLayer> layers;
    std::vector<PlannedTensor> tensors;  ///< of values that layers read or make
    std::vector<int> tensor_of_value;    ///< -1 = none
    std::vector<int> host_nodes;         ///< softmax, argmax at the tail, in order
    int input = -1, output = -1;         ///< tensors
};

/// Plans `graph`. Throws InputError naming the node for operators no engine has (lrn, slice, pad,
/// softmax that is not last). Ranges are left open: set_ranges().
Plan plan_network(const Graph& graph, const QuantOptions& options);

/// Every tensor gets the range of its group, 0 included.
void set_ranges(const Ranges& ranges, Plan& plan);

}  // namespace imc::compiler
