// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook.h"

#include "common/error.h"
#include "common/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace {

using imc::compiler::Codebook;
using imc::compiler::make_codebook;
using imc::compiler::make_codebook_tree;
using imc::compiler::mean_squared_error;

std::vector<float> normal_samples(std::size_t count, bool relu = false)
{
    std::vector<float> samples;
    for (std::size_t n = 0; n < count; ++n) {
        const auto x = static_cast<float>(imc::random_normal(imc::random_key(3, 1), n));
        samples.push_back(relu ? std::max(x, 0.0f) : x);
    }
    return samples;
}

TEST(Codebook, FindsTheOptimalQuantiserOfTheNormalDistribution)
{
    // Lloyd-Max quantiser of the unit normal (Max 1960): 2, 4, 8, 16 levels have these mean squared
    // errors.
    const auto samples = normal_samples(200000);
    const struct {
        unsigned entries;
        double error;
    } max_1960[] = {{2, 0.3634}, {4, 0.1175}, {8, 0.03454}, {16, 0.009497}};
    for (const auto& row : max_1960) {
        const auto book = make_codebook(samples, {row.entries, false});
        EXPECT_EQ(book.size(), row.entries);
        EXPECT_NEAR(mean_squared_error(samples, book), row.error, 0.03 * row.error)
            << row.entries << " levels";
    }
    EXPECT_NEAR(make_codebook(samples, {4, false}).centroid[3], 1.510, 0.02);
}

TEST(Codebook, PinnedZeroIsExactAndTheOrderAscends)
{
    const auto samples = normal_samples(20000, true);
    for (const unsigned entries : {2u, 5u, 16u, 64u}) {
        const auto book = make_codebook(samples, {entries, true});
        EXPECT_EQ(std::count(book.centroid.begin(), book.centroid.end(), 0.0), 1);
        EXPECT_TRUE(std::is_sorted(book.centroid.begin(), book.centroid.end()));
        EXPECT_EQ(book.encode(0.0), 0);
    }
}

TEST(Codebook, FewDistinctValuesAreKeptAsTheyAre)
{
    const std::vector<float> samples{1, 1, 4, 4, 4, -2};
    EXPECT_EQ(make_codebook(samples, {16, false}).centroid, (std::vector<double>{-2, 1, 4}));
    EXPECT_EQ(make_codebook(samples, {16, true}).centroid, (std::vector<double>{-2, 0, 1, 4}));
    EXPECT_EQ(make_codebook({5, 5, 5}, {4, false}).centroid, (std::vector<double>{5}));
}

TEST(Codebook, EncodingTakesTheNearestAndTheLowerOnTies)
{
    const Codebook book{{-1.0, 0.0, 2.0, 2.0}};
    EXPECT_EQ(book.encode(-9.0), 0);
    EXPECT_EQ(book.encode(-0.5), 0);
    EXPECT_EQ(book.encode(1.0), 1);
    EXPECT_EQ(book.encode(7.0), 2);
}

TEST(CodebookTree, APrefixOfACodeIsTheCoarserCode)
{
    const auto samples = normal_samples(5000);
    const auto levels = make_codebook_tree(samples, 5, false);
    ASSERT_EQ(levels.size(), 6u);
    for (unsigned d = 1; d <= 5; ++d) {
        ASSERT_EQ(levels[d].size(), 1u << d);
        EXPECT_TRUE(std::is_sorted(levels[d].centroid.begin(), levels[d].centroid.end()));
        for (unsigned c = 0; c < 1u << d; ++c) {  // a parent lies between its two children
            const double parent = levels[d - 1].centroid[c >> 1];
            EXPECT_LE(levels[d].centroid[c & ~1u], parent);
            EXPECT_GE(levels[d].centroid[c | 1u], parent);
        }
        EXPECT_LT(mean_squared_error(samples, levels[d]),
                  mean_squared_error(samples, levels[d - 1]));
    }
    EXPECT_LE(mean_squared_error(samples, make_codebook(samples, {32, false})),
              mean_squared_error(samples, levels[5]));
}

TEST(CodebookTree, FewValuesAndPinnedZero)
{
    const auto levels = make_codebook_tree({0, 0, 0, 3}, 3, true);
    EXPECT_EQ(levels[3].size(), 8u);
    EXPECT_EQ(levels[3].centroid[levels[3].encode(0.0)], 0.0);
    EXPECT_EQ(levels[3].centroid[levels[3].encode(3.0)], 3.0);
    EXPECT_TRUE(std::is_sorted(levels[3].centroid.begin(), levels[3].centroid.end()));
}

TEST(Codebook, BadInputIsRefused)
{
    EXPECT_THROW(make_codebook({}, {}), imc::InputError);
    EXPECT_THROW(make_codebook({1.0f, NAN}, {}), imc::InputError);
    EXPECT_THROW(make_codebook({1.0f}, {1, false}), imc::InputError);
    EXPECT_THROW(make_codebook({1.0f}, {65, false}), imc::InputError);
    EXPECT_THROW(make_codebook_tree({1.0f}, 7, false), imc::InputError);
}

}  // namespace
