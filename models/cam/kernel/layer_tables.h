// SPDX-License-Identifier: Apache-2.0
/// What the RNA blocks of one layer store, as plain data. Source: rapidnn.md section 8.
#pragma once

#include "cam/kernel/addends.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imc::cam {

/// Codes, product table and biases of a fully connected or (lowered) convolution layer: `outputs`
/// neurons that each see `fan_in` input codes. The order of the fan-in is the caller's: weights and
/// inputs must agree.
struct LayerTables {
    unsigned outputs = 0;
    unsigned fan_in = 0;        ///< up to 65,535
    unsigned weight_codes = 0;  ///< w, 1 to 64
    unsigned input_codes = 0;   ///< u, 1 to 64
    unsigned scopes =
        1;  ///< product tables: 1 = one for the layer, `outputs` = one for each output
    std::vector<std::uint8_t> weight_code;  ///< [outputs][fan_in], below w
    std::vector<std::int16_t> product;      ///< [scopes][w][u], in units of the sum
    std::vector<std::int32_t> bias;         ///< [outputs] in units of the sum, or empty
    Digits digits = Digits::popcount;
    /// A counter whose product is zero is neither read nor added (ASSUME, rapidnn.md section 8.1):
    /// it changes no sum.
    bool skip_zero_products = true;

    /// Product table of output `o`: [w][u].
    const std::int16_t* products_of(unsigned o) const
    {
        return product.data() + (scopes == 1 ? 0 : std::size_t{o} * weight_codes * input_codes);
    }
};

/// Throws InputError for sizes out of range or that disagree, codes outside the codebook, or sums
/// that could leave int32.
void check(const LayerTables& tables);

/// What one neuron did for one input.
struct NeuronResult {
    std::int32_t sum = 0;  ///< bias included
    std::uint32_t nonzero =
        0;  ///< counters that are read: count above zero (and product not zero, if skipped)
    std::uint32_t addends = 0;  ///< numbers that enter the carry-save tree, without the bias
    std::uint32_t largest_group =
        0;  ///< inputs of the most frequent weight code = cycles of counting
    std::uint32_t largest_count = 0;  ///< of one counter
};

/// The definition (section 8.2): counts every (weight code, input code) pair in a histogram, then
/// adds count x product as shifted addends. `inputs` [fan_in] codes. Slow and plain; RnaLayer gives
/// the same numbers.
NeuronResult run_neuron(const LayerTables& tables, unsigned output, const std::uint8_t* inputs);

}  // namespace imc::cam
