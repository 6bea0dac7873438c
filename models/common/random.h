// SPDX-License-Identifier: Apache-2.0
/// Counter-based random numbers: a value depends on its key alone, never on the order in which
/// values are drawn, so that worker threads and speed options cannot change a result.
#pragma once

#include <cstdint>

namespace imc {

/// SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014): a bijective mix of 64 bits.
constexpr std::uint64_t mix64(std::uint64_t x)
{
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

/// Joins the parts of a key (seed, image, layer, position, column, ...) into one 64-bit key.
template <typename... Parts>
constexpr std::uint64_t random_key(std::uint64_t seed, Parts... parts)
{
    std::uint64_t key = mix64(seed);
    ((key = mix64(key ^ static_cast<std::uint64_t>(parts))), ...);
    return key;
}

/// The `index`-th 64 random bits of a key.
constexpr std::uint64_t random_bits(std::uint64_t key, std::uint64_t index)
{
    return mix64(key ^ mix64(index));
}

/// Uniform in [0, 1), 53 bits.
constexpr double random_uniform(std::uint64_t key, std::uint64_t index)
{
    return static_cast<double>(random_bits(key, index) >> 11) * 0x1.0p-53;
}

/// Standard normal by the sum of uniforms is too light-tailed, so: inverse of the normal
/// distribution (Acklam's rational approximation, relative error below 1.2e-9), which needs one
/// draw and no libm state beyond sqrt and log.
double random_normal(std::uint64_t key, std::uint64_t index);

}  // namespace imc
