// SPDX-License-Identifier: Apache-2.0
/// Runs a graph in float: the reference of accuracy, and the source of activation ranges for
/// calibration.
#pragma once

#include "compiler/graph/graph.h"

#include <functional>
#include <memory>
#include <vector>

namespace imc::compiler {

/// Evaluates a graph on images. Values with a quantization are rounded to it, so a QDQ model
/// computes what ONNX says in float. The same bits on every processor; one thread. The graph must
/// outlive the evaluator.
class FloatEvaluator {
public:
    /// Gets the numbers of a value for some images, (image, C, H, W), right after they are
    /// computed.
    using Observer = std::function<void(int value, const float* numbers, std::size_t count)>;
    /// Replaces the numbers of a value before anyone reads them.
    using Rewriter = std::function<void(int value, float* numbers, std::size_t count)>;

    /// Throws InputError if a tensor is synthetic (call fill_synthetic first).
    explicit FloatEvaluator(const Graph& graph);
    ~FloatEvaluator();

    /// `images`: count x the graph's input shape, (C, H, W) order. Returns the first output, count
    /// x its size.
    std::vector<float> run(const float* images, std::size_t count, const Observer& observe = {},
                           const Rewriter& rewrite = {});

    /// The numbers of the given values, count x their sizes each.
    std::vector<std::vector<float>> run_values(const float* images, std::size_t count,
                                               const std::vector<int>& values);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Index of the largest of `classes` logits, the first of equals, for each image.
std::vector<int> predictions(const std::vector<float>& logits, int classes);

/// Share of predictions that equal the labels; both of one length.
double top1(const std::vector<int>& predicted, const std::vector<int>& labels);

}  // namespace imc::compiler
