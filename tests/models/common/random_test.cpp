// SPDX-License-Identifier: Apache-2.0
#include "common/random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

TEST(Random, NormalHasTheMomentsAndTailsOfTheStandardNormal)
{
    constexpr int n = 200000;
    double sum = 0.0, squares = 0.0;
    int beyond_two_sigma = 0;
    for (int i = 0; i < n; ++i) {
        const double x = imc::random_normal(imc::random_key(7, 1), i);
        sum += x;
        squares += x * x;
        beyond_two_sigma += std::abs(x) > 2.0;
    }
    EXPECT_NEAR(sum / n, 0.0, 0.01);
    EXPECT_NEAR(squares / n, 1.0, 0.02);
    EXPECT_NEAR(static_cast<double>(beyond_two_sigma) / n, 0.0455, 0.002);  // 2 * Phi(-2)
}

TEST(Random, KeysThatDifferInOnePartGiveDifferentNumbers)
{
    EXPECT_NE(imc::random_bits(imc::random_key(1, 2, 3), 0),
              imc::random_bits(imc::random_key(1, 3, 2), 0));
    EXPECT_EQ(imc::random_bits(imc::random_key(1, 2, 3), 5),
              imc::random_bits(imc::random_key(1, 2, 3), 5));
}

}  // namespace
