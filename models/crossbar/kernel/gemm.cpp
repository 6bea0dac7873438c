// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/gemm.h"

#include <algorithm>

namespace imc::crossbar {

const GemmKernels& gemm_kernels(SimdLevel level)
{
#if defined(__x86_64__)
    if (level == SimdLevel::avx512) return gemm_avx512;
    if (level == SimdLevel::avx2) return gemm_avx2;
#endif
    static_cast<void>(level);
    return gemm_portable;
}

PackedMatrix::PackedMatrix(const std::int16_t* weights, int outputs, int k)
    : m_kernels(&gemm_kernels(simd_level())), m_outputs(outputs), m_k(k), m_quads((k + 3) / 4)
{
    const std::size_t count = static_cast<std::size_t>(outputs) * k;
    const bool bytes =
        std::all_of(weights, weights + count, [](int w) { return w >= -128 && w <= 127; });
    m_slices = bytes ? 1 : 2;
    m_slice_bytes =
        static_cast<std::size_t>(is_narrow() ? outputs : (outputs + 15) / 16 * 16) * m_quads * 4;
    m_weights.assign(m_slice_bytes * m_slices, 0);
    m_column_sums.assign(outputs, 0);
    for (int o = 0; o < outputs; ++o)
        for (int i = 0; i < k; ++i) {
            const int w = weights[static_cast<std::size_t>(o) * k + i];
            const std::size_t at = byte_index(o, i);
            m_column_sums[o] += w;
            m_weights[at] = static_cast<std::int8_t>(bytes ? w : (w & 255) - 128);
            if (!bytes) m_weights[m_slice_bytes + at] = static_cast<std::int8_t>(w >> 8);
        }
}

std::size_t PackedMatrix::byte_index(int output, int slot) const
{
    if (is_narrow()) return static_cast<std::size_t>(output) * m_quads * 4 + slot;
    return (static_cast<std::size_t>(output / 16) * m_quads + slot / 4) * 64 + output % 16 * 4 +
           slot % 4;
}

namespace {

/// Sum of the codes (minus the lowest code) of every patch: what the +128 of the low weight slice
/// multiplies.
void add_patch_sums(const Patches& patches, int group, int outputs, std::int64_t* acc)
{
    for (int p = 0; p < patches.positions(); ++p) {
        std::int64_t sum = 0;
        for (int s = 0; s < patches.slices(); ++s) {
            const std::uint8_t* quad = patches.bytes(group, s) +
                                       static_cast<std::size_t>(p / 16) * patches.quads() * 64 +
                                       p % 16 * 4;
            for (int q = 0; q < patches.quads(); ++q, quad += 64)
                sum += static_cast<std::int64_t>(quad[0] + quad[1] + quad[2] + quad[3]) << (8 * s);
        }
        for (int o = 0; o < outputs; ++o)
            acc[static_cast<std::size_t>(o) * patches.positions() + p] += 128 * sum;
    }
}

}  // namespace

void PackedMatrix::multiply(const Patches& patches, int group, std::int64_t* acc) const
{
    const int positions = patches.positions();
    const std::int64_t lowest = patches.format().lowest();
    for (int o = 0; o < m_outputs; ++o)
        std::fill_n(acc + static_cast<std::size_t>(o) * positions, positions,
                    lowest * m_column_sums[o]);
    for (int w = 0; w < m_slices; ++w)
        for (int a = 0; a < patches.slices(); ++a)
            add_slices(patches, group, w, a, acc);
    if (m_slices == 2) add_patch_sums(patches, group, m_outputs, acc);
}

void PackedMatrix::add_slices(const Patches& patches, int group, int weight_slice,
                              int activation_slice, std::int64_t* acc) const
{
    const int shift = 8 * (weight_slice + activation_slice);
    for (int first = 0; first < m_quads; first += segment_quads) {
        const int quads = std::min(segment_quads, m_quads - first);
        const std::uint8_t* const bytes =
            patches.bytes(group, activation_slice) + static_cast<std::size_t>(first) * 64;
        const std::int8_t* const weights = m_weights.data() + weight_slice * m_slice_bytes +
                                           static_cast<std::size_t>(first) * (is_narrow() ? 4 : 64);
        if (is_narrow())
            add_narrow(weights, bytes, quads, patches.blocks(), patches.positions(), shift, acc);
        else
            add_wide(weights, bytes, quads, patches.blocks(), patches.positions(), shift, acc);
    }
}

void PackedMatrix::add_wide(const std::int8_t* weights, const std::uint8_t* patches, int quads,
                            int blocks, int positions, int shift, std::int64_t* acc) const
{
    constexpr int chunk =
        2 * Patches::block_positions;  // sums of a chunk and panel: 8 KiB, stay in L1
    std::int32_t sums[chunk * panel_blocks * 16];
    const std::size_t pitch = static_cast<std::size_t>(m_quads) * 64;
    const int output_blocks = (m_outputs + 15) / 16;
    static_cast<void>(blocks);
    for (int first_block = 0; first_block < output_blocks; first_block += panel_blocks) {
        const int nb = std::min(panel_blocks, output_blocks - first_block);
        const int outputs = std::min(nb * 16, m_outputs - first_block * 16);
        for (int first = 0; first < positions; first += chunk) {
            const int count = std::min(chunk, positions - first);
            m_kernels->wide(weights + first_block * pitch, pitch, nb, patches + first / 16 * pitch,
                            pitch, quads, count, sums);
            for (int o = 0; o < outputs; ++o) {
                std::int64_t* const out =
                    acc + (static_cast<std::size_t>(first_block) * 16 + o) * positions + first;
                for (int p = 0; p < count; ++p)
                    out[p] += static_cast<std::int64_t>(sums[p * nb * 16 + o]) *
                              (std::int64_t{1} << shift);
            }
        }
    }
}

void PackedMatrix::add_narrow(const std::int8_t* weights, const std::uint8_t* patches, int quads,
                              int blocks, int positions, int shift, std::int64_t* acc) const
{
    std::int32_t sums[Patches::block_positions];
    const std::size_t pitch = static_cast<std::size_t>(m_quads) * 64;
    for (int o = 0; o < m_outputs; ++o)
        for (int b = 0; b < blocks; ++b) {
            m_kernels->narrow(weights + static_cast<std::size_t>(o) * m_quads * 4,
                              patches + b * pitch, pitch, quads, 1, sums);
            const int first = b * Patches::block_positions;
            const int count = std::min(Patches::block_positions, positions - first);
            std::int64_t* const out = acc + static_cast<std::size_t>(o) * positions + first;
            for (int p = 0; p < count; ++p)
                out[p] += static_cast<std::int64_t>(sums[p]) * (std::int64_t{1} << shift);
        }
}

}  // namespace imc::crossbar
