// SPDX-License-Identifier: Apache-2.0
/// The inner loops of noisy reads one input bit at a time, one set for each SIMD level. Internal to
/// the crossbar kernels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "adc/kernel/code_noise.h"
#include "common/cpu_features.h"

namespace imc::crossbar {

/// Two columns (polarities, or neighbouring slices) of 16 outputs: values [output][column].
struct alignas(64) ColumnPair {
    std::int16_t values[32];
};

constexpr int most_pairs = 16;  ///< 16 slices of two polarities

/// Cells of the reads of one tile and 16 outputs.
struct SerialTile {
    const ColumnPair* cells;      ///< [row][pair], digits or fixed point
    const ColumnPair* variances;  ///< [row][pair] of the noise of a read; null: none
    const ColumnPair* stored;     ///< [pair], -1 where a column is stored, else 0
    int pairs;
};

/// Which rows are driven in the reads of a tile.
struct SerialInputs {
    const std::uint8_t* rows;     ///< [position][cycle][pitch], of the tile
    const std::uint16_t* counts;  ///< [position][cycle], rows of each read
    std::size_t pitch;
    int positions, cycles;
    const std::int32_t* cycle_weights;
};

/// What becomes of sums. Columns of pair i are 2 i and 2 i + 1.
struct SerialConverters {
    const std::int32_t* weights;       ///< of each column: +- 2^(slice bits)
    const std::int32_t* fractions;     ///< fixed-point fraction bits of each column, 1 .. 24
    const float* variance_units;       ///< squared codes of one unit of a column's variances
    float adc_variance;                ///< squared codes
    const adc::CodeNoise* code_noise;  ///< drawn instead of a Gaussian; or null
    std::int32_t low, high;            ///< codes
    std::uint64_t key;                 ///< of the random numbers
    std::uint64_t first;               ///< number of the first pair of the first read
};

/// acc[position][16] += sum over cycles and columns of their weights x code, which must stay below
/// 2^31; returns how many codes were clipped. A code is the sum with its noise, rounded to nearest
/// even and clipped.
using SerialReadsKernel = std::uint64_t (*)(const SerialTile& tile, const SerialInputs& inputs,
                                            const SerialConverters& converters, std::int64_t* acc);

struct SerialKernels {
    SerialReadsKernel digits_code_noise;  ///< digits; `code_noise`
    SerialReadsKernel digits_gaussian;    ///< digits; variances and adc_variance
    SerialReadsKernel fixed_quiet;        ///< fixed point, biased by 2^15 in even columns; no noise
    SerialReadsKernel fixed_gaussian;
};

const SerialKernels& serial_kernels(SimdLevel level);

extern const SerialKernels serial_portable;
#if defined(__x86_64__)
extern const SerialKernels serial_avx2;
extern const SerialKernels serial_avx512;
#endif

}  // namespace imc::crossbar
