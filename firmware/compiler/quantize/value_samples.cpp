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
    std::vector<std::size_t> index_of;  ///< of those taken, among all seen

    void add(const float* numbers, std::size_t count, std::size_t most)
    {
        std::size_t index = (seen + step - 1) / step * step;
        while (index < seen + count) {
            taken.push_back(numbers[index - seen]);
            index_of.push_back(index);
            if (taken.size() >= 3 * most) thin_out();
            index = (index / step + 1) * step;
        }
        seen += count;
    }

    void thin_out()
    {
        std::size_t kept = 0;
        for (std::size_t n = 0; n < taken.size(); n += 3, ++kept) {
            taken[kept] = taken[n];
            index_of[kept] = index_of[n];
        }
        taken.resize(kept);
        index_of.resize(kept);
        step *= 3;
    }
};

/// Running sums by element or channel.
struct Means {
    std::size_t size, plane;  ///< numbers an image, numbers that share a sum
    std::vector<double> sum;
    std::size_t images = 0;

    Means(const Shape& shape, bool elements)
        : size(static_cast<std::size_t>(shape.size())),
          plane(elements ? 1 : static_cast<std::size_t>(shape.h) * shape.w),
          sum(size / plane)
    {
    }

    std::size_t place(std::size_t index) const { return index % size / plane; }

    void add(const float* numbers, std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i)
            sum[place(i)] += numbers[i];
        images += count / size;
    }

    std::vector<double> result() const
    {
        std::vector<double> mean = sum;
        for (double& m : mean)
            m /= static_cast<double>(std::max<std::size_t>(images, 1) * plane);
        return mean;
    }
};

std::vector<Means> means_of(const Graph& graph, const std::vector<bool>& elements)
{
    std::vector<Means> means;
    for (std::size_t v = 0; v < graph.values.size(); ++v)
        means.emplace_back(graph.values[v].shape, elements[v]);
    return means;
}

}  // namespace

std::vector<ValueSamples> sample_values(const Graph& graph, const ObserveImages& observe,
                                        std::size_t most, const std::vector<bool>& elements)
{
    std::vector<Sampler> samplers(graph.values.size());
    std::vector<Means> means = means_of(graph, elements);
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
        for (const std::size_t index : samplers[v].index_of)
            samples[v].place.push_back(static_cast<std::uint32_t>(means[v].place(index)));
        samples[v].mean = means[v].result();
    }
    return samples;
}

std::vector<std::vector<double>> coded_means(
    const Graph& graph, const ObserveImages& observe, const std::vector<bool>& elements,
    const std::function<bool(int, const float*, std::size_t, float*)>& code)
{
    std::vector<Means> means = means_of(graph, elements);
    std::vector<float> coded;
    observe(graph, [&](int value, const float* numbers, std::size_t total) {
        coded.resize(total);
        if (code(value, numbers, total, coded.data()))
            means[static_cast<std::size_t>(value)].add(coded.data(), total);
    });
    std::vector<std::vector<double>> result(means.size());
    for (std::size_t v = 0; v < means.size(); ++v)
        if (means[v].images > 0) result[v] = means[v].result();
    return result;
}

}  // namespace imc::compiler
