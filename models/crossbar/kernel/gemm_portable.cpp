// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/gemm_kernels.h"

namespace imc::crossbar {

namespace {

void wide(const std::int8_t* weights, std::size_t weight_pitch, int blocks,
          const std::uint8_t* patches, std::size_t patch_pitch, int quads, int positions,
          std::int32_t* sums)
{
    for (int p = 0; p < positions; ++p) {
        const std::uint8_t* const patch = patches + p / 16 * patch_pitch + p % 16 * 4;
        for (int b = 0; b < blocks; ++b) {
            std::int32_t lanes[16] = {};
            const std::int8_t* w = weights + b * weight_pitch;
            for (int q = 0; q < quads; ++q, w += 64) {
                const std::uint8_t* const a = patch + static_cast<std::size_t>(q) * 64;
                for (int o = 0; o < 16; ++o)
                    lanes[o] += a[0] * w[4 * o] + a[1] * w[4 * o + 1] + a[2] * w[4 * o + 2] +
                                a[3] * w[4 * o + 3];
            }
            for (int o = 0; o < 16; ++o)
                sums[(static_cast<std::size_t>(p) * blocks + b) * 16 + o] = lanes[o];
        }
    }
}

void narrow(const std::int8_t* weights, const std::uint8_t* patches, std::size_t patch_pitch,
            int quads, int position_blocks, std::int32_t* sums)
{
    for (int b = 0; b < position_blocks; ++b, sums += 16) {
        const std::uint8_t* a = patches + b * patch_pitch;
        for (int p = 0; p < 16; ++p)
            sums[p] = 0;
        for (int q = 0; q < quads; ++q, a += 64) {
            const std::int8_t* const w = weights + 4 * q;
            for (int p = 0; p < 16; ++p)
                sums[p] += a[4 * p] * w[0] + a[4 * p + 1] * w[1] + a[4 * p + 2] * w[2] +
                           a[4 * p + 3] * w[3];
        }
    }
}

}  // namespace

const GemmKernels gemm_portable{wide, narrow};

}  // namespace imc::crossbar
