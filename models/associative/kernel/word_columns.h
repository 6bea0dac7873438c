// SPDX-License-Identifier: Apache-2.0
/// Columns of an array that word operations keep for themselves.
#pragma once

#include <cstdint>

namespace imc::associative {

constexpr int zero_column = 0;  ///< never written: stands in for columns an operand does not have
constexpr int carry_column = 1;
constexpr int flag_f_column = 2;
constexpr int flag_g_column = 3;
constexpr int first_free_column = 4;

/// Bits that hold `value`: 0 for 0.
constexpr int bit_length(std::uint64_t value)
{
    int bits = 0;
    for (; value != 0; value >>= 1) {
        ++bits;
    }
    return bits;
}

/// Bits of `value` that are 1.
inline std::uint64_t ones(std::uint64_t value)
{
    std::uint64_t count = 0;
    for (; value != 0; value &= value - 1) {
        ++count;
    }
    return count;
}

}  // namespace imc::associative
