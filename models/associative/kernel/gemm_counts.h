// SPDX-License-Identifier: Apache-2.0
/// Writes and matches of the multiplications of one position, looked up pair by pair: 64 channels a
/// register, a table of 256 bytes held in four. Needs a byte permutation over two registers, so
/// only AVX-512 has it; elsewhere table rows are summed over the channels beforehand (gemm.cpp).
#pragma once

#include "associative/kernel/lane_kernels.h"
#include "associative/kernel/lane_vector.h"

namespace imc::associative {
namespace {

#if defined(__AVX512VBMI__)

/// Entries of 64 codes in a table of 256 bytes.
IMC_INLINE __m512i look_up_bytes(const __m512i (&table)[4], __m512i codes, __mmask64 upper)
{
    const __m512i low = _mm512_permutex2var_epi8(table[0], codes, table[1]);
    return _mm512_mask_mov_epi8(low, upper, _mm512_permutex2var_epi8(table[2], codes, table[3]));
}

IMC_INLINE void load_table(const std::uint8_t* from, __m512i (&table)[4])
{
    for (int i = 0; i < 4; ++i) {
        table[i] = _mm512_loadu_si512(from + 64 * i);
    }
}

void count_products(const CountJob& job, std::uint64_t& written, std::uint64_t& matches)
{
    const __m512i zero = _mm512_setzero_si512();
    __m512i cells = zero;
    __m512i tags = zero;
    for (std::size_t k = 0; k < job.length; ++k) {
        if (job.inputs[k] == 0) {
            continue;  // adding 0 to a product matches no pass
        }
        const std::uint8_t* entry = job.table + std::size_t{job.inputs[k]} * 2 * count_entries;
        __m512i cell_table[4];
        __m512i tag_table[4];
        load_table(entry, cell_table);
        load_table(entry + count_entries, tag_table);
        const std::uint8_t* row = job.codes + k * job.stride;
        for (std::size_t c = 0; c < job.stride; c += count_channels) {
            const __m512i codes = _mm512_loadu_si512(row + c);
            const __mmask64 upper = _mm512_movepi8_mask(codes);
            cells = _mm512_add_epi64(
                cells, _mm512_sad_epu8(look_up_bytes(cell_table, codes, upper), zero));
            tags = _mm512_add_epi64(tags,
                                    _mm512_sad_epu8(look_up_bytes(tag_table, codes, upper), zero));
        }
    }
    written += sum_lanes((Lanes)cells);
    matches += sum_lanes((Lanes)tags);
}

constexpr auto count_products_kernel = &count_products;

#else

constexpr void (*count_products_kernel)(const CountJob&, std::uint64_t&, std::uint64_t&) = nullptr;

#endif

}  // namespace
}  // namespace imc::associative
