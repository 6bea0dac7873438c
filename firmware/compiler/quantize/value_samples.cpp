// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/value_samples.h"

#include "common/error.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// Takes the numbers whose index is a multiple of `step`. Once there are too many, two of three go:
/// steps are powers of three, so that they walk through all columns of maps whose width is a power
/// of two.
struct Sampler {
    std::size_t step = 1, seen = 0;
    std::vector<float> taken;

    void add(const float* numbers, std::size_t count, std::size_t most)
    {
        std::size_t index = (seen + step - 1) / step * step;
        while (index < seen + count) {
            taken.push_back(numbers[index - seen]);
            if (taken.size() >= 3 * most) thin_out();
            index = (index / step + 1) * step;
        }
        seen += count;
    }

    void thin_out()
    {
        std::size_t kept = 0;
        for (std::size_t n = 0; n < taken.size(); n += 3)
            taken[kept++] = taken[n];
        taken.resize(kept);
        step *= 3;
    }
};

}  // namespace

std::vector<std::vector<float>> sample_values(const Graph& graph, const ObserveImages& observe,
                                              std::size_t most)
{
    std::vector<Sampler> samplers(graph.values.size());
    observe(graph, [&](int value, const float* numbers, std::size_t total) {
        samplers[static_cast<std::size_t>(value)].add(numbers, total, most);
    });
    if (samplers[static_cast<std::size_t>(graph.input)].seen == 0)
        throw InputError("codebooks need calibration images; none were given");
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
