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

/// Running sums by element or channel.
struct Means {
    std::size_t size = 0, plane = 1;  ///< numbers an image, numbers that share a sum
    std::vector<double> sum;
    std::size_t images = 0;

    void add(const float* numbers, std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i)
            sum[i % size / plane] += numbers[i];
        images += count / size;
    }
};

}  // namespace

std::vector<ValueSamples> sample_values(const Graph& graph, const ObserveImages& observe,
                                        std::size_t most, const std::vector<bool>& elements)
{
    std::vector<Sampler> samplers(graph.values.size());
    std::vector<Means> means(graph.values.size());
    for (std::size_t v = 0; v < means.size(); ++v) {
        const Shape& shape = graph.values[v].shape;
        means[v].size = static_cast<std::size_t>(shape.size());
        means[v].plane = elements[v] ? 1 : static_cast<std::size_t>(shape.h) * shape.w;
        means[v].sum.resize(means[v].size / means[v].plane);
    }
    observe(graph, [&](int value, const float* numbers, std::size_t total) {
        samplers[static_cast<std::size_t>(value)].add(numbers, total, most);
        means[static_cast<std::size_t>(value)].add(numbers, total);
    });
    if (samplers[static_cast<std::size_t>(graph.input)].seen == 0)
        throw InputError("codebooks need calibration images; none were given");
    std::vector<ValueSamples> samples(samplers.size());
    for (std::size_t v = 0; v < samplers.size(); ++v) {
        if (!std::all_of(samplers[v].taken.begin(), samplers[v].taken.end(),
                         [](float x) { return std::isfinite(x); }))
            throw InputError(fmt::format(
                "value '{}' is not a finite number: check the model and its calibration images",
                graph.values[v].name));
        samples[v].numbers = std::move(samplers[v].taken);
        samples[v].mean = std::move(means[v].sum);
        for (double& m : samples[v].mean)
            m /= static_cast<double>(std::max<std::size_t>(means[v].images, 1) * means[v].plane);
    }
    return samples;
}

}  // namespace imc::compiler
