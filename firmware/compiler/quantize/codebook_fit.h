// SPDX-License-Identifier: Apache-2.0
/// A layer's weight codebooks and codes fitted to what its inputs really are: the coded numbers
/// that the layers before it make of the calibration images. The fit is that of sums in the mean
/// square, sum over outputs of E|w x - c[code] q|^2, x the float inputs and q the coded ones, both
/// less their means (the bias takes those up).
#pragma once

#include "compiler/quantize/codebook.h"

#include <cstdint>
#include <vector>

namespace imc::compiler {

/// Second moments of a layer's inputs, [fan_in][fan_in] each.
struct InputMoments {
    std::vector<double> coded;  ///< covariance of the coded inputs
    std::vector<double> cross;  ///< E[x_i q_j], means taken off

    bool empty() const { return coded.empty(); }
};

/// Float weights for coded inputs: least E|w x - w' q|^2 + a penalty on w' - w that is as if three
/// tenths of the mean variance were noise, so that what few images do not show is not bent.
/// `weights` [outputs][fan_in]; result likewise. Throws InputError for sizes that disagree.
std::vector<float> adapted_weights(const std::vector<float>& weights, unsigned outputs,
                                   unsigned fan_in, const InputMoments& moments);

/// Variance of each input by which an error of its weight counts, a tenth of the mean added.
std::vector<float> weight_importance(const InputMoments& moments, unsigned fan_in);

/// Centroids of given codes that fit the sums of `weights` best (normal equations, the mean
/// variance damped as by CodeAssigner); one book for all outputs or one for each, as `books`. A
/// centroid that no weight has stays. Not sorted.
std::vector<Codebook> refit_centroids(const std::vector<float>& weights, unsigned outputs,
                                      unsigned fan_in, const std::vector<Codebook>& books,
                                      const std::vector<std::uint8_t>& codes,
                                      const std::vector<double>& covariance);

struct FittedWeights {
    std::vector<Codebook> books;
    std::vector<std::uint8_t> codes;
};

/// CodeAssigner and refit_centroids in turn, three times, from the books given.
FittedWeights fit_codes(const std::vector<float>& weights, unsigned outputs, unsigned fan_in,
                        std::vector<Codebook> books, const std::vector<double>& covariance);

}  // namespace imc::compiler
