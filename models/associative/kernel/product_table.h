// SPDX-License-Identifier: Apache-2.0
/// What multiplying a pair of codes does to the cells, tabulated once from the pass-exact array.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace imc::associative {

/// Counts of the biased product (see ProductForm) of weight code w and activation code a at index
/// (a << weight_bits) | w. A weight code is the weight's low bits in two's complement.
struct ProductTable {
    int weight_bits = 0;
    int activation_bits = 0;
    std::vector<std::uint16_t> matches;
    std::vector<std::uint16_t> written;  ///< every written cell flips
    /// Both once more as CountJob::table has them; no product writes more than 255 cells.
    std::vector<std::uint8_t> bytes;
};

/// Largest sum of both widths for which a table is built.
constexpr int max_table_bits = 16;

/// The table of a pair of widths; built at the first call, kept and shared afterwards
/// (thread-safe). Throws InputError beyond max_table_bits.
std::shared_ptr<const ProductTable> product_table(int weight_bits, int activation_bits);

}  // namespace imc::associative
