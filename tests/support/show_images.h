// SPDX-License-Identifier: Apache-2.0
/// Calibration images for quantisers under test.
#pragma once

#include "compiler/float_eval/float_evaluator.h"
#include "compiler/quantize/value_samples.h"

#include <vector>

namespace imc::test {

/// Shows `images`, as many as there are.
inline compiler::ObserveImages shows(std::vector<float> images)
{
    return
        [images](const compiler::Graph& graph, const compiler::FloatEvaluator::Observer& observer) {
            const auto size = static_cast<std::size_t>(graph.shape(graph.input).size());
            compiler::FloatEvaluator(graph).run(images.data(), images.size() / size, observer);
        };
}

}  // namespace imc::test
