// SPDX-License-Identifier: Apache-2.0
/// Vectors of 64 bytes that the compiler lowers to what the instruction set has, and what it does
/// not lower well by itself. Every level gives the same bits. In an unnamed namespace, since each
/// level compiles its own copy; passed by reference only, since calling conventions differ between
/// instruction sets.
#pragma once

#include <cmath>
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace imc {
namespace {

typedef std::uint64_t Words64 __attribute__((vector_size(64), aligned(8), may_alias));
typedef std::int32_t Lanes32 __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::uint32_t Bits32 __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::int16_t Lanes16 __attribute__((vector_size(64), aligned(2), may_alias));
typedef float Floats __attribute__((vector_size(64), aligned(4), may_alias));
constexpr int words64 = 8, lanes32 = 16, lanes16 = 32;

/// Square roots, correctly rounded.
[[gnu::always_inline]] inline void square_root(Floats& x)
{
#if defined(__AVX512F__)
    x = reinterpret_cast<Floats>(_mm512_sqrt_ps(reinterpret_cast<__m512>(x)));
#elif defined(__x86_64__)
    __m128 part[4];
    __builtin_memcpy(part, &x, sizeof part);
    for (__m128& p : part)
        p = _mm_sqrt_ps(p);
    __builtin_memcpy(&x, part, sizeof part);
#else
    for (int i = 0; i < lanes32; ++i)
        x[i] = std::sqrt(x[i]);
#endif
}

/// True if a lane is not zero. Lanes are 0 or -1.
[[gnu::always_inline]] inline bool any(const Lanes16& mask)
{
#if defined(__AVX512BW__)
    return _mm512_movepi16_mask(reinterpret_cast<__m512i>(mask)) != 0;
#else
    std::uint64_t words[words64], all = 0;
    __builtin_memcpy(words, &mask, sizeof words);
    for (const std::uint64_t word : words)
        all |= word;
    return all != 0;
#endif
}

[[gnu::always_inline]] inline void clamp_to(Lanes16& x, const Lanes16& low, const Lanes16& high)
{
#if defined(__AVX512BW__)
    x = reinterpret_cast<Lanes16>(_mm512_min_epi16(
        _mm512_max_epi16(reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(low)),
        reinterpret_cast<__m512i>(high)));
#else
    x = x < low ? low : x;
    x = x > high ? high : x;
#endif
}

[[gnu::always_inline]] inline void clamp_to(Lanes32& x, const Lanes32& low, const Lanes32& high)
{
#if defined(__AVX512F__)
    x = reinterpret_cast<Lanes32>(_mm512_min_epi32(
        _mm512_max_epi32(reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(low)),
        reinterpret_cast<__m512i>(high)));
#else
    x = x < low ? low : x;
    x = x > high ? high : x;
#endif
}

}  // namespace
}  // namespace imc
