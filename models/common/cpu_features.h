// SPDX-License-Identifier: Apache-2.0
/// Which instruction set the kernels use. Every level gives bit-identical results; only speed
/// differs.
#pragma once

#include <string>

namespace imc {

/// `avx512` stands for AVX-512 F, BW, DQ, VL, VNNI, VPOPCNTDQ and VBMI together (Ice Lake, Zen 4
/// and later).
enum class SimdLevel { portable = 0, avx2 = 1, avx512 = 2 };

/// The best level this processor has.
SimdLevel detected_simd_level();

/// The level in use: the detected one, lowered by the environment variable IMC_SIMD (portable,
/// avx2, avx512) or by set_simd_level. An IMC_SIMD that is unknown or beyond the processor throws
/// InputError at the first call.
SimdLevel simd_level();

/// Changes the level for kernels prepared from now on; throws InputError if the processor lacks it.
void set_simd_level(SimdLevel level);

const char* to_string(SimdLevel level);
SimdLevel simd_level_from_string(const std::string& name);

}  // namespace imc
