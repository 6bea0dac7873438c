// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/layer_tables.h"

#include "common/error.h"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace imc::cam {

namespace {

void check_range(const char* what, std::size_t value, std::size_t low, std::size_t high)
{
    if (value < low || value > high)
        throw InputError(std::string("CAM layer: ") + what + " is " + std::to_string(value) +
                         "; allowed is " + std::to_string(low) + " to " + std::to_string(high));
}

void check_size(const char* what, std::size_t have, std::size_t want)
{
    if (have != want)
        throw InputError(std::string("CAM layer: ") + what + " has " + std::to_string(have) +
                         " entries; its shape needs " + std::to_string(want));
}

/// The largest magnitude of a sum must fit int32, bias included.
void check_sums(const LayerTables& t)
{
    std::int64_t largest = 0;
    for (const std::int16_t product : t.product)
        largest = std::max<std::int64_t>(largest, std::abs(static_cast<int>(product)));
    std::int64_t bias = 0;
    for (const std::int32_t b : t.bias)
        bias = std::max(bias, std::abs(std::int64_t{b}));
    if (largest * t.fan_in + bias > INT32_MAX)
        throw InputError("CAM layer: sums of " + std::to_string(t.fan_in) + " products up to " +
                         std::to_string(largest) + " with bias up to " + std::to_string(bias) +
                         " leave 32 bits; use a smaller product scale");
}

}  // namespace

void check(const LayerTables& t)
{
    check_range("fan-in", t.fan_in, 1, 65535);
    check_range("number of outputs", t.outputs, 1, std::size_t{1} << 24);
    check_range("number of weight codes", t.weight_codes, 1, 64);
    check_range("number of input codes", t.input_codes, 1, 64);
    if (t.scopes != 1) check_size("product scopes", t.scopes, t.outputs);
    check_size("weight codes", t.weight_code.size(), std::size_t{t.outputs} * t.fan_in);
    check_size("product table", t.product.size(),
               std::size_t{t.scopes} * t.weight_codes * t.input_codes);
    if (!t.bias.empty()) check_size("bias", t.bias.size(), t.outputs);
    const auto highest = *std::max_element(t.weight_code.begin(), t.weight_code.end());
    check_range("largest weight code", highest, 0, t.weight_codes - 1);
    check_sums(t);
}

NeuronResult run_neuron(const LayerTables& t, unsigned output, const std::uint8_t* inputs)
{
    std::vector<std::uint32_t> counter(std::size_t{t.weight_codes} * t.input_codes, 0);
    std::vector<std::uint32_t> group(t.weight_codes, 0);
    const std::uint8_t* weights = t.weight_code.data() + std::size_t{output} * t.fan_in;
    for (unsigned k = 0; k < t.fan_in; ++k) {
        ++counter[std::size_t{weights[k]} * t.input_codes + inputs[k]];
        ++group[weights[k]];
    }

    NeuronResult result;
    result.largest_group = *std::max_element(group.begin(), group.end());
    result.largest_count = *std::max_element(counter.begin(), counter.end());
    std::int64_t sum = t.bias.empty() ? 0 : t.bias[output];
    const std::int16_t* products = t.products_of(output);
    for (std::size_t pair = 0; pair < counter.size(); ++pair) {
        if (counter[pair] == 0 || (t.skip_zero_products && products[pair] == 0)) continue;
        ++result.nonzero;
        for (const std::int64_t addend : split_addends(counter[pair], products[pair], t.digits)) {
            sum += addend;
            ++result.addends;
        }
    }
    result.sum = static_cast<std::int32_t>(sum);
    return result;
}

}  // namespace imc::cam
