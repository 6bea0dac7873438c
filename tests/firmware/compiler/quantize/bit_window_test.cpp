// SPDX-License-Identifier: Apache-2.0
/// SME's weights: at most a few consecutive set bits (bwq.md 3.11, 5.6).
#include "compiler/quantize/bit_window.h"

#include "common/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace {

using namespace imc;
using namespace imc::compiler;

/// All magnitudes of `planes` bits whose ones lie in `window` neighbouring places, by trying each.
std::vector<int> representable(unsigned planes, unsigned window)
{
    std::vector<int> codes;
    for (int code = 0; code < 1 << planes; ++code) {
        int first = 0, last = -1;
        for (unsigned b = 0; b < planes; ++b)
            if (code >> b & 1) {
                if (last < 0) first = static_cast<int>(b);
                last = static_cast<int>(b);
            }
        if (last - first < static_cast<int>(window)) codes.push_back(code);
    }
    return codes;
}

double distance_to_nearest(const std::vector<int>& codes, double x)
{
    double best = 1e9;
    for (const int code : codes)
        best = std::min(best, std::abs(code - x));
    return best;
}

std::vector<float> bell(std::size_t count, std::uint64_t key)
{
    std::vector<float> weights(count);
    for (std::size_t i = 0; i < count; ++i)
        weights[i] = static_cast<float>(0.05 * random_normal(key, i));
    return weights;
}

TEST(BitWindow, EveryCodeLiesInTheWindowAndIsTheNearestThatDoes)
{
    for (const unsigned bits : {2u, 3u, 5u, 8u, 12u, 16u})
        for (const unsigned window : {1u, 2u, 3u, 5u, 15u})
            for (const bool per_channel : {false, true}) {
                const unsigned out = 8, k = 200;
                const auto weights = bell(out * k, bits * 100 + window);
                const auto codes = quantize_bit_window(weights, out, bits, window, per_channel);
                const auto allowed = representable(bits - 1, window);
                ASSERT_EQ(codes.scale.size(), per_channel ? out : 1u);
                ASSERT_EQ(codes.bits, bits);
                for (std::size_t i = 0; i < weights.size(); ++i) {
                    const double scale = codes.scale[per_channel ? i / k : 0];
                    const int magnitude = std::abs(int{codes.codes[i]});
                    ASSERT_TRUE(std::binary_search(allowed.begin(), allowed.end(), magnitude))
                        << magnitude << " at " << bits << " bits, window " << window;
                    const double x = std::abs(weights[i]) / scale;
                    ASSERT_NEAR(std::abs(magnitude - x), distance_to_nearest(allowed, x), 1e-9 * x)
                        << x << " became " << magnitude << " at " << bits << ", " << window;
                    ASSERT_TRUE(codes.codes[i] == 0 || (codes.codes[i] < 0) == (weights[i] < 0.0f));
                }
            }
}

TEST(BitWindow, HandCalculatedCodes)  // three places: 4, 5, 6, 7 times a power of two, and 0 to 7
{
    const std::vector<std::pair<double, int>> expected{
        {0.4, 0}, {0.5, 0}, {1.5, 2},   {6.6, 7},   {7.5, 8}, {9, 8},   {9.1, 10},  {11, 12},
        {13, 12}, {15, 16}, {17.9, 16}, {18.1, 20}, {59, 56}, {61, 64}, {113, 112}, {500, 112}};
    for (const auto& [x, code] : expected)
        EXPECT_EQ(nearest_in_window(x, 3, 112), code) << x;
}

TEST(BitWindow, TheLargestWeightFillsTheWindowAtTheTop)
{
    EXPECT_EQ(quantize_bit_window({0.5f, -1.0f}, 1, 16, 3, true).codes[1], -28672);  // 7 << 12
    EXPECT_EQ(quantize_bit_window({1.0f}, 1, 8, 3, true).codes[0], 112);             // 7 << 4
    EXPECT_EQ(quantize_bit_window({1.0f}, 1, 3, 3, true).codes[0],
              3);  // two planes: nothing limits
    EXPECT_EQ(quantize_bit_window({0.0f}, 1, 8, 3, true).codes[0], 0);
}

TEST(BitWindow, AWideWindowIsTheUniformQuantiser)
{
    const auto weights = bell(6 * 90, 5);
    const auto wide = quantize_bit_window(weights, 6, 8, 15, true),
               uniform = quantize_uniform(weights, 6, 8, true);
    EXPECT_EQ(wide.codes, uniform.codes);
    EXPECT_EQ(wide.scale, uniform.scale);
}

/// Ones a weight: a window of three may not hold more than three, plain 16-bit codes hold about
/// half of their places.
TEST(BitWindow, MostBitsOfSixteenAreFreed)
{
    const auto weights = bell(64 * 576, 6);
    const auto ones = [](const WeightCodes& codes) {
        double sum = 0;
        for (const int c : codes.codes)
            sum += __builtin_popcount(static_cast<unsigned>(std::abs(c)));
        return sum / static_cast<double>(codes.codes.size());
    };
    EXPECT_LT(ones(quantize_bit_window(weights, 64, 16, 3, true)), 2.3);
    EXPECT_GT(ones(quantize_uniform(weights, 64, 16, true)), 5.5);
}

}  // namespace
