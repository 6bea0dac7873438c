// SPDX-License-Identifier: Apache-2.0
#include "adc/kernel/code_noise.h"

#include <algorithm>
#include <cmath>

namespace imc::adc {

namespace {

constexpr double words = 65536.0;

/// P(e = k), without cancellation in the tails.
double probability(int k, double sigma)
{
    const double scale = 1.0 / (sigma * std::sqrt(2.0));
    const double low = (std::abs(k) - 0.5) * scale, high = (std::abs(k) + 0.5) * scale;
    return k == 0 ? std::erf(high) : 0.5 * (std::erfc(low) - std::erfc(high));
}

}  // namespace

CodeNoise::CodeNoise(double sigma)
{
    constexpr double tail = 10.0;  // sigmas: 1.5e-23 lie beyond
    m_largest = static_cast<int>(std::ceil(tail * sigma));
    double total = 0.0, next = -words / 2.0;
    bool first = true;
    for (int k = -m_largest; k <= m_largest; ++k) {
        const double share = words * probability(k, sigma);
        const double own = std::floor(std::min(share, words - 1.0));
        m_again.push_back(total += share - own);
        if (own == 0.0) continue;
        if (first)
            m_lowest = k;
        else
            m_thresholds.push_back(static_cast<std::int16_t>(next));
        first = false;
        next += own;
    }
    m_rest = static_cast<std::int16_t>(next);
    for (double& part : m_again)
        part /= total;
}

int CodeNoise::draw_again(std::uint64_t bits) const
{
    const double u = static_cast<double>(bits >> 11) * 0x1.0p-53;
    const auto at = std::upper_bound(m_again.begin(), m_again.end() - 1, u) - m_again.begin();
    return static_cast<int>(at) - m_largest;
}

}  // namespace imc::adc
