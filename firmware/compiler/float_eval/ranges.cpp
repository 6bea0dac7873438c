// SPDX-License-Identifier: Apache-2.0
#include "compiler/float_eval/ranges.h"

#include "common/error.h"
#include "compiler/graph/finite.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

void Histogram::widen(float magnitude)
{
    while (magnitude >= m_limit) {
        m_limit *= 2.0;
        // floor(2n / 2) pairs bins on both sides of zero alike.
        std::vector<std::uint64_t> wider(m_bins.size(), 0);
        for (int i = 0; i < half_bins; ++i)
            wider[static_cast<std::size_t>(half_bins / 2 + i)] =
                m_bins[static_cast<std::size_t>(2 * i)] +
                m_bins[static_cast<std::size_t>(2 * i + 1)];
        m_bins = std::move(wider);
    }
}

namespace {

/// Smallest and largest number; 16 running pairs, so that compilers use vectors.
std::pair<float, float> extremes(const float* numbers, std::size_t count)
{
    constexpr std::size_t lanes = 16;
    float low[lanes], high[lanes];
    std::fill_n(low, lanes, numbers[0]);
    std::fill_n(high, lanes, numbers[0]);
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (std::size_t l = 0; l < lanes; ++l) {
            low[l] = numbers[i + l] < low[l] ? numbers[i + l] : low[l];
            high[l] = numbers[i + l] > high[l] ? numbers[i + l] : high[l];
        }
    for (; i < count; ++i) {
        low[0] = std::min(low[0], numbers[i]);
        high[0] = std::max(high[0], numbers[i]);
    }
    return {*std::min_element(low, low + lanes), *std::max_element(high, high + lanes)};
}

}  // namespace

void Histogram::add(const float* numbers, std::size_t count)
{
    if (count == 0) return;
    if (!all_finite(numbers, count))
        throw InputError("an activation is not a finite number: check the model and its input");
    const auto [low, high] = extremes(numbers, count);
    m_min = m_count == 0 ? low : std::min(m_min, low);
    m_max = m_count == 0 ? high : std::max(m_max, high);
    m_count += count;
    widen(std::max(std::abs(low), std::abs(high)));
    const double scale = half_bins / m_limit;
    std::uint64_t zeros = 0;  // half of what a relu gives: counted apart, not one by one in one bin
    for (std::size_t i = 0; i < count; ++i) {
        const double position = numbers[i] * scale;
        auto bin = static_cast<int>(position);
        bin -= position < bin;  // the floor
        zeros += numbers[i] == 0.0f;
        m_bins[static_cast<std::size_t>(bin + half_bins)] += numbers[i] != 0.0f;
    }
    m_bins[half_bins] += zeros;
}

double Histogram::quantile(double share) const
{
    const double target = share * static_cast<double>(m_count);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < m_bins.size(); ++i) {
        below += m_bins[i];
        if (static_cast<double>(below) >= target) {
            const double edge = (static_cast<double>(i) + 1.0 - half_bins) * bin_width();
            return std::clamp(edge, static_cast<double>(m_min), static_cast<double>(m_max));
        }
    }
    return m_max;
}

std::vector<Histogram> collect_ranges(const Graph& graph, const float* images, std::size_t count)
{
    std::vector<Histogram> ranges(graph.values.size());
    FloatEvaluator evaluator(graph);
    evaluator.run(images, count, [&](int value, const float* numbers, std::size_t total) {
        ranges[static_cast<std::size_t>(value)].add(numbers, total);
    });
    return ranges;
}

}  // namespace imc::compiler
