// SPDX-License-Identifier: Apache-2.0
/// Count times product without a multiplier: a count becomes shifted copies of the product
/// ("addends"), one for each digit that is not zero. Source: rapidnn.md section 3 (RECALLED) and
/// section 8.2, step 2.
#pragma once

#include <cstdint>
#include <vector>

namespace imc::cam {

/// Which digits a count is written in.
enum class Digits {
    popcount,     ///< binary: one addition for each set bit
    signed_digit  ///< canonical signed digit (non-adjacent form): runs of ones become one addition,
                  ///< one subtraction
};

/// Number of addends of one count.
inline unsigned addends_of(std::uint32_t count, Digits digits)
{
    // The non-zero digits of the non-adjacent form of n stand where n and 3n differ.
    const std::uint64_t n = count;
    return static_cast<unsigned>(
        __builtin_popcountll(digits == Digits::popcount ? n : n ^ (3 * n)));
}

/// The addends themselves: product << shift, negative for a digit of -1. They sum to count x
/// product.
inline std::vector<std::int64_t> split_addends(std::uint32_t count, std::int32_t product,
                                               Digits digits)
{
    std::vector<std::int64_t> out;
    std::int64_t n = count;
    for (unsigned shift = 0; n != 0; ++shift, n >>= 1) {
        if ((n & 1) == 0) continue;
        const int digit = digits == Digits::signed_digit && (n & 3) == 3 ? -1 : 1;
        out.push_back(digit * product * (std::int64_t{1} << shift));
        n -= digit;
    }
    return out;
}

}  // namespace imc::cam
