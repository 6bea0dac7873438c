// SPDX-License-Identifier: Apache-2.0
/// Are there NaN or infinities among many floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace imc::compiler {

/// True if every number is finite. Works on the exponent bits, so that compilers vectorise it
/// without -ffast-math.
inline bool all_finite(const float* numbers, std::size_t count)
{
    constexpr std::uint32_t exponent = 0x7F800000u;
    std::uint32_t bad = 0;
    for (std::size_t i = 0; i < count; ++i) {
        std::uint32_t bits;
        std::memcpy(&bits, numbers + i, sizeof bits);
        bad |= static_cast<std::uint32_t>((bits & exponent) == exponent);
    }
    return bad == 0;
}

}  // namespace imc::compiler
