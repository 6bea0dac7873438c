// SPDX-License-Identifier: Apache-2.0
/// Random bits and standard normals for loops over many: random.h's SplitMix64 on a counter, eight
/// words at a time. What is drawn depends on key and number alone.
#pragma once

#include "common/simd_lanes.h"

namespace imc {
namespace {

/// The 64-bit words number, number + 1, ... of a key: mix64(number * golden ^ key), eight a call.
class WordStream {
public:
    WordStream(std::uint64_t key, std::uint64_t first)
    {
        for (int i = 0; i < words64; ++i)
            m_state[i] = (first + static_cast<std::uint64_t>(i)) * golden;
        m_key = m_key + key;
    }
    [[gnu::always_inline]] inline void next(Words64& x)
    {
        x = (m_state ^ m_key) + golden;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
        x ^= x >> 31;
        m_state += words64 * golden;
    }

private:
    static constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ull;
    Words64 m_state{}, m_key{};
};

/// -2 log(u) of u = (x + 1/2) / 2^31 for x in 0 .. 2^31 - 1: u = 2^e m with m in [sqrt(1/2),
/// sqrt(2)), log m = 2 artanh((m - 1) / (m + 1)) to the ninth power, relative error below 1e-6.
[[gnu::always_inline]] inline void minus_two_logs(const Lanes32& x, Floats& result)
{
    Floats value, exponents;
    to_floats(x, value);
    value += 0.5f;
    const Lanes32 bits = reinterpret_cast<Lanes32>(value);
    const Lanes32 above = bits - 0x3F3504F3;  // bits of sqrt(1/2)
    const Lanes32 exponent = above >> 23;
    const Floats m = reinterpret_cast<Floats>(bits - (exponent << 23));
    const Floats s = (m - 1.0f) / (m + 1.0f);
    const Floats z = s * s;
    const Floats series =
        1.0f + z * (1.0f / 3 + z * (1.0f / 5 + z * (1.0f / 7 + z * (1.0f / 9))));
    to_floats(31 - exponent, exponents);
    result = exponents * 1.386294361f - 4.0f * s * series;
}

/// Cosine and sine of an angle that is uniform on the circle, from 32 random bits: an angle in
/// [-pi/4, pi/4) from the upper ones (Taylor to the ninth power, absolute error below 4e-8), bit 1
/// exchanges the two, bit 0 turns by half a circle.
[[gnu::always_inline]] inline void cosine_and_sine(const Lanes32& bits, Floats& cosine,
                                                   Floats& sine)
{
    Floats x;
    to_floats(bits & ~3, x);
    x *= static_cast<float>(0.78539816339744831 * 0x1.0p-31);
    const Floats y = x * x;
    const Floats c =
        1.0f + y * (-1.0f / 2 + y * (1.0f / 24 + y * (-1.0f / 720 + y * (1.0f / 40320))));
    const Floats s =
        x *
        (1.0f + y * (-1.0f / 6 + y * (1.0f / 120 + y * (-1.0f / 5040 + y * (1.0f / 362880)))));
    const Lanes32 flip = bits << 31;
    const Lanes32 swap = bits << 30 >> 31;
    const Lanes32 ci = reinterpret_cast<Lanes32>(c), si = reinterpret_cast<Lanes32>(s);
    cosine = reinterpret_cast<Floats>(((ci & ~swap) | (si & swap)) ^ flip);
    sine = reinterpret_cast<Floats>(((si & ~swap) | (ci & swap)) ^ flip);
}

/// Box and Muller's transform (1958) in single precision: squared radius, cosine and sine of 16
/// pairs of independent standard normals sqrt(radius) * cosine, sqrt(radius) * sine. Tails reach
/// 6.7 sigma (31 bits of radius).
[[gnu::always_inline]] inline void draw_circle(WordStream& words, Floats& radius, Floats& cosine,
                                               Floats& sine)
{
    Words64 a, b;
    words.next(a);
    words.next(b);
    const Words64 first = (a & 0xFFFFFFFFull) | (b << 32);
    const Words64 second = (a >> 32) | (b & 0xFFFFFFFF00000000ull);
    minus_two_logs(reinterpret_cast<Lanes32>(reinterpret_cast<Bits32>(first) >> 1), radius);
    cosine_and_sine(reinterpret_cast<Lanes32>(second), cosine, sine);
}

/// Nearest whole number, ties to even, of |x| < 2^22.
[[gnu::always_inline]] inline void nearest(const Floats& x, Lanes32& result)
{
    constexpr float rounder = 0x1.8p23f;  // its unit in the last place is 1
    result = reinterpret_cast<Lanes32>(x + rounder) - 0x4B400000;
}

}  // namespace
}  // namespace imc
