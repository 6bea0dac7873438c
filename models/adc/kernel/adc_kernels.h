// SPDX-License-Identifier: Apache-2.0
/// The inner loops of per-conversion ADCs, one set for each SIMD level. Internal to the kernels.
#pragma once

#include <cstdint>

#include "common/cpu_features.h"

namespace imc::adc {

/// Constants of `columns` columns (ColumnConstants).
struct ColumnView {
    const double* inverse;
    const double* base;
    const double* low;
    const double* high;
    const double* weight;
};

/// Sums of a block of positions and columns, [position][column] each; high parts weigh 256 and may
/// be null.
struct SumView {
    const std::int32_t* low;
    const std::int32_t* high;
    int positions;
    int columns;  ///< a multiple of 16
};

/// What noise and a real converter add; see crossbar/kernel/device.h.
struct NoiseView {
    SumView variance;  ///< sum over the selected cells of squared input x cell variance; low null:
                       ///< no read noise
    double variance_unit;  ///< of one unit of it, in squared units of the sum
    double sum_unit;       ///< one unit of the sums, in digits (devices hold fractions)
    const double* offset;  ///< of the converter, in codes
    double inl;            ///< bow at mid-range, in codes
    double inl_span;       ///< the bow spreads over so many codes from 0 on, of the magnitude where
                           ///< `inl_signed`; 0: over the codes of the column
    bool inl_signed;       ///< a converter of magnitudes behind a comparator: -x converts as x
    const double* shared;  ///< added to every sum, in digits, [position][column]: noise of a
                           ///< reference that columns share; or null
    double adc_sigma;      ///< noise of a conversion, in codes
    std::uint64_t key;     ///< of the random numbers
    std::uint64_t first;   ///< number of the first conversion of the block
};

struct AdcKernels {
    /// acc[position][column] += code * weight; returns how many codes were clipped.
    std::uint64_t (*convert)(const SumView& sums, const ColumnView& columns, double* acc);
    std::uint64_t (*convert_noisy)(const SumView& sums, const ColumnView& columns,
                                   const NoiseView& noise, double* acc);
};

const AdcKernels& adc_kernels(SimdLevel level);

extern const AdcKernels adc_portable;
#if defined(__x86_64__)
extern const AdcKernels adc_avx2;
extern const AdcKernels adc_avx512;
#endif

}  // namespace imc::adc
