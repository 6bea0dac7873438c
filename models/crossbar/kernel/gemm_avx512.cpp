// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <immintrin.h>

#include "crossbar/kernel/gemm_kernels.h"

namespace imc::crossbar {

namespace {

/// A register tile of nb x 16 outputs and np positions: one weight load serves np positions, one
/// broadcast nb blocks.
template <int nb, int np>
void tile(const std::int8_t* weights, std::size_t weight_pitch, const std::uint8_t* patch,
          int quads, std::int32_t* sums)
{
    __m512i acc[np][nb];
#pragma GCC unroll 16
    for (int p = 0; p < np; ++p)
#pragma GCC unroll 4
        for (int b = 0; b < nb; ++b)
            acc[p][b] = _mm512_setzero_si512();
    for (int q = 0; q < quads; ++q, weights += 64, patch += 64) {
        __m512i w[nb];
#pragma GCC unroll 4
        for (int b = 0; b < nb; ++b)
            w[b] = _mm512_loadu_si512(weights + b * weight_pitch);
#pragma GCC unroll 16
        for (int p = 0; p < np; ++p) {
            int quad;
            __builtin_memcpy(&quad, patch + 4 * p, 4);
            const __m512i a = _mm512_set1_epi32(quad);
#pragma GCC unroll 4
            for (int b = 0; b < nb; ++b)
                acc[p][b] = _mm512_dpbusd_epi32(acc[p][b], a, w[b]);
        }
    }
#pragma GCC unroll 16
    for (int p = 0; p < np; ++p)
#pragma GCC unroll 4
        for (int b = 0; b < nb; ++b)
            _mm512_storeu_si512(sums + (p * nb + b) * 16, acc[p][b]);
}

/// Positions a tile takes at most, by blocks of outputs: 24 accumulators or fewer leave room for
/// operands in 32 registers.
constexpr int most_positions(int nb)
{
    return nb == 4 ? 6 : nb == 1 ? 16 : 8;
}

template <int nb, int np>
void run_tile(int positions, const std::int8_t* weights, std::size_t weight_pitch,
              const std::uint8_t* patch, int quads, std::int32_t* sums)
{
    if constexpr (np > 1)
        if (positions < np)
            return run_tile<nb, np - 1>(positions, weights, weight_pitch, patch, quads, sums);
    tile<nb, np>(weights, weight_pitch, patch, quads, sums);
}

template <int nb>
void panel(const std::int8_t* weights, std::size_t weight_pitch, const std::uint8_t* patches,
           std::size_t patch_pitch, int quads, int positions, std::int32_t* sums)
{
    for (int first = 0; first < positions; first += 16, patches += patch_pitch) {
        const int count = positions - first < 16 ? positions - first : 16;
        const int tiles = (count + most_positions(nb) - 1) / most_positions(nb);
        for (int t = 0, p = 0; t < tiles; ++t) {
            const int np =
                (count - p + tiles - t - 1) / (tiles - t);  // even shares keep every tile busy
            run_tile<nb, most_positions(nb)>(np, weights, weight_pitch, patches + 4 * p, quads,
                                             sums + static_cast<std::size_t>(first + p) * nb * 16);
            p += np;
        }
    }
}

void wide(const std::int8_t* weights, std::size_t weight_pitch, int blocks,
          const std::uint8_t* patches, std::size_t patch_pitch, int quads, int positions,
          std::int32_t* sums)
{
    switch (blocks) {
        case 1:
            return panel<1>(weights, weight_pitch, patches, patch_pitch, quads, positions, sums);
        case 2:
            return panel<2>(weights, weight_pitch, patches, patch_pitch, quads, positions, sums);
        case 3:
            return panel<3>(weights, weight_pitch, patches, patch_pitch, quads, positions, sums);
        default:
            return panel<4>(weights, weight_pitch, patches, patch_pitch, quads, positions, sums);
    }
}

void narrow(const std::int8_t* weights, const std::uint8_t* patches, std::size_t patch_pitch,
            int quads, int position_blocks, std::int32_t* sums)
{
    for (int b = 0; b < position_blocks; ++b, sums += 16) {
        const std::uint8_t* a = patches + b * patch_pitch;
        __m512i acc = _mm512_setzero_si512();
        for (int q = 0; q < quads; ++q, a += 64) {
            int quad;
            __builtin_memcpy(&quad, weights + 4 * q, 4);
            acc = _mm512_dpbusd_epi32(acc, _mm512_loadu_si512(a), _mm512_set1_epi32(quad));
        }
        _mm512_storeu_si512(sums, acc);
    }
}

}  // namespace

const GemmKernels gemm_avx512{wide, narrow};

}  // namespace imc::crossbar
#endif
