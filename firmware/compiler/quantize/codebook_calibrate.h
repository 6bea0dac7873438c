// SPDX-License-Identifier: Apache-2.0
/// Calibration images through a float network and, beside it, through what has been composed of it
/// so far: what a layer's inputs should be and what they are.
#pragma once

#include "compiler/float_eval/float_evaluator.h"
#include "compiler/graph/graph.h"
#include "compiler/quantize/codebook_fit.h"
#include "compiler/quantize/qnet.h"
#include "compiler/quantize/value_samples.h"

#include <cstddef>
#include <vector>

namespace imc::compiler {

/// Means and moments of a layer's inputs over patches (one an image for fully connected layers).
struct LayerMoments {
    std::vector<double> mean, coded_mean;  ///< [fan_in], as it should be and as it is
    InputMoments moments;
};

/// Fewest images that say how inputs go together.
constexpr std::size_t least_moment_images = 32;
/// Most inputs of a neuron, and most multiply-accumulates in all, for which the moments are taken:
/// more takes longer than the rest of the compiler.
constexpr unsigned most_moment_inputs = 2048;
constexpr double most_moment_macs = 5e11;

class CodebookCalibration {
public:
    /// Keeps the images. `code` rounds numbers to the codebook of a value.
    CodebookCalibration(const Graph& graph, const ObserveImages& observe,
                        FloatEvaluator::Rewriter code);

    /// Whether there are images enough, and few enough sums, for `layers` layers.
    bool worth_it(std::size_t layers) const;

    /// Moments of a conv or gemm node without groups. `geometry` of its windows; `value`, its
    /// input.
    LayerMoments moments(int value, const QGeometry& geometry) const;

    /// From here on the node has these weights, [outputs][fan_in], and biases.
    void compose(const Node& node, std::vector<float> weights, std::vector<float> bias);

private:
    const Graph& m_graph;
    Graph m_composed;
    FloatEvaluator::Rewriter m_code;
    std::vector<float> m_images;
    std::size_t m_count = 0;
};

}  // namespace imc::compiler
