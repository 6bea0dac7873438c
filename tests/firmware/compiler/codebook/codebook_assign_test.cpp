// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_assign.h"

#include "common/error.h"
#include "common/random.h"

#include <gtest/gtest.h>

namespace {

using imc::compiler::CodeAssigner;
using imc::compiler::Codebook;

using Codes = std::vector<std::uint8_t>;

Codes assign_codes(const std::vector<float>& weights, unsigned outputs, unsigned fan_in,
                   const std::vector<Codebook>& books, const std::vector<double>& covariance)
{
    return CodeAssigner(fan_in, covariance).codes(weights, outputs, books);
}

TEST(AssignCodes, InputsThatGoTogetherShareTheError)
{
    const std::vector<Codebook> books{Codebook{{0.0, 1.0}}};
    // Two halves of one: each alone is rounded down, and the sum is lost.
    EXPECT_EQ(assign_codes({0.5f, 0.5f}, 1, 2, books, {}), (Codes{0, 0}));
    EXPECT_EQ(assign_codes({0.5f, 0.5f}, 1, 2, books, {1, 1, 1, 1}), (Codes{0, 1}));
    // Inputs that run against each other cancel when both are rounded alike.
    EXPECT_EQ(assign_codes({0.4f, 0.4f}, 1, 2, books, {1, -1, -1, 1}), (Codes{0, 0}));
    // Independent inputs keep their nearest centroids.
    EXPECT_EQ(assign_codes({0.4f, 0.6f}, 1, 2, books, {1, 0, 0, 1}), (Codes{0, 1}));
    // The input of larger variance is served first, its neighbour makes up for it.
    EXPECT_EQ(assign_codes({0.3f, 0.4f}, 1, 2, books, {1, 2, 2, 4}), (Codes{1, 0}));
}

TEST(AssignCodes, SumsChangeLessThanByTheNearestCentroids)
{
    constexpr unsigned outputs = 20, inputs = 40;
    const auto normal = [](std::uint64_t key, std::uint64_t n) {
        double sum = -6;
        for (unsigned i = 0; i < 12; ++i)
            sum += static_cast<double>(imc::random_bits(imc::random_key(key, i), n) >> 11) /
                   9007199254740992.0;
        return sum;
    };
    std::vector<double> covariance(inputs * inputs, 0.0);  // of three common causes and noise
    for (unsigned a = 0; a < inputs; ++a)
        for (unsigned b = 0; b < inputs; ++b) {
            covariance[a * inputs + b] = a == b ? 0.2 : 0.0;
            for (unsigned cause = 0; cause < 3; ++cause)
                covariance[a * inputs + b] += normal(7 + cause, a) * normal(7 + cause, b);
        }
    std::vector<float> weights;
    for (unsigned n = 0; n < outputs * inputs; ++n)
        weights.push_back(static_cast<float>(normal(1, n)));
    const std::vector<Codebook> books{Codebook{{-1.5, -0.5, 0.5, 1.5}}};
    const auto error = [&](const Codes& codes) {
        double sum = 0;
        for (unsigned o = 0; o < outputs; ++o)
            for (unsigned a = 0; a < inputs; ++a)
                for (unsigned b = 0; b < inputs; ++b) {
                    const auto d = [&](unsigned k) {
                        return weights[o * inputs + k] - books[0].centroid[codes[o * inputs + k]];
                    };
                    sum += d(a) * covariance[a * inputs + b] * d(b);
                }
        return sum;
    };
    EXPECT_LT(error(assign_codes(weights, outputs, inputs, books, covariance)),
              0.5 * error(assign_codes(weights, outputs, inputs, books, {})));
}

TEST(AssignCodes, SizesThatDisagreeAreRefused)
{
    const std::vector<Codebook> books{Codebook{{0.0, 1.0}}};
    EXPECT_THROW(assign_codes({0.5f}, 1, 2, books, {}), imc::InputError);
    EXPECT_THROW(assign_codes({0.5f, 0.5f}, 1, 2, books, {1, 1}), imc::InputError);
    EXPECT_THROW(assign_codes({0.5f, 0.5f, 0.5f}, 3, 1, {books[0], books[0]}, {}), imc::InputError);
}

}  // namespace
