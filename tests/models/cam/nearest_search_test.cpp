// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/nearest_search.h"

#include "common/error.h"
#include "common/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace {

using imc::cam::Distance;
using imc::cam::NearestTable;
using imc::cam::search_rows;

std::vector<std::int32_t> random_keys(std::uint64_t key, int rows, unsigned bits)
{
    std::vector<std::int32_t> keys;
    for (int n = 0; n < rows; ++n)
        keys.push_back(static_cast<std::int32_t>(imc::random_bits(key, n) & ((1u << bits) - 1)));
    return keys;
}

TEST(NearestSearch, AbsoluteAndWeightedXorDisagreeOnTheReferencesExample)  // rapidnn.md section 4
{
    const std::vector<std::int32_t> keys{0b1000, 0b0011};
    EXPECT_EQ(search_rows(keys.data(), 2, 0b0111, Distance::absolute), 0);
    EXPECT_EQ(search_rows(keys.data(), 2, 0b0111, Distance::weighted_xor, 4), 1);
}

TEST(NearestSearch, TiesGoToTheLowerIndexAndExactMatchCanFail)
{
    const std::vector<std::int32_t> keys{10, 4, 10, 7};
    EXPECT_EQ(NearestTable(keys).find(10), 0);
    EXPECT_EQ(NearestTable(keys).find(100), 0);
    EXPECT_EQ(NearestTable({3, 5}).find(4), 0);
    EXPECT_EQ(NearestTable({5, 3}).find(4), 0);
    EXPECT_EQ(NearestTable(keys, Distance::exact).find(7), 3);
    EXPECT_EQ(NearestTable(keys, Distance::exact).find(8), imc::cam::no_match);
}

TEST(NearestSearch, PreparedTableEqualsTheRowByRowDefinition)
{
    for (std::uint64_t trial = 0; trial < 60; ++trial) {
        const int rows = 1 + static_cast<int>(trial % 20) * 4;
        auto keys = random_keys(imc::random_key(1, trial), rows,
                                8);  // 8 bits: many repeated and unsorted keys
        for (auto& key : keys)
            key -= 128;
        const NearestTable table(keys);
        std::vector<std::int32_t> queries, found(400);
        for (int q = -200; q < 200; ++q)
            queries.push_back(q);
        table.find_many(queries.data(), queries.size(), found.data());
        for (std::size_t n = 0; n < queries.size(); ++n) {
            const auto expected =
                search_rows(keys.data(), keys.size(), queries[n], Distance::absolute);
            ASSERT_EQ(found[n], expected) << "trial " << trial << " query " << queries[n];
            ASSERT_EQ(table.find(queries[n]), expected);
        }
        const NearestTable ordinary(keys, Distance::exact);
        ordinary.find_many(queries.data(), queries.size(), found.data());
        for (std::size_t n = 0; n < queries.size(); ++n) {
            const auto row = std::find(keys.begin(), keys.end(), queries[n]) - keys.begin();
            const auto expected = row == rows ? imc::cam::no_match : static_cast<std::int32_t>(row);
            ASSERT_EQ(found[n], expected) << "trial " << trial << " query " << queries[n];
        }
    }
}

TEST(NearestSearch, ExtremesOfTheNumberRangeDoNotOverflow)
{
    const NearestTable table({INT32_MIN, INT32_MAX});
    EXPECT_EQ(table.find(INT32_MIN), 0);
    EXPECT_EQ(table.find(INT32_MAX), 1);
    EXPECT_EQ(table.find(-1), 0);
    EXPECT_EQ(table.find(0), 1);  // distances 2^31 and 2^31 - 1
}

TEST(NearestSearch,
     WeightedXorDisagreesInAQuarterOfQueries)  // rapidnn.md section 4: 25.5, 29.9, 24.8 %
{
    const struct {
        int rows;
        double share;
    } cases[] = {{4, 0.255}, {16, 0.299}, {64, 0.248}};
    for (const auto& c : cases) {
        int different = 0, queries = 0;
        for (std::uint64_t trial = 0; trial < 400; ++trial) {
            auto keys = random_keys(imc::random_key(2, c.rows, trial), c.rows, 8);
            std::sort(keys.begin(), keys.end());
            for (int q = 0; q < 50; ++q, ++queries) {
                const auto query = static_cast<std::int32_t>(
                    imc::random_bits(imc::random_key(3, c.rows, trial), q) & 255);
                const auto a = search_rows(keys.data(), keys.size(), query, Distance::absolute);
                const auto x =
                    search_rows(keys.data(), keys.size(), query, Distance::weighted_xor, 8);
                different += std::abs(keys[a] - query) != std::abs(keys[x] - query);
            }
        }
        EXPECT_NEAR(static_cast<double>(different) / queries, c.share, 0.03) << c.rows << " rows";
    }
}

TEST(NearestSearch, RefusesTablesWithoutRows)
{
    EXPECT_THROW(NearestTable(std::vector<std::int32_t>{}), imc::InputError);
    EXPECT_THROW(NearestTable({1}, Distance::weighted_xor, 0), imc::InputError);
}

}  // namespace
