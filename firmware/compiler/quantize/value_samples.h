// SPDX-License-Identifier: Apache-2.0
/// Samples of activations for clustering.
#pragma once

#include "compiler/float_eval/float_evaluator.h"
#include "compiler/graph/graph.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace imc::compiler {

/// Shows the numbers of every value of a float graph, images in order (CalibrationSource::observe).
using ObserveImages = std::function<void(const Graph&, const FloatEvaluator::Observer&)>;

/// What is kept of a value.
struct ValueSamples {
    std::vector<float> numbers;        ///< evenly spaced over all images and positions
    std::vector<std::uint32_t> place;  ///< of each number: index of its mean
    std::vector<double> mean;          ///< of every element (C, H, W), or of every channel
};

/// Between `most` and 3 x `most` numbers of every value (all if there are fewer), and means: of
/// every element where `elements[value]`, else of every channel. Result by value index.
/// Deterministic. Throws InputError if no image comes or a number is not finite.
std::vector<ValueSamples> sample_values(const Graph& graph, const ObserveImages& observe,
                                        std::size_t most, const std::vector<bool>& elements);

/// Means, as above, of what `code(value, numbers, count, out)` makes of the numbers; it returns
/// false for values that are not wanted, whose means stay empty. The same images are shown again.
/// Result by value index.
std::vector<std::vector<double>> coded_means(
    const Graph& graph, const ObserveImages& observe, const std::vector<bool>& elements,
    const std::function<bool(int, const float*, std::size_t, float*)>& code);

}  // namespace imc::compiler
