// SPDX-License-Identifier: Apache-2.0
/// Exact integer product of a weight matrix with the patches of an output row: what a crossbar
/// computes when its ADC loses nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/kernel/gemm_kernels.h"
#include "crossbar/kernel/patches.h"

namespace imc::crossbar {

/// Weights of one group, packed once into signed byte slices: w, or 256 * high + low + 128 beyond 8
/// bits.
class PackedMatrix {
public:
    /// `weights` as [outputs][k], any int16. Packs for the SIMD level in use now; results do not
    /// depend on it.
    PackedMatrix(const std::int16_t* weights, int outputs, int k);

    int outputs() const { return m_outputs; }
    int k() const { return m_k; }
    /// Sum of the weights of one output: the factor of a zero point.
    std::int64_t column_sum(int output) const { return m_column_sums[output]; }

    /// acc[output][position] = sum over k of weight * activation code, exact in int64 for 16-bit
    /// codes and any k. `patches` must be offset-encoded over SlotLayout::dense(k, 4); `acc` holds
    /// outputs * positions values.
    void multiply(const Patches& patches, int group, std::int64_t* acc) const;

private:
    static constexpr int panel_blocks = 4;
    /// Quads whose int32 sums cannot overflow: 4 * quads * 255 * 128 < 2^31.
    static constexpr int segment_quads = 16384;
    /// Fewer outputs than this fill too few lanes; lanes are positions then.
    static constexpr int narrow_outputs = 4;

    bool is_narrow() const { return m_outputs <= narrow_outputs; }
    std::size_t byte_index(int output, int slot) const;
    void add_slices(const Patches& patches, int group, int weight_slice, int activation_slice,
                    std::int64_t* acc) const;
    void add_wide(const std::int8_t* weights, const std::uint8_t* patches, int quads, int blocks,
                  int positions, int shift, std::int64_t* acc) const;
    void add_narrow(const std::int8_t* weights, const std::uint8_t* patches, int quads, int blocks,
                    int positions, int shift, std::int64_t* acc) const;

    const GemmKernels* m_kernels;
    int m_outputs;
    int m_k;
    int m_quads;
    int m_slices;
    std::size_t m_slice_bytes;
    std::vector<std::int8_t> m_weights;  ///< [slice][block of 16 outputs][quad][16][4], or
                                         ///< [slice][output][quad][4] if narrow
    std::vector<std::int64_t> m_column_sums;
};

}  // namespace imc::crossbar
