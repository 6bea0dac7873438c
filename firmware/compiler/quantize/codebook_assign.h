// SPDX-License-Identifier: Apache-2.0
/// Which centroid each weight takes. The nearest one is best for the weight alone; for the sum of a
/// neuron it is better to choose one after the other and let the weights that are still free make
/// up for the error so far, as far as their inputs go together. Source of the order and the update:
/// optimal brain surgeon with a fixed order (Hassibi and Stork 1993; GPTQ, arXiv 2210.17323).
#pragma once

#include "compiler/quantize/codebook.h"

#include <cstdint>
#include <vector>

namespace imc::compiler {

constexpr double assignment_damping = 0.1;  ///< of the mean variance

/// Codes of `weights` [outputs][fan_in] from one codebook, or one for each output. `covariance`
/// [fan_in][fan_in] of the inputs after coding; empty: the nearest centroid. Least sum of squared
/// changes of the sums, greedily, inputs of large variance first; a tenth of the mean variance is
/// added to all, so that what few calibration images do not show is not bent. Throws InputError for
/// sizes that disagree.
std::vector<std::uint8_t> assign_codes(const std::vector<float>& weights, unsigned outputs,
                                       unsigned fan_in, const std::vector<Codebook>& books,
                                       const std::vector<double>& covariance);

}  // namespace imc::compiler
