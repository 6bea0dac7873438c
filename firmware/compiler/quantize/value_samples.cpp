// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/value_samples.h"

#include "common/error.h"
#include "compiler/float_eval/float_evaluator.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// Takes every `step`-th number of a stream that comes in parts.
struct Sampler {
    std::size_t step = 1, next = 0;
    std::vector<float> taken;

    void add(const float* numbers, std::size_t count)
    {
        for (; next < count; next += step)
            taken.push_back(numbers[next]);
        next -= count;
    }
};

}  // namespace

std::vector<std::vector<float>> sample_values(const Graph& graph, const float* images,
                                              std::size_t count, std::size_t most)
{
    if (count == 0) throw InputError("codebooks need calibration images; none were given");
    std::vector<Sampler> samplers(graph.values.size());
    for (std::size_t v = 0; v < samplers.size(); ++v) {
        const std::size_t total = static_cast<std::size_t>(graph.values[v].shape.size()) * count;
        // Odd, so that it walks through all columns of maps whose width is a power of two.
        samplers[v].step = ((total + most - 1) / most) | 1;
    }
    FloatEvaluator evaluator(graph);
    evaluator.run(images, count, [&](int value, const float* numbers, std::size_t total) {
        samplers[static_cast<std::size_t>(value)].add(numbers, total);
    });
    std::vector<std::vector<float>> samples;
    for (std::size_t v = 0; v < samplers.size(); ++v) {
        if (!std::all_of(samplers[v].taken.begin(), samplers[v].taken.end(),
                         [](float x) { return std::isfinite(x); }))
            throw InputError(fmt::format(
                "value '{}' is not a finite number: check the model and its calibration images",
                graph.values[v].name));
        samples.push_back(std::move(samplers[v].taken));
    }
    return samples;
}

}  // namespace imc::compiler
