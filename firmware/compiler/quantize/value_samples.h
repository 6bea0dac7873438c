// SPDX-License-Identifier: Apache-2.0
/// Samples of activations for clustering.
#pragma once

#include "compiler/float_eval/float_evaluator.h"
#include "compiler/graph/graph.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace imc::compiler {

/// Shows the numbers of every value of a float graph, images in order (CalibrationSource::observe).
using ObserveImages = std::function<void(const Graph&, const FloatEvaluator::Observer&)>;

/// What is kept of a value.
struct ValueSamples {
    std::vector<float> numbers;  ///< evenly spaced over all images and positions
    std::vector<double> mean;    ///< of every element (C, H, W), or of every channel
};

/// Between `most` and 3 x `most` numbers of every value (all if there are fewer), and means: of
/// every element where `elements[value]`, else of every channel. Result by value index.
/// Deterministic. Throws InputError if no image comes or a number is not finite.
std::vector<ValueSamples> sample_values(const Graph& graph, const ObserveImages& observe,
                                        std::size_t most, const std::vector<bool>& elements);

}  // namespace imc::compiler
