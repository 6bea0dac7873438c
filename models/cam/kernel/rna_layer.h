// SPDX-License-Identifier: Apache-2.0
/// A layer of RNA blocks, fast: the sums and the exact counts of run_neuron for many neurons at
/// once.
///
/// Sums: for each input code one table row stays in registers, and the weight codes of 64 outputs
/// select from it. Counts: weight codes are kept one-hot, 64 outputs x 8 codes in 512 bits a fan-in
/// index. The rows of one input code are added in bit-sliced counters (carry-save, all 512 at
/// once), so the count of every (weight code, input code) pair of every output exists, bit plane by
/// bit plane; a plane's bits are the addends of the shift that it stands for.
#pragma once

#include "cam/kernel/layer_tables.h"
#include "common/cpu_features.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imc::cam {

/// 512 bits, one cache line.
struct alignas(64) Line {
    std::uint64_t word[8] = {};
};

/// Products of one input code, by weight code; entries above w are zero.
struct alignas(64) TableRow {
    std::int16_t product[64] = {};
    std::uint8_t low[64] = {}, high[64] = {};  ///< the same, split into bytes for byte shuffles
};

/// Fan-in indices of one input vector, grouped by input code; groups are padded to multiples of 4
/// by index fan_in, whose one-hot row is empty.
struct GroupedInputs {
    std::vector<std::uint16_t> order;
    std::vector<std::uint32_t> start;  ///< [u] first entry of the group
    std::vector<std::uint32_t>
        size;  ///< [u] without padding; 0 for codes whose products are all skipped
};

/// Holds a layer prepared for the SIMD level in use at construction. Const after construction.
class RnaLayer {
public:
    /// Throws InputError as check(tables) does.
    explicit RnaLayer(LayerTables tables);

    /// sums[position][output], bias included, of inputs [positions][fan_in] (codes). Throws
    /// InputError for a code >= u.
    void sums(const std::uint8_t* inputs, std::size_t positions, std::int32_t* sums) const;

    /// The same and, per neuron, what NeuronResult calls nonzero and addends; both
    /// [position][output].
    void sums_and_counts(const std::uint8_t* inputs, std::size_t positions, std::int32_t* sums,
                         std::uint16_t* nonzero, std::uint16_t* addends) const;

    /// Inputs of the most frequent weight code, [outputs]: cycles of counting, which do not depend
    /// on the inputs.
    const std::vector<std::uint32_t>& largest_group() const { return m_largest_group; }
    const LayerTables& tables() const { return m_tables; }

private:
    void prepare_products();
    void prepare_counting();
    void prepare_masks(std::size_t block);
    void group(const std::uint8_t* inputs, GroupedInputs& out) const;
    void sum_position(const std::uint8_t* inputs, const GroupedInputs& grouped,
                      std::int32_t* sums) const;
    void count_position(const GroupedInputs& grouped, std::size_t block, std::uint16_t* nonzero,
                        std::uint16_t* addends) const;

    LayerTables m_tables;
    SimdLevel m_simd;
    std::vector<std::uint32_t> m_largest_group;
    std::vector<std::uint8_t> m_active;  ///< [u]: codes that are counted
    std::vector<TableRow> m_rows;        ///< [u], one scope only
    std::vector<Line> m_codes;           ///< [blocks of 64 outputs][fan_in] weight codes as bytes
    unsigned m_weights_a_line = 8;       ///< weight codes in one 512-bit line, 1 to 8
    unsigned m_outputs_a_block = 64;     ///< 64 x 8 / m_weights_a_line
    unsigned m_weight_lines = 1;         ///< lines that hold all weight codes
    std::vector<Line> m_onehot;          ///< [output block][weight line][fan_in + 1]
    std::vector<Line> m_mask;            ///< [output block][weight line][u]: counters that are read
};

}  // namespace imc::cam
