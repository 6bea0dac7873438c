// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/count_kernel.h"

#include <immintrin.h>

namespace imc::cam {
namespace {

using Bits = std::uint64_t __attribute__((vector_size(32), may_alias));

inline Bits xor3(const Bits& a, const Bits& b, const Bits& c)
{
    return a ^ b ^ c;
}
inline Bits majority(const Bits& a, const Bits& b, const Bits& c)
{
    return (a & b) | (c & (a ^ b));
}

/// 16 lanes at a time: each tests its own bit of the word.
inline void add_bits(std::uint16_t* out, std::uint64_t word, std::uint16_t weight)
{
    const __m256i bit = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096,
                                          8192, 16384, static_cast<short>(0x8000));
    const __m256i add = _mm256_set1_epi16(static_cast<short>(weight));
    for (unsigned part = 0; part < 4; ++part) {
        auto* p = reinterpret_cast<__m256i*>(out + 16 * part);
        const __m256i bits = _mm256_set1_epi16(static_cast<short>(word >> (16 * part)));
        const __m256i set = _mm256_cmpeq_epi16(_mm256_and_si256(bits, bit), bit);
        _mm256_storeu_si256(p, _mm256_add_epi16(_mm256_loadu_si256(p), _mm256_and_si256(set, add)));
    }
}

/// Selects 32 products by code: 16 table entries a shuffle; codes outside a shuffle's 16 give zero.
struct Selected {
    __m256i low, high;  ///< bytes
};

inline Selected select(const TableRow& row, unsigned weight_codes, __m256i codes)
{
    Selected s{_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (unsigned first = 0; first < weight_codes; first += 16) {
        const __m256i index =
            _mm256_adds_epu8(_mm256_sub_epi8(codes, _mm256_set1_epi8(static_cast<char>(first))),
                             _mm256_set1_epi8(0x70));
        const auto table = [&](const std::uint8_t* bytes) {
            return _mm256_broadcastsi128_si256(
                _mm_load_si128(reinterpret_cast<const __m128i*>(bytes + first)));
        };
        s.low = _mm256_or_si256(s.low, _mm256_shuffle_epi8(table(row.low), index));
        s.high = _mm256_or_si256(s.high, _mm256_shuffle_epi8(table(row.high), index));
    }
    return s;
}

/// Adds the products of two fan-in indices pairwise: 4 x 8 sums of 32 outputs, in the order of the
/// unpacking.
inline void add_pair(const Selected& a, const Selected& b, __m256i* sums)
{
    const __m256i one = _mm256_set1_epi16(1);
    const __m256i a0 = _mm256_unpacklo_epi8(a.low, a.high),
                  a1 = _mm256_unpackhi_epi8(a.low, a.high);
    const __m256i b0 = _mm256_unpacklo_epi8(b.low, b.high),
                  b1 = _mm256_unpackhi_epi8(b.low, b.high);
    sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(_mm256_unpacklo_epi16(a0, b0), one));
    sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(_mm256_unpackhi_epi16(a0, b0), one));
    sums[2] = _mm256_add_epi32(sums[2], _mm256_madd_epi16(_mm256_unpacklo_epi16(a1, b1), one));
    sums[3] = _mm256_add_epi32(sums[3], _mm256_madd_epi16(_mm256_unpackhi_epi16(a1, b1), one));
}

void lookup_half(const LookupJob& job, unsigned half)
{
    __m256i sums[4] = {};
    const auto codes = [&](std::uint16_t k) {
        return _mm256_load_si256(reinterpret_cast<const __m256i*>(job.codes[k].word) + half);
    };
    for (unsigned code = 0; code < job.input_codes; ++code) {
        const std::uint32_t size = job.size[code];
        const std::uint16_t* order = job.order + job.start[code];
        const TableRow& row = job.rows[code];
        std::uint32_t n = 0;
        for (; n + 2 <= size; n += 2)
            add_pair(select(row, job.weight_codes, codes(order[n])),
                     select(row, job.weight_codes, codes(order[n + 1])), sums);
        if (n < size)
            add_pair(select(row, job.weight_codes, codes(order[n])),
                     Selected{_mm256_setzero_si256(), _mm256_setzero_si256()}, sums);
    }
    // A 128-bit half of sums[q] holds outputs 4 q .. 4 q + 3 of that half's 16.
    for (unsigned q = 0; q < 4; ++q) {
        auto* out = job.sums + 32 * half + 4 * q;
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(sums[q]));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 16),
                         _mm256_extracti128_si256(sums[q], 1));
    }
}

}  // namespace
}  // namespace imc::cam

#include "cam/kernel/count_impl.h"

namespace imc::cam {

void count_avx2(const CountJob& job)
{
    count(job);
}

void lookup_avx2(const LookupJob& job)
{
    lookup_half(job, 0);
    lookup_half(job, 1);
}

}  // namespace imc::cam
