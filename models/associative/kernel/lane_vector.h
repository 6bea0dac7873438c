// SPDX-License-Identifier: Apache-2.0
/// Vectors of the compiler's own kind, as wide as the instruction set which the including file's
/// flags choose: the same source for all of them. Internal linkage on purpose: each instruction set
/// has its own copies.
#pragma once

#include <cstddef>
#include <cstdint>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#pragma GCC diagnostic ignored "-Wpsabi"

namespace imc::associative {
namespace {

#if defined(__AVX512F__)
constexpr std::size_t lane_bytes = 64;
#elif defined(__AVX2__)
constexpr std::size_t lane_bytes = 32;
#else
constexpr std::size_t lane_bytes = 16;
#endif
constexpr std::size_t lane_words = lane_bytes / 8;

using Lanes = std::uint64_t __attribute__((vector_size(lane_bytes)));
using HalfLanes = std::uint16_t __attribute__((vector_size(lane_bytes)));
using WordLanes = std::uint32_t __attribute__((vector_size(lane_bytes)));

#define IMC_INLINE inline __attribute__((always_inline))

IMC_INLINE Lanes load_lanes(const std::uint64_t* from)
{
    Lanes lanes;
    __builtin_memcpy(&lanes, from, sizeof lanes);
    return lanes;
}

IMC_INLINE void store_lanes(std::uint64_t* to, const Lanes& lanes)
{
    __builtin_memcpy(to, &lanes, sizeof lanes);
}

/// Ones of each 64-bit part. Only their sum is ever used.
IMC_INLINE Lanes popcount(const Lanes& lanes)
{
#if defined(__AVX512VPOPCNTDQ__)
    return (Lanes)_mm512_popcnt_epi64((__m512i)lanes);
#elif defined(__AVX2__)
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i bits = (__m256i)lanes;
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, nibble));
    const __m256i high =
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble));
    return (Lanes)_mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
#else
    Lanes x = lanes - ((lanes >> 1) & 0x5555555555555555ull);
    x = (x & 0x3333333333333333ull) + ((x >> 2) & 0x3333333333333333ull);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
    x = x + (x >> 8);
    x = x + (x >> 16);
    return (x + (x >> 32)) & 0x7full;
#endif
}

IMC_INLINE std::uint64_t sum_lanes(const Lanes& lanes)
{
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < lane_words; ++i) {
        total += lanes[i];
    }
    return total;
}

/// Part p is all ones where bit p of `bits` is set.
IMC_INLINE Lanes spread_bits(std::uint8_t bits)
{
#if defined(__AVX512DQ__)
    return (Lanes)_mm512_movm_epi64(bits);
#else
    Lanes lanes;
    for (std::size_t i = 0; i < lane_words; ++i) {
        lanes[i] = -static_cast<std::uint64_t>((bits >> i) & 1);
    }
    return lanes;
#endif
}

}  // namespace
}  // namespace imc::associative
