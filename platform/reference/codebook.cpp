// SPDX-License-Identifier: Apache-2.0
#include "reference/column.h"

#include "reference/patches.h"

#include <algorithm>
#include <cstdlib>

namespace imc::reference {

namespace {

/// Index of the key nearest to `value`, the lower one of two equally near.
std::size_t nearest(const std::vector<std::int32_t>& keys, std::int64_t value)
{
    std::size_t best = 0;
    for (std::size_t i = 1; i < keys.size(); ++i)
        if (std::abs(keys[i] - value) < std::abs(keys[best] - value)) best = i;
    return best;
}

/// From a neuron's sum to its output code.
std::int32_t encode(const Work& work, std::int64_t sum)
{
    const compiler::QCodebook& book = *work.layer.codebook;
    std::int64_t value = book.relu ? std::max<std::int64_t>(sum, 0) : sum;
    if (!book.activation_key.empty())
        value = book.activation_value.at(nearest(book.activation_key, value));
    if (!book.encode_key.empty()) return static_cast<std::int32_t>(nearest(book.encode_key, value));
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, work.out.min, work.out.max));
}

void check(const Work& work)
{
    const compiler::QCodebook& book = *work.layer.codebook;
    if (book.scopes != 1 && book.scopes != work.out.channels)
        refuse(work.layer, "scopes must be 1 or one a channel");
    if (book.product.size() != std::size_t{book.scopes} * book.weight_codes * book.input_codes)
        refuse(work.layer, "product table has the wrong size");
    for (const std::int16_t code : work.layer.weights)
        if (code < 0 || static_cast<unsigned>(code) >= book.weight_codes)
            refuse(work.layer, "weight code " + std::to_string(code) + " is not in its codebook");
    for (const std::int32_t code : *work.codes[0])
        if (code < 0 || static_cast<unsigned>(code) >= book.input_codes)
            refuse(work.layer, "input code " + std::to_string(code) + " is not in its codebook");
}

}  // namespace

void evaluate_codebook(const Work& work)
{
    check(work);
    const compiler::QCodebook& book = *work.layer.codebook;
    const Patches<std::int32_t> patches(work, 0, work.in[0]->zero_point);
    const std::size_t rows = patches.rows(),
                      table = std::size_t{book.weight_codes} * book.input_codes;
    const unsigned per_group = work.out.channels / work.layer.geometry.groups;
    for_each_row(work, patches, [&](unsigned group, unsigned y, const std::int32_t* gathered) {
        for (unsigned o = group * per_group; o < (group + 1) * per_group; ++o) {
            const std::int32_t* product = book.product.data() + (book.scopes == 1 ? 0 : o * table);
            const std::int16_t* weights = work.layer.weights.data() + o * rows;
            std::int32_t* out =
                work.result.data() + (std::size_t{o} * work.out.height + y) * work.out.width;
            for (unsigned x = 0; x < work.out.width; ++x) {
                std::int64_t sum = work.scaling(o).constants.bias;
                for (std::size_t k = 0; k < rows; ++k)
                    sum += product[static_cast<std::size_t>(weights[k]) * book.input_codes +
                                   static_cast<std::size_t>(gathered[x * rows + k])];
                out[x] = encode(work, sum);
            }
        }
    });
}

}  // namespace imc::reference
