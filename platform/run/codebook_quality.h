// SPDX-License-Identifier: Apache-2.0
/// What codebooks cost in quality, measured by the integer reference.
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/calibration.h"
#include "compiler/quantize/options.h"
#include "compiler/quantize/qnet.h"

#include <cstddef>
#include <vector>

namespace imc::run {

/// Predictions (index of the largest output) of a quantised network on `count` images.
std::vector<int> reference_predictions(const compiler::QNet& net, const float* images,
                                       std::size_t count);

/// Codebooks of `graph` by `options`. With a bound on the loss of quality: the smallest of 4, 8,
/// 16, 32, 64 entries for weights and inputs that keep it on the images shown (of 64 or more: on
/// the second half, with tables of the first; those of the answer are of all), where loss is the
/// share of predictions that differ from the float network's. Throws InputError if none of them
/// keeps it, or for synthetic weights.
compiler::QNet quantize_to_quality(const compiler::Graph& graph,
                                   const compiler::QuantOptions& options,
                                   const compiler::CalibrationSource& calibration);

}  // namespace imc::run
