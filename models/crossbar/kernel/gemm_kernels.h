// SPDX-License-Identifier: Apache-2.0
/// The inner loops of the integer product, one set for each SIMD level. Internal to the crossbar
/// kernels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/cpu_features.h"

namespace imc::crossbar {

/// Products of unsigned activation bytes with signed weight bytes, summed in int32 (no overflow up
/// to 65,793 rows: 255 * 128 * k < 2^31).
struct GemmKernels {
    /// Lanes are outputs. `weights` [blocks][quads][16 outputs][4], `patches`
    /// [ceil(positions/16)][quads][16][4] with blocks of positions `patch_pitch` bytes apart,
    /// `sums` [positions][blocks*16], overwritten. 1 to 4 blocks.
    void (*wide)(const std::int8_t* weights, std::size_t weight_pitch, int blocks,
                 const std::uint8_t* patches, std::size_t patch_pitch, int quads, int positions,
                 std::int32_t* sums);
    /// Lanes are positions, for one output: `weights` [quads][4], `sums` [position_blocks*16].
    void (*narrow)(const std::int8_t* weights, const std::uint8_t* patches, std::size_t patch_pitch,
                   int quads, int position_blocks, std::int32_t* sums);
};

const GemmKernels& gemm_kernels(SimdLevel level);

extern const GemmKernels gemm_portable;
#if defined(__x86_64__)
extern const GemmKernels gemm_avx2;
extern const GemmKernels gemm_avx512;
#endif

}  // namespace imc::crossbar
