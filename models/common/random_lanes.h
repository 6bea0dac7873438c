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
    [[gnu::always_inline]] WordStream(std::uint64_t key, std::uint64_t first) : m_key(key)
    {
        std::uint64_t state[Words64::count];
        for (int i = 0; i < Words64::count; ++i)
            state[i] = (first + static_cast<std::uint64_t>(i)) * golden;
        m_state = Words64(state);
    }
    [[gnu::always_inline]] Words64 next()
    {
        Words64 x = (m_state ^ m_key) + golden;
        x = (x ^ (x >> 30)) * mix_first;
        x = (x ^ (x >> 27)) * mix_second;
        m_state += Words64(Words64::count * golden);
        return x ^ (x >> 31);
    }

private:
    // constants of mix64
    static constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ull;
    static constexpr std::uint64_t mix_first = 0xBF58476D1CE4E5B9ull;
    static constexpr std::uint64_t mix_second = 0x94D049BB133111EBull;
    Words64 m_state, m_key;
};

/// -2 log(u) of u = x / 2^31: u = 2^e m with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh((m - 1) /
/// (m + 1)) to the ninth power, relative error below 1e-6.
[[gnu::always_inline]] inline Floats minus_two_logs(const Floats& x)
{
    const Floats one(1.0f);
    const Lanes32 bits = as<std::int32_t>(x);
    const Lanes32 exponent = (bits - 0x3F3504F3) >> 23;  // bits of sqrt(1/2)
    const Floats m = as<float>(bits - (exponent << 23));
    const Floats s = (m - one) / (m + one);
    const Floats z = s * s;
    const Floats series =
        one +
        z * (Floats(1.0f / 3) + z * (Floats(1.0f / 5) + z * (Floats(1.0f / 7) + z * (1.0f / 9))));
    constexpr float two_log_two = 1.38629436111989062f;
    return to_floats(Lanes32(31) - exponent) * two_log_two - s * series * 4.0f;
}

/// No less than -2 log(x / 2^31), by the exponent of x alone.
[[gnu::always_inline]] inline Floats bound_of_logs(const Floats& x)
{
    constexpr int bias = 127;
    const Lanes32 exponent = as<std::int32_t>(x) >> 23;
    return to_floats(Lanes32(31 + bias) - exponent) * 1.3863f;
}

/// Cosine and sine of an angle that is uniform on the circle, from 32 random bits: an angle in
/// [-pi/4, pi/4) from the upper ones (Taylor to the ninth power, absolute error below 4e-8), bit 1
/// exchanges the two, bit 0 turns by half a circle.
[[gnu::always_inline]] inline void cosine_and_sine(const Lanes32& bits, Floats& cosine,
                                                   Floats& sine)
{
    constexpr auto unit = static_cast<float>(0.78539816339744831 * 0x1.0p-31);
    const Floats one(1.0f);
    const Floats x = to_floats(bits & ~3) * unit;
    const Floats y = x * x;
    const Floats c =
        one + y * (Floats(-1.0f / 2) +
                   y * (Floats(1.0f / 24) + y * (Floats(-1.0f / 720) + y * (1.0f / 40320))));
    const Floats s =
        x * (one + y * (Floats(-1.0f / 6) + y * (Floats(1.0f / 120) + y * (Floats(-1.0f / 5040) +
                                                                           y * (1.0f / 362880)))));
    const Lanes32 flip = bits << 31;
    const Lanes32 swap = bits << 30 >> 31;
    const Lanes32 different = (as<std::int32_t>(c) ^ as<std::int32_t>(s)) & swap;
    cosine = as<float>(as<std::int32_t>(c) ^ different ^ flip);
    sine = as<float>(as<std::int32_t>(s) ^ different ^ flip);
}

/// 16 points of the plane by Box and Muller's transform (1958) in single precision: pairs of
/// independent standard normals. Tails reach 6.6 sigma (31 bits of radius).
class PlanePoints {
public:
    [[gnu::always_inline]] explicit PlanePoints(WordStream& words)
    {
        constexpr std::uint64_t low = 0xFFFFFFFFull;
        const Words64 a = words.next(), b = words.next();
        const Lanes<std::uint32_t> first = as<std::uint32_t>((a & low) | (b << 32));
        m_uniform = to_floats(as<std::int32_t>(first >> 1)) + 0.5f;
        m_angle = as<std::int32_t>((a >> 32) | (b & ~low));
    }
    /// No less than the squared radius.
    [[gnu::always_inline]] Floats radius_bound() const { return bound_of_logs(m_uniform); }
    /// Coordinates, scaled to the variances.
    [[gnu::always_inline]] void scale(Floats& x_variance, Floats& y_variance) const
    {
        const Floats radius = minus_two_logs(m_uniform);
        Floats cosine, sine;
        cosine_and_sine(m_angle, cosine, sine);
        x_variance = square_root(radius * x_variance) * cosine;
        y_variance = square_root(radius * y_variance) * sine;
    }

private:
    Floats m_uniform;  ///< in 2^31
    Lanes32 m_angle;
};

/// Nearest whole number, ties to even, of |x| < 2^22.
[[gnu::always_inline]] inline Lanes32 nearest(const Floats& x)
{
    constexpr float rounder = 0x1.8p23f;  // its unit in the last place is 1
    return as<std::int32_t>(x + rounder) - 0x4B400000;
}

}  // namespace
}  // namespace imc
