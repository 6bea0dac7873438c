// SPDX-License-Identifier: Apache-2.0
/// Random words and normals drawn many at a time.
#include "common/random_lanes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "common/random.h"

namespace {

TEST(WordStream, IsTheCounterBasedGenerator)
{
    imc::WordStream words(77, 1000);
    for (std::uint64_t number = 1000; number < 1080; number += 8) {
        std::uint64_t eight[8];
        words.next().store(eight);
        for (std::uint64_t i = 0; i < 8; ++i)
            EXPECT_EQ(eight[i], imc::mix64(((number + i) * 0x9E3779B97F4A7C15ull) ^ 77));
    }
}

/// Pairs of standard normals, and what bounds their squared radius.
struct Points {
    std::vector<double> x, y, bound;

    Points(std::uint64_t key, int blocks)
    {
        imc::WordStream words(key, 0);
        for (int b = 0; b < blocks; ++b) {
            const imc::PlanePoints points(words);
            imc::Floats px(1.0f), py(1.0f);
            points.scale(px, py);
            float values[3][16];
            px.store(values[0]);
            py.store(values[1]);
            points.radius_bound().store(values[2]);
            x.insert(x.end(), values[0], values[0] + 16);
            y.insert(y.end(), values[1], values[1] + 16);
            bound.insert(bound.end(), values[2], values[2] + 16);
        }
    }
};

/// Phi(x)
double normal_below(double x)
{
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

/// Largest distance of the empirical distribution from the standard normal's.
double distance(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    const auto n = static_cast<double>(values.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double expected = normal_below(values[i]);
        largest = std::max({largest, expected - static_cast<double>(i) / n,
                            static_cast<double>(i + 1) / n - expected});
    }
    return largest;
}

TEST(PlanePoints, HaveTheDistributionOfTheStandardNormal)
{
    const Points points(5, 40000);
    for (const auto& values : {points.x, points.y}) {
        const auto n = static_cast<double>(values.size());
        double moments[5] = {};
        for (const double v : values)
            for (int k = 1; k <= 4; ++k)
                moments[k] += std::pow(v, k) / n;
        // Standard errors of the moments of a normal: sqrt(1, 2, 15, 96) / sqrt(n).
        EXPECT_NEAR(moments[1], 0.0, 4.0 * std::sqrt(1.0 / n));
        EXPECT_NEAR(moments[2], 1.0, 4.0 * std::sqrt(2.0 / n));
        EXPECT_NEAR(moments[3], 0.0, 4.0 * std::sqrt(15.0 / n));
        EXPECT_NEAR(moments[4], 3.0, 4.0 * std::sqrt(96.0 / n));
        EXPECT_LT(distance(values), 1.63 / std::sqrt(n));  // 1 % level
    }
}

TEST(PlanePoints, HaveTheTailsOfTheStandardNormal)
{
    const Points points(6, 200000);  // 6.4 million normals
    auto all = points.x;
    all.insert(all.end(), points.y.begin(), points.y.end());
    for (const double sigmas : {2.0, 3.0, 4.0, 4.5, 5.0}) {
        const double expected = static_cast<double>(all.size()) * normal_below(-sigmas);
        const auto above =
            std::count_if(all.begin(), all.end(), [=](double v) { return v > sigmas; });
        const auto below =
            std::count_if(all.begin(), all.end(), [=](double v) { return v < -sigmas; });
        EXPECT_NEAR(above, expected, 4.0 * std::sqrt(expected) + 1.0) << sigmas;
        EXPECT_NEAR(below, expected, 4.0 * std::sqrt(expected) + 1.0) << sigmas;
    }
}

/// Correlation of f(a[i]) with f(b[i + shift]).
template <typename F>
double correlation(const std::vector<double>& a, const std::vector<double>& b, std::size_t shift,
                   double mean, double variance, const F& f)
{
    double sum = 0.0;
    const std::size_t n = a.size() - shift;
    for (std::size_t i = 0; i < n; ++i)
        sum += (f(a[i]) - mean) * (f(b[i + shift]) - mean);
    return sum / (variance * static_cast<double>(n));
}

TEST(PlanePoints, AreIndependentOfTheirNeighbours)
{
    const Points points(7, 40000);
    const double error = 4.0 / std::sqrt(static_cast<double>(points.x.size()));
    const auto value = [](double v) { return v; };
    const auto square = [](double v) { return v * v; };
    const auto far = [](double v) { return std::fabs(v) > 2.0 ? 1.0 : 0.0; };
    const double share = 2.0 * normal_below(-2.0);
    const auto expect_none = [&](const auto& a, const auto& b, std::size_t shift) {
        EXPECT_NEAR(correlation(a, b, shift, 0.0, 1.0, value), 0.0, error) << shift;
        EXPECT_NEAR(correlation(a, b, shift, 1.0, 2.0, square), 0.0, error) << shift;
        EXPECT_NEAR(correlation(a, b, shift, share, share * (1.0 - share), far), 0.0, error)
            << shift;
    };
    expect_none(points.x, points.y, 0);  // the pair
    for (const std::size_t shift : {1, 8, 16}) {
        expect_none(points.x, points.x, shift);
        expect_none(points.x, points.y, shift);
        expect_none(points.y, points.x, shift);
    }
}

TEST(PlanePoints, LieWithinTheirBound)
{
    const Points points(8, 40000);
    for (std::size_t i = 0; i < points.x.size(); ++i)
        ASSERT_LE(points.x[i] * points.x[i] + points.y[i] * points.y[i],
                  points.bound[i] * (1.0 + 1e-6));
}

}  // namespace
