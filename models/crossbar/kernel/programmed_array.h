// SPDX-License-Identifier: Apache-2.0
/// A layer's weights programmed into crossbar arrays, and the product with one output row's inputs.
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/config.h"
#include "crossbar/cost/driven_wordlines.h"
#include "crossbar/cost/mapping.h"
#include "crossbar/cost/sparse_reads.h"
#include "crossbar/kernel/bit_matrix.h"
#include "crossbar/kernel/gemm.h"
#include "crossbar/kernel/read_counts.h"

namespace imc::crossbar {

/// Weight codes of a layer's slice as [out_channels][k], k = channels_per_group * kernel_h *
/// kernel_w, channel-major.
struct LayerWeights {
    const std::int16_t* codes = nullptr;
    int planes = 8;                              ///< planes of every block: the weight bits
    const std::uint8_t* block_planes = nullptr;  ///< BWQ's table [group][V][H] instead, or null
    std::size_t block_count = 0;                 ///< its entries

    BlockMap block_map(const RowShape& shape, const ReadSpec& spec) const;
};

/// Two arithmetic paths give the same accumulators wherever both apply: a plain integer product
/// where the ADC provably loses nothing, and the bit-serial/bit-sliced path, where every conversion
/// may clip. Both give the same exact counts. One object serves one thread at a time.
class ProgrammedArray {
public:
    enum class Purpose { products, counts };
    /// Purpose counts: run_row() is not to be called and nothing is held for it. Throws InputError
    /// for weights that do not fit their blocks, a configuration that cannot be, or `path: integer`
    /// where the ADC may clip.
    ProgrammedArray(const Config& config, const RowShape& shape, ActivationFormat format,
                    const LayerWeights& weights, Purpose purpose = Purpose::products);

    /// acc[out_channel][position], out_channels * out_width values, overwritten. `rows[kh]` points
    /// to the codes [in_channels][in_width] of the window's row kh; null is a row of padding, which
    /// holds `pad_code`. Throws InputError if a code is outside of the format.
    ReadCounts run_row(const std::int32_t* const* rows, std::int32_t pad_code, std::int64_t* acc);

    /// What run_row() counts, clips apart: reads, conversions and time of the row.
    ReadCounts count_row(const std::int32_t* const* rows, std::int32_t pad_code);

    /// True if no conversion of any column can clip, whatever the inputs.
    bool lossless() const { return m_lossless; }
    /// The path in use: integer or bit_serial.
    Path path() const { return m_path; }
    const BlockMap& map() const { return m_map; }
    const ReadSpec& spec() const { return m_spec; }
    const InputCycles& cycles() const { return m_cycles; }
    /// Where the blocks stand. With `skipping: sre | sme` banks, reads and cells are those before
    /// rows are packed; see sparse().
    const Mapping& mapping() const { return m_mapping; }
    /// The packed rows of sre and sme, or null.
    const SparseReads* sparse() const { return m_sparse.empty() ? nullptr : &m_sparse.front(); }
    /// Counts of one output position that do not depend on inputs (all of them but for clips,
    /// without sre and sme).
    const ReadCounts& per_position() const { return m_per_position; }

private:
    ReadCounts counts_of(const std::int32_t* const* rows, std::int32_t pad_code);
    void program_products(const LayerWeights& weights);
    void program_integer(const LayerWeights& weights);
    void make_patches(Encoding encoding, const SlotLayout& layout);
    void program_sparse(const LayerWeights& weights);
    void program_bits(const LayerWeights& weights);

    Config m_config;
    RowShape m_shape;
    ActivationFormat m_format;
    ReadSpec m_spec;
    InputCycles m_cycles;
    BlockMap m_map;
    Mapping m_mapping;
    bool m_lossless = true;
    Path m_path;
    ReadCounts m_per_position;
    std::vector<PackedMatrix> m_matrices;   ///< integer path: one a group
    std::vector<BitMatrix> m_bits;          ///< bit-serial path: one a group
    std::vector<SparseReads> m_sparse;      ///< one with sre or sme
    std::vector<DrivenWordlines> m_driven;  ///< one with gate_zero_inputs
    std::vector<Patches> m_patches;         ///< one; made when the path is known, if needed
    std::vector<BitLanes> m_lanes;          ///< one on the bit-serial path
};

}  // namespace imc::crossbar
