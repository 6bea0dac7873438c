// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/count_kernel.h"

#include <immintrin.h>

namespace imc::cam {
namespace {

using Bits = std::uint64_t __attribute__((vector_size(64), may_alias));

inline Bits xor3(const Bits& a, const Bits& b, const Bits& c)
{
    return (Bits)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0x96);
}
inline Bits majority(const Bits& a, const Bits& b, const Bits& c)
{
    return (Bits)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0xE8);
}

inline void add_bits(std::uint16_t* out, std::uint64_t word, std::uint16_t weight)
{
    const __m512i add = _mm512_set1_epi16(static_cast<short>(weight));
    for (unsigned part = 0; part < 2; ++part) {
        const __m512i old = _mm512_loadu_si512(out + 32 * part);
        _mm512_storeu_si512(
            out + 32 * part,
            _mm512_mask_add_epi16(old, static_cast<__mmask32>(word >> (32 * part)), old, add));
    }
}

/// Table of up to 64 products in two registers.
template <bool wide>
struct Table {
    __m512i first, second;

    explicit Table(const TableRow& row)
        : first(_mm512_load_si512(row.product)), second(_mm512_load_si512(row.product + 32))
    {
    }
    __m512i select(__m512i codes) const
    {
        return wide ? _mm512_permutex2var_epi16(first, codes, second)
                    : _mm512_permutexvar_epi16(codes, first);
    }
};

inline __m512i codes_of(const Line* line, unsigned half)
{
    return _mm512_cvtepu8_epi16(
        _mm256_load_si256(reinterpret_cast<const __m256i*>(line->word) + half));
}

/// sums[0] += low lanes, sums[1] += high lanes of a + b, widened to 32 bits.
inline void add_pair(__m512i a, __m512i b, __m512i* sums)
{
    const __m512i one = _mm512_set1_epi16(1);
    sums[0] = _mm512_dpwssd_epi32(sums[0], _mm512_unpacklo_epi16(a, b), one);
    sums[1] = _mm512_dpwssd_epi32(sums[1], _mm512_unpackhi_epi16(a, b), one);
}

template <bool wide>
void add_group(const LookupJob& job, unsigned code, __m512i* sums)
{
    const Table<wide> table(job.rows[code]);
    const std::uint32_t size = job.size[code];
    const std::uint16_t* order = job.order + job.start[code];
    __m512i s0[2] = {sums[0], sums[1]}, s1[2] = {sums[2], sums[3]};
    std::uint32_t n = 0;
    for (; n + 2 <= size; n += 2) {
        const Line *a = job.codes + order[n], *b = job.codes + order[n + 1];
        add_pair(table.select(codes_of(a, 0)), table.select(codes_of(b, 0)), s0);
        add_pair(table.select(codes_of(a, 1)), table.select(codes_of(b, 1)), s1);
    }
    if (n < size) {
        const Line* a = job.codes + order[n];
        add_pair(table.select(codes_of(a, 0)), _mm512_setzero_si512(), s0);
        add_pair(table.select(codes_of(a, 1)), _mm512_setzero_si512(), s1);
    }
    sums[0] = s0[0], sums[1] = s0[1], sums[2] = s1[0], sums[3] = s1[1];
}

/// Puts the lanes of an unpacked pair back into the order of the outputs: 32 sums.
void store_in_order(const __m512i* sums, std::int32_t* out)
{
    for (unsigned lane = 0; lane < 4; ++lane)
        for (unsigned part = 0; part < 2; ++part) {
            alignas(64) std::int32_t values[16];
            _mm512_store_si512(values, sums[part]);
            for (unsigned i = 0; i < 4; ++i)
                out[8 * lane + 4 * part + i] = values[4 * lane + i];
        }
}

}  // namespace
}  // namespace imc::cam

#include "cam/kernel/count_impl.h"

namespace imc::cam {

void count_avx512(const CountJob& job)
{
    count(job);
}

void lookup_avx512(const LookupJob& job)
{
    __m512i sums[4] = {};
    for (unsigned code = 0; code < job.input_codes; ++code) {
        if (job.size[code] == 0) continue;
        if (job.weight_codes > 32)
            add_group<true>(job, code, sums);
        else
            add_group<false>(job, code, sums);
    }
    store_in_order(sums, job.sums);
    store_in_order(sums + 2, job.sums + 32);
}

}  // namespace imc::cam
