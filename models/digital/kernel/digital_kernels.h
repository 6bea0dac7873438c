// SPDX-License-Identifier: Apache-2.0
/// The inner loops of the digital unit, one set for each SIMD level. Internal to the digital
/// kernels.
#pragma once

#include <cstdint>

#include "common/cpu_features.h"

namespace imc::digital {

struct RowRange {
    std::int64_t lowest, highest, zero_point;
};

struct DigitalKernels {
    /// Largest |x[i] + bias|.
    std::uint64_t (*largest)(const std::int64_t* x, int count, std::int64_t bias);
    /// out = clamp(((x + bias) * multiplier + half) >> shift + zero point); the caller proved that
    /// 64 bits suffice.
    void (*dyadic)(const std::int64_t* x, int count, std::int64_t bias, std::int64_t multiplier,
                   std::int64_t half, int shift, const RowRange& range, std::int32_t* out);
    /// out = clamp(round_half_even((x + bias) * scale) + zero point) in double; true if some value
    /// lies too near a tie for double to decide (`slack` relative), so that the caller must do the
    /// row exactly. |x + bias| < 2^52.
    bool (*scaled)(const std::int64_t* x, int count, std::int64_t bias, double scale,
                   const RowRange& range, std::int32_t* out);
};

const DigitalKernels& digital_kernels(SimdLevel level);

extern const DigitalKernels digital_portable;
#if defined(__x86_64__)
extern const DigitalKernels digital_avx2;
extern const DigitalKernels digital_avx512;
#endif

}  // namespace imc::digital
