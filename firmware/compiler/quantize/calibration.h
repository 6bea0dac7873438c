// SPDX-License-Identifier: Apache-2.0
/// Ranges of activations for the quantiser, from images through the float network.
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/options.h"

#include <cstddef>
#include <vector>

namespace imc::compiler {

/// Range of real numbers a value takes, after the method's clipping.
struct ValueRange {
    float low = 0.0f, high = 0.0f;
};

/// Ranges by value index; values no method looked at are {0, 0}.
using Ranges = std::vector<ValueRange>;

/// Runs `count` images (C, H, W each) through `graph` and applies `options.range`: minmax keeps
/// all, percentile cuts equal shares off both ends, mse takes the clipping that costs least squared
/// error at `options.activation_bits`.
Ranges calibrate(const Graph& graph, const float* images, std::size_t count,
                 const QuantOptions& options);

}  // namespace imc::compiler
