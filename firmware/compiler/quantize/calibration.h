// SPDX-License-Identifier: Apache-2.0
/// Ranges of activations, as the quantiser takes them.
#pragma once

#include "compiler/float_eval/float_evaluator.h"

#include <functional>
#include <vector>

namespace imc::compiler {

/// Range of real numbers a value takes, after the method's clipping.
struct ValueRange {
    float low = 0.0f, high = 0.0f;
};

/// Ranges by value index; values no method looked at are {0, 0}.
using Ranges = std::vector<ValueRange>;

/// Calibration images through a float graph, as the quantiser asks for them.
struct CalibrationSource {
    /// Ranges of all values; asked for if the graph has values without a quantisation of their own.
    std::function<Ranges(const Graph&)> ranges;
    /// Shows the numbers of every value, images in order; asked for by schemes that look at
    /// distributions (column, codebook).
    std::function<void(const Graph&, const FloatEvaluator::Observer&)> observe;
};

}  // namespace imc::compiler
