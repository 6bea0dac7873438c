// SPDX-License-Identifier: Apache-2.0
/// Matrix products as an associative processor computes them: one row a (weight, activation) pair,
/// products by the bit-serial multiplier, rows of a dot product added up inside the array.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "associative/kernel/counts.h"
#include "associative/kernel/lane_kernels.h"
#include "associative/kernel/product_table.h"

namespace imc::associative {

/// Both give the same sums and counts. `pass_exact` executes every pass on bit planes; `fast`
/// computes the arithmetic and takes the counts from tables (products) and from words (reduction).
enum class Path { fast, pass_exact };

struct GemmConfig {
    int weight_bits = 8;            ///< two's complement, 1 to 16
    int activation_bits = 8;        ///< unsigned codes, 1 to 16
    std::size_t array_rows = 4800;  ///< longer dot products are cut into segments of this many rows
    Reduction reduction = Reduction::carry_save_tree;
    Path path = Path::fast;
    /// Positions the weights will meet in all, to choose how products are counted; changes speed
    /// only.
    std::size_t expected_positions = 1024;
};

/// A layer's weights, prepared once. Const and free of shared state afterwards: `run` may be called
/// by several threads.
class Gemm {
public:
    /// `weights` is [channels][length]. Throws InputError for sizes or widths out of range and for
    /// weights that do not fit the width.
    Gemm(const GemmConfig& config, const std::int32_t* weights, std::size_t channels,
         std::size_t length);

    /// sums[p][c] = sum over k of weights[c][k] * activations[p][k] for `positions` positions.
    /// `activations` are codes below 2^activation_bits (checked). Returns matches, written cells,
    /// flips and line compares of all dot products; cycles are those of one time step (all rows at
    /// once, one dot product an array for the serial reductions).
    Counts run(const std::uint16_t* activations, std::size_t positions, std::int64_t* sums) const;

    std::size_t channels() const { return m_channels; }
    std::size_t length() const { return m_length; }
    /// Columns of a sum: product bits plus ceil(log2(length)).
    int sum_bits() const { return m_sum_bits; }
    const GemmConfig& config() const { return m_config; }
    /// True if products are counted by table; otherwise (too wide) both paths execute every pass.
    bool is_tabulated() const { return m_table != nullptr; }

private:
    void check_activations(const std::uint16_t* activations, std::size_t positions) const;
    void prepare_words(const std::int32_t* weights);
    void prepare_planes(const std::int32_t* weights);
    void sum_table_rows();
    Counts run_words(const std::uint16_t* activations, std::size_t positions,
                     std::int64_t* sums) const;
    Counts run_planes(const std::uint16_t* activations, std::size_t positions,
                      std::int64_t* sums) const;
    Counts product_counts(const std::uint16_t* activations, std::size_t positions) const;
    void count_each_pair(const std::uint16_t* codes, std::uint64_t& written,
                         std::uint64_t& matches) const;
    void fixed_counts(std::size_t positions, Counts& counts) const;
    std::int64_t bias() const;

    GemmConfig m_config;
    std::size_t m_channels;
    std::size_t m_length;
    int m_sum_bits;
    std::vector<std::int16_t> m_words;    ///< [group of 32][length][32]
    std::vector<std::uint64_t> m_planes;  ///< [group of 64][length][weight_bits]
    std::vector<std::uint8_t> m_codes;    ///< [length][m_code_stride], 0 beyond the channels
    std::size_t m_code_stride = 0;
    std::shared_ptr<const ProductTable> m_table;
    std::vector<std::uint64_t> m_product_counts;  ///< [length][code]: written << 32 | matches, over
                                                  ///< all channels; empty if pairs are looked up
};

}  // namespace imc::associative
