// SPDX-License-Identifier: Apache-2.0
/// Rounding noise of converters against the density of the normal, integrated.
#include "adc/kernel/code_noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace {

using imc::adc::CodeNoise;

/// P(round(sigma z) = k): Simpson's rule over the density.
double share_of(int k, double sigma)
{
    constexpr int steps = 2000;
    const double from = (k - 0.5) / sigma, width = 1.0 / sigma / steps;
    const auto density = [](double z) {
        return std::exp(-z * z / 2.0) / std::sqrt(2.0 * 3.14159265358979323846);
    };
    double sum = 0.0;
    for (int i = 0; i < steps; i += 2)
        sum += density(from + i * width) + 4.0 * density(from + (i + 1) * width) +
               density(from + (i + 2) * width);
    return sum * width / 3.0;
}

/// How many of all 2^16 words give each code; those that draw again under `again`.
std::map<int, int> words_of(const CodeNoise& noise, int& again)
{
    std::map<int, int> counts;
    again = 0;
    for (int word = -32768; word < 32768; ++word) {
        if (word >= noise.rest()) {
            ++again;
            continue;
        }
        int e = noise.lowest();
        for (const std::int16_t threshold : noise.thresholds())
            e += word >= threshold ? 1 : 0;
        ++counts[e];
    }
    return counts;
}

TEST(CodeNoise, IsTheRoundedNormalOverAllWords)
{
    for (const double sigma : {0.08, 0.25, 0.5, 0.77, 1.3, 2.4}) {
        const CodeNoise noise(sigma);
        ASSERT_TRUE(noise.is_narrow()) << sigma;
        int again = 0;
        const auto words = words_of(noise, again);
        EXPECT_LE(again, 2 * noise.largest() + 1);
        // The second draw, on a fine grid of its 64 bits.
        constexpr std::uint64_t grid = 1 << 20;
        std::map<int, double> second;
        for (std::uint64_t i = 0; i < grid; ++i)
            second[noise.draw_again((i << 44) + (std::uint64_t{1} << 43))] += 1.0 / grid;
        double total = 0.0;
        for (int k = -noise.largest(); k <= noise.largest(); ++k) {
            const auto first = words.find(k);
            const double share =
                (first == words.end() ? 0 : first->second) / 65536.0 + again / 65536.0 * second[k];
            EXPECT_NEAR(share, share_of(k, sigma), 2e-6 * again / 65536.0 + 1e-13)
                << sigma << " " << k;
            total += share;
        }
        EXPECT_NEAR(total, 1.0, 1e-12);
    }
}

TEST(CodeNoise, ReachesFarTailsInItsSecondDraw)
{
    // sigma 0.5: |e| = 4 lies 7 sigma out, 2.6e-12 of all; its share of the words that draw again
    // is 65536 / again of that.
    const CodeNoise noise(0.5);
    int again = 0;
    words_of(noise, again);
    const double share = share_of(4, 0.5) * 65536.0 / again;
    double highest = 0.0;  // the lowest draw that gives 4 or more, by bisection
    for (double low = 0.0, high = 1.0; high - low > 1e-15;) {
        const double middle = (low + high) / 2.0;
        const bool far = noise.draw_again(static_cast<std::uint64_t>(middle * 0x1.0p63) << 1) >= 4;
        (far ? high : low) = middle;
        highest = high;
    }
    EXPECT_NEAR((1.0 - highest) / share, 1.0, 1e-3);
}

TEST(CodeNoise, SaysWhereManyCodesAreLikely)
{
    EXPECT_TRUE(CodeNoise(2.5).is_narrow());
    EXPECT_FALSE(CodeNoise(20.0).is_narrow());
    EXPECT_EQ(CodeNoise(1e-12).lowest(), 0);
    EXPECT_TRUE(CodeNoise(1e-12).thresholds().empty());
}

}  // namespace
