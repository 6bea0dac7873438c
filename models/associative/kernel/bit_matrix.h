// SPDX-License-Identifier: Apache-2.0
/// Words to bit columns and back.
#pragma once

#include <cstdint>

namespace imc::associative {

/// Transposes a matrix of 64 x 64 bits in place: bit j of m[i] and bit i of m[j] change places.
/// Halves are exchanged block by block (Hacker's Delight, section 7-3).
inline void transpose_bits(std::uint64_t (&m)[64])
{
    std::uint64_t mask = 0x00000000ffffffffull;
    for (unsigned half = 32; half != 0; half /= 2, mask ^= mask << half) {
        for (unsigned block = 0; block < 64; block += 2 * half) {
            for (unsigned i = block; i < block + half; ++i) {
                const std::uint64_t change = ((m[i] >> half) ^ m[i + half]) & mask;
                m[i] ^= change << half;
                m[i + half] ^= change;
            }
        }
    }
}

}  // namespace imc::associative
