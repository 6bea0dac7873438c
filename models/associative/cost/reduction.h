// SPDX-License-Identifier: Apache-2.0
/// Cycles and match lines of adding up the rows of dot products, by reduction mode.
#pragma once

#include <cstddef>
#include <cstdint>

#include "associative/kernel/lane_kernels.h"

namespace imc::associative {

/// Smallest n with 2^n >= value.
constexpr int ceil_log2(std::size_t value)
{
    int bits = 0;
    while ((std::size_t{1} << bits) < value) {
        ++bits;
    }
    return bits;
}

/// Cycles of one time step, all arrays at once, and the lines precharged and bits moved for one dot
/// product.
struct ReductionCost {
    std::uint64_t compare_cycles = 0;
    std::uint64_t write_cycles = 0;
    std::uint64_t move_cycles = 0;  ///< words moved by the row port: as many reads and writes
    std::uint64_t row_compares = 0;
    std::uint64_t column_compares = 0;
    std::uint64_t moved_bits = 0;  ///< through the row port, each read and written

    std::uint64_t cycles() const { return compare_cycles + write_cycles + 2 * move_cycles; }
};

/// Reduction of `length` rows of `product_bits` bits within one array (section 7 of the fact
/// sheet):
///   carry_save_tree    11 + 22 (ceil(log2 L) - 1) + 8 W_out
///   ripple_tree        sum over levels q of 8 (W + q)
///   serial_carry_save  (11 (L - 1) + 8 W_out) g
///   row_io             2 (L - 1) g + sum over levels q of 8 (W + q)
/// with W_out = W + ceil(log2 L) and g = `outputs_per_array`, which share the one row port or
/// unsegmented line.
ReductionCost array_reduction(Reduction mode, std::size_t length, int product_bits,
                              std::size_t outputs_per_array = 1);

/// Reduction of dot products that may be longer than an array: segments of `array_rows` rows and
/// 8 W_out (segments - 1) cycles to add their sums, W_out of the whole length.
ReductionCost segmented_reduction(Reduction mode, std::size_t length, std::size_t array_rows,
                                  int product_bits, std::size_t outputs_per_array = 1);

}  // namespace imc::associative
