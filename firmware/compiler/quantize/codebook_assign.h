// SPDX-License-Identifier: Apache-2.0
/// Which centroid each weight takes. The nearest one is best for the weight alone; for the sum of a
/// neuron it is better to choose one after the other and let the weights that are still free make
/// up for the error so far, as far as their inputs go together. Source of the order and the update:
/// optimal brain surgeon with a fixed order (Hassibi and Stork 1993; GPTQ, arXiv 2210.17323).
#pragma once

#include "compiler/quantize/codebook.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imc::compiler {

constexpr double assignment_damping = 0.1;  ///< of the mean variance

/// Gives weights their codes, as often as wanted for the same inputs.
class CodeAssigner {
public:
    /// `covariance` [fan_in][fan_in] of the inputs after coding; empty: the nearest centroid.
    /// Throws InputError if it has another size.
    CodeAssigner(unsigned fan_in, const std::vector<double>& covariance);

    /// Codes of `weights` [outputs][fan_in] from one codebook, or one for each output. Least sum of
    /// squared changes of the sums, greedily, inputs of large variance first; assignment_damping is
    /// added to all, so that what few calibration images do not show is not bent. Throws InputError
    /// for sizes that disagree.
    std::vector<std::uint8_t> codes(const std::vector<float>& weights, unsigned outputs,
                                    const std::vector<Codebook>& books) const;

private:
    std::size_t m_fan_in;
    std::vector<unsigned> m_order;  ///< of the inputs; empty: nearest
    std::vector<double> m_rows;     ///< row k: what an error of weight k asks of those after it
};

}  // namespace imc::compiler
