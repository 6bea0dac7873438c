// SPDX-License-Identifier: Apache-2.0
#include "associative/cost/layer_cost.h"

#include <algorithm>
#include <string>

#include "common/error.h"

namespace imc::associative {

namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b)
{
    return (a + b - 1) / b;
}

}  // namespace

void check_product_columns(const Config& config, const GemmShape& shape)
{
    if (product_columns(shape) <= static_cast<int>(config.columns)) return;
    throw InputError("dot products of " + std::to_string(shape.length) + " x " +
                     std::to_string(shape.weight_bits) + " x " +
                     std::to_string(shape.activation_bits) + " bits need " +
                     std::to_string(product_columns(shape)) + " columns, the arrays have " +
                     std::to_string(config.columns) +
                     "; use narrower operands or set platform.associative.columns");
}

std::uint64_t array_rows(const Config& config, const GemmShape& shape)
{
    return config.resources == Resources::unlimited
               ? std::max<std::uint64_t>(config.rows, shape.length)
               : config.rows;
}

OperandTile operand_tile(const GemmShape& shape, std::uint64_t dot_products)
{
    const auto wb = static_cast<std::uint64_t>(shape.weight_bits);
    const auto ab = static_cast<std::uint64_t>(shape.activation_bits);
    const std::uint64_t depth = shape.channels / shape.groups;  // channels of a group
    OperandTile tile;
    for (std::uint64_t channels = 1; channels <= std::min(depth, dot_products); ++channels) {
        const std::uint64_t positions = ceil_div(dot_products, channels);
        if (positions > shape.positions) continue;
        const std::uint64_t bits = shape.length * (channels * wb + positions * ab);
        if (tile.bits == 0 || bits < tile.bits) tile = {channels, positions, bits};
    }
    if (tile.bits != 0) return tile;
    // More than one group makes: whole groups, each with its own activations, and a part of one.
    const std::uint64_t whole = std::min(dot_products / (depth * shape.positions), shape.groups);
    const std::uint64_t rest = dot_products - whole * depth * shape.positions;
    tile = {whole * depth, shape.positions,
            whole * shape.length * (depth * wb + shape.positions * ab)};
    if (rest != 0 && whole < shape.groups) {
        const OperandTile part = operand_tile(shape, rest);
        tile.channels += part.channels;
        tile.bits += part.bits;
    }
    return tile;
}

GemmCost gemm_cost(const Config& config, const GemmShape& shape)
{
    GemmCost cost;
    const std::uint64_t outputs = shape.channels * shape.positions;
    const std::uint64_t rows = array_rows(config, shape);
    cost.segments = ceil_div(shape.length, rows);
    cost.outputs_per_array = cost.segments == 1 ? rows / shape.length : 1;
    const std::uint64_t needed =
        cost.segments == 1 ? ceil_div(outputs, cost.outputs_per_array) : outputs * cost.segments;
    cost.steps = config.resources == Resources::unlimited ? 1 : ceil_div(needed, config.arrays);
    cost.arrays = cost.steps == 1 ? needed : config.arrays;
    cost.load_cycles = static_cast<std::uint64_t>(shape.product_bits());
    const std::uint64_t in_step =
        std::min(outputs, cost.arrays * cost.outputs_per_array / cost.segments);
    const OperandTile tile = operand_tile(shape, std::max<std::uint64_t>(in_step, 1));
    cost.operand_bits = tile.bits;
    cost.tile_positions = tile.positions;
    cost.multiply_cycles = 8ull * static_cast<unsigned>(shape.weight_bits * shape.activation_bits);
    cost.preset_cycles = config.preset_cycle ? 1 : 0;
    cost.reduction = segmented_reduction(config.reduction, shape.length, rows, shape.product_bits(),
                                         cost.outputs_per_array);
    cost.read_cycles = static_cast<std::uint64_t>(shape.sum_bits());
    return cost;
}

GemmCost cluster_cost(const Config& config, const GemmShape& share)
{
    GemmCost cost = gemm_cost(at_work(config), share);
    const std::uint64_t cycles = ceil_div(cost.operand_bits, config.link_bits);
    cost.link_cycles = cycles > cost.load_cycles ? cycles - cost.load_cycles : 0;
    return cost;
}

Config at_work(const Config& config)
{
    Config own = config;
    if (config.load == LoadMode::network) {
        own.clusters = 1;
        own.arrays = config.arrays_per_cluster;
    }
    return own;
}

std::uint64_t channel_steps(const Config& config, std::uint64_t channels, std::uint64_t positions)
{
    return config.resources == Resources::unlimited
               ? 1
               : ceil_div(channels * ceil_div(positions, config.rows), config.arrays);
}

std::uint64_t word_steps(const Config& config, std::uint64_t words)
{
    return config.resources == Resources::unlimited
               ? 1
               : std::max<std::uint64_t>(
                     1, ceil_div(words, std::uint64_t{config.arrays} * config.rows));
}

}  // namespace imc::associative
