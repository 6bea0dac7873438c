// SPDX-License-Identifier: Apache-2.0
/// Cycles of a layer on the arrays of a chip (fact sheet, sections 8 and 9).
#pragma once

#include <cstdint>

#include "associative/config.h"
#include "associative/cost/reduction.h"

namespace imc::associative {

/// A matrix product: `outputs` channels, dot products of `length`, `positions` columns (output
/// positions times batch).
struct GemmShape {
    std::uint64_t channels = 1;
    std::uint64_t length = 1;
    std::uint64_t positions = 1;
    int weight_bits = 8;
    int activation_bits = 8;
    std::uint64_t groups = 1;  ///< of the channels; groups work side by side

    int product_bits() const { return weight_bits + activation_bits; }
    int sum_bits() const { return product_bits() + ceil_log2(length); }
};

/// How a layer is folded in time, and the cycles of one step by activity.
struct GemmCost {
    std::uint64_t segments = 1;  ///< arrays a dot product is spread over
    std::uint64_t outputs_per_array = 1;
    std::uint64_t steps = 1;
    std::uint64_t arrays = 1;        ///< arrays busy in a full step
    std::uint64_t operand_bits = 0;  ///< of a step, each operand counted once: of all clusters, or
                                     ///< with LoadMode::network of one
    std::uint64_t tile_positions = 0;  ///< T_u of a full step's outputs
    std::uint64_t load_cycles = 0;     ///< operands in (writes)
    std::uint64_t link_cycles =
        0;  ///< added to load_cycles where the link is slower than the columns
    std::uint64_t multiply_cycles = 0;  ///< half compares, half writes
    std::uint64_t preset_cycles = 0;
    ReductionCost reduction;        ///< with the merging of segments
    std::uint64_t read_cycles = 0;  ///< sums out

    std::uint64_t step_cycles() const
    {
        return load_cycles + link_cycles + preset_cycles + multiply_cycles + reduction.cycles() +
               read_cycles;
    }
    std::uint64_t cycles() const { return steps * step_cycles(); }
    std::uint64_t compare_cycles() const
    {
        return steps * (multiply_cycles / 2 + reduction.compare_cycles);
    }
    std::uint64_t read_only_cycles() const { return steps * (read_cycles + reduction.move_cycles); }
    /// Cycles in which cells are written: these last longer on ReRAM.
    std::uint64_t write_cycles() const
    {
        return steps * (load_cycles + preset_cycles + multiply_cycles / 2 + reduction.write_cycles +
                        reduction.move_cycles);
    }
    std::uint64_t link_only_cycles() const { return steps * link_cycles; }
};

/// Columns of a product row: both operands, the sum in place of the product, and three flags
/// (section 1.10 of the fact sheet: 8 + 8 + 29 + 3 = 48; 80 for 16 x 16 bits and 4,800 rows).
inline int product_columns(const GemmShape& shape)
{
    return shape.product_bits() + shape.sum_bits() + 3;
}

/// Throws InputError if they are more than an array has.
void check_product_columns(const Config& config, const GemmShape& shape);

/// Rows of an array: unlimited resources include arrays as long as the dot product, so that nothing
/// is merged.
std::uint64_t array_rows(const Config& config, const GemmShape& shape);

/// T = steps (T_load + 8 Mw Ma + T_red + merge + W_out) of a layer whose outputs lie evenly over
/// the arrays of all clusters.
GemmCost gemm_cost(const Config& config, const GemmShape& shape);

/// The same of what one cluster makes of a layer, on its own arrays (LoadMode::network): `share` is
/// the cluster's channels and positions. T_load is at least the operands of a step over the port of
/// the memory AP.
GemmCost cluster_cost(const Config& config, const GemmShape& share);

/// The outputs of a step: T_i channels x T_u positions that cover its dot products, and the bits of
/// their T_i + T_u rows of operands. Groups share nothing: each brings its own activations.
struct OperandTile {
    std::uint64_t channels = 0, positions = 0, bits = 0;
};

/// The tile with the fewest bits (section 9 of the fact sheet).
OperandTile operand_tile(const GemmShape& shape, std::uint64_t dot_products);

/// Steps of an operation on `words` words, one a row.
std::uint64_t word_steps(const Config& config, std::uint64_t words);

/// Steps of an operation whose constants differ by channel: no array holds rows of two channels.
std::uint64_t channel_steps(const Config& config, std::uint64_t channels, std::uint64_t positions);

/// The arrays that share a layer's outputs: all clusters', or with LoadMode::network, where nothing
/// moves between clusters that is not a packet, those of the one at work.
Config at_work(const Config& config);

}  // namespace imc::associative
