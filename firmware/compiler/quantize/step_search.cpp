// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/step_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace imc::compiler {

namespace {

constexpr std::int64_t counted_range = 1 << 16;  ///< of sums that are counted rather than sorted
constexpr int candidates = 40;                   ///< steps tried

/// The largest whole number that rne(x / step) maps to `code` or below: the border (code + 1/2)
/// step, which belongs to the even side, is exact in double.
double last_of(double code, double step)
{
    const double border = (code + 0.5) * step;
    const double below = std::floor(border);
    const bool odd = std::fmod(code, 2.0) != 0.0;
    return below == border && odd ? below - 1.0 : below;
}

}  // namespace

SumDistribution::SumDistribution(const std::vector<std::int32_t>& sums)
{
    m_count = m_sum = m_square = {0.0};
    const auto [low, high] = std::minmax_element(sums.begin(), sums.end());
    const std::int64_t range = std::int64_t{*high} - *low + 1;
    if (range <= counted_range) {
        std::vector<std::uint32_t> counts(static_cast<std::size_t>(range));
        for (const auto sum : sums)
            ++counts[static_cast<std::size_t>(sum - *low)];
        for (std::size_t i = 0; i < counts.size(); ++i)
            if (counts[i] != 0) take(*low + static_cast<std::int32_t>(i), counts[i]);
        return;
    }
    auto sorted = sums;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0, next = 0; i < sorted.size(); i = next) {
        while (next < sorted.size() && sorted[next] == sorted[i])
            ++next;
        take(sorted[i], static_cast<double>(next - i));
    }
}

void SumDistribution::take(std::int32_t value, double count)
{
    const double x = value;
    m_value.push_back(value);
    m_count.push_back(m_count.back() + count);
    m_sum.push_back(m_sum.back() + count * x);
    m_square.push_back(m_square.back() + count * x * x);
}

double SumDistribution::squared_error(double step, double low, double high) const
{
    double total = 0.0;
    for (std::size_t first = 0, end = 0; first < m_value.size(); first = end) {
        const double code = std::clamp(std::nearbyint(m_value[first] / step), low, high);
        const auto next =
            code < high ? std::upper_bound(m_value.begin() + 1 + static_cast<std::ptrdiff_t>(first),
                                           m_value.end(), last_of(code, step))
                        : m_value.end();
        end = static_cast<std::size_t>(next - m_value.begin());
        const double real = code * step;
        total += m_square[end] - m_square[first] - 2.0 * real * (m_sum[end] - m_sum[first]) +
                 real * real * (m_count[end] - m_count[first]);
    }
    return total;
}

std::pair<double, double> adc_code_range(double bits)
{
    if (bits == 1.0) return {0.0, 1.0};
    if (bits == 1.5) return {-1.0, 1.0};
    const double half = std::exp2(bits - 1.0);
    return {-half, half - 1.0};
}

ConverterFit fit_converter(const SumDistribution& sums, double widest, double bits, bool neighbours)
{
    if (widest == 0.0) return {1.0, std::nearbyint(sums.mean())};
    const auto [low, high] = adc_code_range(bits);
    ConverterFit best;
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < candidates; ++i) {
        // Steps below 1 gain nothing: sums are whole numbers.
        const double step = static_cast<float>(
            std::max(1.0, widest / (high - low) * std::pow(0.1, i / (candidates - 1.0))));
        const double middle = std::nearbyint(sums.mean() / step - 0.5 * (low + high));
        for (int shift = neighbours ? -1 : 0; shift <= (neighbours ? 1 : 0); ++shift) {
            const double centre = middle + shift;
            const double error = sums.squared_error(step, centre + low, centre + high);
            if (error >= least) continue;
            least = error;
            best = {step, centre};
        }
        if (step == 1.0) break;
    }
    return best;
}

}  // namespace imc::compiler
