// SPDX-License-Identifier: Apache-2.0
#include "associative/cost/reduction.h"

#include <algorithm>

namespace imc::associative {

namespace {

constexpr std::uint64_t adder_passes = 4;
/// Moving a carry row up a column: one compare, a write that clears, a write with shifted tags.
constexpr std::uint64_t shift_compares = 1;
constexpr std::uint64_t shift_writes = 2;

void add_carry_save_steps(std::uint64_t steps, ReductionCost& cost)
{
    cost.compare_cycles += steps * (adder_passes + shift_compares);
    cost.write_cycles += steps * (adder_passes + shift_writes);
}

void add_ripple(int columns, ReductionCost& cost)
{
    cost.compare_cycles += adder_passes * static_cast<unsigned>(columns);
    cost.write_cycles += adder_passes * static_cast<unsigned>(columns);
}

ReductionCost carry_save_tree(std::size_t length, int bits)
{
    ReductionCost cost;
    std::size_t nodes = length;
    for (int level = 1; nodes > 1; ++level) {
        const std::uint64_t pairs = nodes / 2;
        const auto width = static_cast<std::uint64_t>(bits + level - 1);
        const std::uint64_t columns = level == 1 ? width : 2 * width + 1;
        cost.column_compares += pairs * columns * (adder_passes + shift_compares);
        add_carry_save_steps(level == 1 ? 1 : 2, cost);
        nodes -= pairs;
    }
    const int out_bits = bits + ceil_log2(length);
    add_ripple(out_bits, cost);
    cost.column_compares += adder_passes * static_cast<unsigned>(out_bits);
    return cost;
}

ReductionCost ripple_tree(std::size_t length, int bits)
{
    ReductionCost cost;
    std::size_t nodes = length;
    for (int level = 0; nodes > 1; ++level) {
        const std::uint64_t pairs = nodes / 2;
        const int width = bits + level;
        add_ripple(width, cost);
        cost.column_compares += pairs * adder_passes * static_cast<unsigned>(width);
        cost.moved_bits += pairs * static_cast<unsigned>(width);
        nodes -= pairs;
    }
    return cost;
}

ReductionCost serial_carry_save(std::size_t length, int bits)
{
    ReductionCost cost;
    add_carry_save_steps(length - 1, cost);
    for (std::size_t row = 1; row < length; ++row) {
        cost.column_compares +=
            (adder_passes + shift_compares) * static_cast<unsigned>(bits + ceil_log2(row));
    }
    const int out_bits = bits + ceil_log2(length);
    add_ripple(out_bits, cost);
    cost.column_compares += adder_passes * static_cast<unsigned>(out_bits);
    return cost;
}

}  // namespace

ReductionCost array_reduction(Reduction mode, std::size_t length, int product_bits,
                              std::size_t outputs_per_array)
{
    if (length < 2) {
        return {};
    }
    const auto outputs = static_cast<std::uint64_t>(outputs_per_array);
    ReductionCost cost;
    switch (mode) {
        case Reduction::carry_save_tree:
            return carry_save_tree(length, product_bits);
        case Reduction::ripple_tree:
            cost = ripple_tree(length, product_bits);
            cost.moved_bits = 0;
            return cost;
        case Reduction::serial_carry_save:
            cost = serial_carry_save(length, product_bits);
            cost.compare_cycles *= outputs;
            cost.write_cycles *= outputs;
            return cost;
        case Reduction::row_io:
            cost = ripple_tree(length, product_bits);
            std::swap(cost.row_compares, cost.column_compares);
            cost.move_cycles = (length - 1) * outputs;
            return cost;
    }
    return cost;
}

ReductionCost segmented_reduction(Reduction mode, std::size_t length, std::size_t array_rows,
                                  int product_bits, std::size_t outputs_per_array)
{
    if (length <= array_rows) {
        return array_reduction(mode, length, product_bits, outputs_per_array);
    }
    const std::size_t full = length / array_rows;
    const std::size_t rest = length % array_rows;
    const std::size_t segments = full + (rest != 0 ? 1 : 0);
    ReductionCost cost = array_reduction(mode, array_rows, product_bits, 1);
    const ReductionCost last = array_reduction(mode, rest, product_bits, 1);
    cost.row_compares = full * cost.row_compares + last.row_compares;
    cost.column_compares = full * cost.column_compares + last.column_compares;
    cost.moved_bits = full * cost.moved_bits + last.moved_bits;
    const int out_bits = product_bits + ceil_log2(length);
    for (std::size_t merge = 1; merge < segments; ++merge) {
        add_ripple(out_bits, cost);
        cost.row_compares += adder_passes * static_cast<unsigned>(out_bits);
    }
    return cost;
}

}  // namespace imc::associative
