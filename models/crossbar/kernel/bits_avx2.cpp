// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <immintrin.h>

#include "crossbar/kernel/bit_loops.h"

namespace imc::crossbar {

namespace {

/// Bits of each dword: a table look-up of each nibble (vpshufb), then bytes added up.
__m256i count_bits(__m256i x)
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                           0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, nibble));
    const __m256i high =
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_add_epi8(low, high), _mm256_set1_epi8(1));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

/// 16 lanes in two registers.
struct Vector {
    __m256i a, b;

    static Vector zero() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
    static Vector broadcast(std::uint32_t value)
    {
        const __m256i x = _mm256_set1_epi32(static_cast<int>(value));
        return {x, x};
    }
    static Vector load(const std::uint32_t* from)
    {
        return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)),
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 8))};
    }
    void store(std::uint32_t* to) const
    {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 8), b);
    }
    Vector operator+(Vector o) const
    {
        return {_mm256_add_epi32(a, o.a), _mm256_add_epi32(b, o.b)};
    }
    Vector operator-(Vector o) const
    {
        return {_mm256_sub_epi32(a, o.a), _mm256_sub_epi32(b, o.b)};
    }
    Vector operator&(Vector o) const
    {
        return {_mm256_and_si256(a, o.a), _mm256_and_si256(b, o.b)};
    }
    Vector shift_left(int n) const
    {
        const __m128i count = _mm_cvtsi32_si128(n);
        return {_mm256_sll_epi32(a, count), _mm256_sll_epi32(b, count)};
    }
    Vector shift_right(int n) const
    {
        const __m128i count = _mm_cvtsi32_si128(n);
        return {_mm256_srl_epi32(a, count), _mm256_srl_epi32(b, count)};
    }
    Vector popcount() const { return {count_bits(a), count_bits(b)}; }
    Vector min(Vector o) const { return {_mm256_min_epi32(a, o.a), _mm256_min_epi32(b, o.b)}; }
    Vector max(Vector o) const { return {_mm256_max_epi32(a, o.a), _mm256_max_epi32(b, o.b)}; }
    Vector count_different(Vector p, Vector q) const
    {
        const __m256i one = _mm256_set1_epi32(1);
        return {_mm256_add_epi32(a, _mm256_andnot_si256(_mm256_cmpeq_epi32(p.a, q.a), one)),
                _mm256_add_epi32(b, _mm256_andnot_si256(_mm256_cmpeq_epi32(p.b, q.b), one))};
    }
};

}  // namespace

const BitKernels bits_avx2{BitLoops<Vector>::extract, BitLoops<Vector>::fused,
                           BitLoops<Vector>::reads};

}  // namespace imc::crossbar
#endif
