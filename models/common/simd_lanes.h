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

/// What one register holds. Compilers keep longer vectors in memory, and take their comparisons,
/// selections and conversions apart into single lanes.
#if defined(__AVX512BW__)
constexpr int register_bytes = 64;
#elif defined(__AVX2__)
constexpr int register_bytes = 32;
#else
constexpr int register_bytes = 16;
#endif
typedef std::int16_t Part16 __attribute__((vector_size(register_bytes), may_alias));
typedef std::int32_t Part32 __attribute__((vector_size(register_bytes), may_alias));
typedef std::uint32_t PartBits __attribute__((vector_size(register_bytes), may_alias));
typedef float PartFloat __attribute__((vector_size(register_bytes), may_alias));
constexpr int parts = 64 / register_bytes;

#if !defined(__AVX512BW__)
/// y = f(x) register by register; From and To are the registers' types.
template <typename From, typename To, typename Vector, typename Result, typename F>
[[gnu::always_inline]] inline void by_parts(const Vector& x, Result& y, const F& f)
{
    From from[parts];
    To to[parts];
    __builtin_memcpy(from, &x, sizeof from);
    for (int i = 0; i < parts; ++i)
        f(from[i], to[i]);
    __builtin_memcpy(&y, to, sizeof to);
}
#endif

/// Square roots, correctly rounded.
[[gnu::always_inline]] inline void square_root(Floats& x)
{
#if defined(__AVX512F__)
    x = reinterpret_cast<Floats>(_mm512_sqrt_ps(reinterpret_cast<__m512>(x)));
#elif defined(__AVX2__)
    by_parts<PartFloat, PartFloat>(x, x, [](const PartFloat& from, PartFloat& to) {
        to = reinterpret_cast<PartFloat>(_mm256_sqrt_ps(reinterpret_cast<const __m256&>(from)));
    });
#elif defined(__x86_64__)
    by_parts<PartFloat, PartFloat>(x, x, [](const PartFloat& from, PartFloat& to) {
        to = reinterpret_cast<PartFloat>(_mm_sqrt_ps(reinterpret_cast<const __m128&>(from)));
    });
#else
    for (int i = 0; i < lanes32; ++i)
        x[i] = std::sqrt(x[i]);
#endif
}

[[gnu::always_inline]] inline void to_floats(const Lanes32& x, Floats& result)
{
#if defined(__AVX512F__)
    result = __builtin_convertvector(x, Floats);
#else
    by_parts<Part32, PartFloat>(x, result, [](const Part32& from, PartFloat& to) {
        to = __builtin_convertvector(from, PartFloat);
    });
#endif
}

/// -1 where x is at least `bound`, else 0.
[[gnu::always_inline]] inline void at_least(const Lanes16& x, std::int16_t bound, Lanes16& mask)
{
#if defined(__AVX512BW__)
    mask = x >= Lanes16{} + bound;
#else
    by_parts<Part16, Part16>(
        x, mask, [bound](const Part16& from, Part16& to) { to = from >= Part16{} + bound; });
#endif
}

/// -1 where a and b differ, else 0.
[[gnu::always_inline]] inline void unequal(const Lanes16& a, const Lanes16& b, Lanes16& mask)
{
#if defined(__AVX512BW__)
    mask = a != b;
#else
    by_parts<Part16, Part16>(a ^ b, mask,
                             [](const Part16& from, Part16& to) { to = from != Part16{}; });
#endif
}

[[gnu::always_inline]] inline void unequal(const Lanes32& a, const Lanes32& b, Lanes32& mask)
{
#if defined(__AVX512BW__)
    mask = a != b;
#else
    by_parts<Part32, Part32>(a ^ b, mask,
                             [](const Part32& from, Part32& to) { to = from != Part32{}; });
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

[[gnu::always_inline]] inline void clamp_to(Lanes16& x, std::int16_t low, std::int16_t high)
{
#if defined(__AVX512BW__)
    x = reinterpret_cast<Lanes16>(
        _mm512_min_epi16(_mm512_max_epi16(reinterpret_cast<__m512i>(x), _mm512_set1_epi16(low)),
                         _mm512_set1_epi16(high)));
#else
    by_parts<Part16, Part16>(x, x, [low, high](const Part16& from, Part16& to) {
        const Part16 lowest = Part16{} + low, highest = Part16{} + high;
        to = from < lowest ? lowest : from;
        to = to > highest ? highest : to;
    });
#endif
}

[[gnu::always_inline]] inline void clamp_to(Lanes32& x, std::int32_t low, std::int32_t high)
{
#if defined(__AVX512F__)
    x = reinterpret_cast<Lanes32>(
        _mm512_min_epi32(_mm512_max_epi32(reinterpret_cast<__m512i>(x), _mm512_set1_epi32(low)),
                         _mm512_set1_epi32(high)));
#else
    by_parts<Part32, Part32>(x, x, [low, high](const Part32& from, Part32& to) {
        const Part32 lowest = Part32{} + low, highest = Part32{} + high;
        to = from < lowest ? lowest : from;
        to = to > highest ? highest : to;
    });
#endif
}

}  // namespace
}  // namespace imc
