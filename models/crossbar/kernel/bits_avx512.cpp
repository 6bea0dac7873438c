// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <immintrin.h>

#include "crossbar/kernel/bit_loops.h"

namespace imc::crossbar {

namespace {

struct Vector {
    __m512i x;

    static Vector zero() { return {_mm512_setzero_si512()}; }
    static Vector broadcast(std::uint32_t value)
    {
        return {_mm512_set1_epi32(static_cast<int>(value))};
    }
    static Vector load(const std::uint32_t* from) { return {_mm512_loadu_si512(from)}; }
    void store(std::uint32_t* to) const { _mm512_storeu_si512(to, x); }
    Vector operator+(Vector o) const { return {_mm512_add_epi32(x, o.x)}; }
    Vector operator-(Vector o) const { return {_mm512_sub_epi32(x, o.x)}; }
    Vector operator&(Vector o) const { return {_mm512_and_si512(x, o.x)}; }
    Vector shift_left(int n) const { return {_mm512_sll_epi32(x, _mm_cvtsi32_si128(n))}; }
    Vector shift_right(int n) const { return {_mm512_srl_epi32(x, _mm_cvtsi32_si128(n))}; }
    Vector popcount() const { return {_mm512_popcnt_epi32(x)}; }
    Vector min(Vector o) const { return {_mm512_min_epi32(x, o.x)}; }
    Vector max(Vector o) const { return {_mm512_max_epi32(x, o.x)}; }
    Vector count_different(Vector a, Vector b) const
    {
        return {
            _mm512_mask_sub_epi32(x, _mm512_cmpneq_epi32_mask(a.x, b.x), x, _mm512_set1_epi32(-1))};
    }
};

}  // namespace

const BitKernels bits_avx512{BitLoops<Vector>::extract, BitLoops<Vector>::fused,
                             BitLoops<Vector>::reads};

}  // namespace imc::crossbar
#endif
