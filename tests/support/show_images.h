// SPDX-License-Identifier: Apache-2.0
/// Calibration images for quantisers under test.
#pragma once

#include "compiler/float_eval/float_evaluator.h"
#include "compiler/float_eval/ranges.h"
#include "compiler/quantize/calibration.h"
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

/// Calibration whose ranges are those of some images.
inline compiler::CalibrationSource ranges_of(std::vector<float> images)
{
    compiler::CalibrationSource calibration;
    calibration.ranges = [images](const compiler::Graph& graph) {
        const auto size = static_cast<std::size_t>(graph.shape(graph.input).size());
        compiler::Ranges ranges;
        for (const auto& h : compiler::collect_ranges(graph, images.data(), images.size() / size))
            ranges.push_back({h.min(), h.max()});
        return ranges;
    };
    return calibration;
}

}  // namespace imc::test
