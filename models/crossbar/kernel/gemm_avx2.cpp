// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <immintrin.h>

#include "crossbar/kernel/gemm_kernels.h"

namespace imc::crossbar {

namespace {

/// Four bytes of activation as int16, repeated for four outputs.
__m256i spread_activation(const std::uint8_t* four)
{
    int quad;
    __builtin_memcpy(&quad, four, 4);
    return _mm256_cvtepu8_epi16(_mm_set1_epi32(quad));
}

/// Weights of four outputs (16 bytes) as int16.
__m256i spread_weights(const std::int8_t* sixteen)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(sixteen)));
}

/// vpmaddwd on widened bytes is exact (vpmaddubsw would saturate); each output has two int32
/// halves, joined at the end.
void store_outputs(__m256i low, __m256i high, std::int32_t* out)
{
    const __m256i joined = _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0xD8);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), joined);
}

template <int n>
void tile(const std::int8_t* weights, const std::uint8_t* patch, int quads, std::int32_t* sums,
          std::size_t pitch)
{
    __m256i acc[n][4];
    for (int p = 0; p < n; ++p)
        for (int i = 0; i < 4; ++i)
            acc[p][i] = _mm256_setzero_si256();
    for (int q = 0; q < quads; ++q, weights += 64, patch += 64) {
        __m256i a[n];
        for (int p = 0; p < n; ++p)
            a[p] = spread_activation(patch + 4 * p);
        for (int i = 0; i < 4; ++i) {
            const __m256i w = spread_weights(weights + 16 * i);
            for (int p = 0; p < n; ++p)
                acc[p][i] = _mm256_add_epi32(acc[p][i], _mm256_madd_epi16(a[p], w));
        }
    }
    for (int p = 0; p < n; ++p) {
        store_outputs(acc[p][0], acc[p][1], sums + p * pitch);
        store_outputs(acc[p][2], acc[p][3], sums + p * pitch + 8);
    }
}

void wide(const std::int8_t* weights, std::size_t weight_pitch, int blocks,
          const std::uint8_t* patches, std::size_t patch_pitch, int quads, int positions,
          std::int32_t* sums)
{
    const std::size_t pitch = static_cast<std::size_t>(blocks) * 16;
    for (int p = 0; p < positions; p += 2) {
        const std::uint8_t* const patch = patches + p / 16 * patch_pitch + p % 16 * 4;
        for (int b = 0; b < blocks; ++b) {
            std::int32_t* const out = sums + p * pitch + b * 16;
            if (p + 1 < positions)
                tile<2>(weights + b * weight_pitch, patch, quads, out, pitch);
            else
                tile<1>(weights + b * weight_pitch, patch, quads, out, pitch);
        }
    }
}

void narrow(const std::int8_t* weights, const std::uint8_t* patches, std::size_t patch_pitch,
            int quads, int position_blocks, std::int32_t* sums)
{
    for (int b = 0; b < position_blocks; ++b, sums += 16) {
        const std::uint8_t* a = patches + b * patch_pitch;
        __m256i acc[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                          _mm256_setzero_si256()};
        for (int q = 0; q < quads; ++q, a += 64) {
            int quad;
            __builtin_memcpy(&quad, weights + 4 * q, 4);
            const __m256i w = _mm256_cvtepi8_epi16(_mm_set1_epi32(quad));
            for (int i = 0; i < 4; ++i) {
                const __m256i patch = _mm256_cvtepu8_epi16(
                    _mm_loadu_si128(reinterpret_cast<const __m128i*>(a + 16 * i)));
                acc[i] = _mm256_add_epi32(acc[i], _mm256_madd_epi16(patch, w));
            }
        }
        store_outputs(acc[0], acc[1], sums);
        store_outputs(acc[2], acc[3], sums + 8);
    }
}

}  // namespace

const GemmKernels gemm_avx2{wide, narrow};

}  // namespace imc::crossbar
#endif
