// SPDX-License-Identifier: Apache-2.0
#include "reference/column.h"
#include "reference/patches.h"
#include "reference/windows.h"

#include <algorithm>
#include <cstdlib>

namespace imc::reference {

namespace {

using Keys = std::vector<std::int32_t>;

std::uint64_t distance(std::int64_t key, std::int64_t value, bool weighted_xor)
{
    if (weighted_xor) return static_cast<std::uint32_t>(key) ^ static_cast<std::uint32_t>(value);
    return static_cast<std::uint64_t>(std::abs(key - value));
}

/// Index of the key nearest to `value`, the lowest of equally near ones.
std::size_t nearest(const Keys& keys, std::int64_t value, bool weighted_xor)
{
    std::size_t best = 0;
    for (std::size_t i = 1; i < keys.size(); ++i)
        if (distance(keys[i], value, weighted_xor) < distance(keys[best], value, weighted_xor))
            best = i;
    return best;
}

/// docs/numbers.md, "finish(z)", with the encoding keys given.
std::int32_t finish(const Work& work, std::int64_t z, const Keys& encode_key)
{
    const compiler::QCodebook& book = *work.layer.codebook;
    if (book.relu) z = std::max<std::int64_t>(z, 0);
    if (!book.activation_key.empty())
        z = book.activation_value.at(nearest(book.activation_key, z, book.weighted_xor));
    if (!encode_key.empty())
        return static_cast<std::int32_t>(nearest(encode_key, z, book.weighted_xor));
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(z, work.out.min, work.out.max));
}

void check_codes(const Work& work, std::size_t stream, std::size_t table)
{
    for (const std::int32_t code : *work.codes[stream])
        if (code < 0 || static_cast<std::size_t>(code) >= table)
            refuse(work.layer, "input code " + std::to_string(code) + " is not in its codebook");
}

void check_conv(const Work& work)
{
    const compiler::QCodebook& book = *work.layer.codebook;
    if (book.scopes != 1 && book.scopes != work.out.channels)
        refuse(work.layer, "scopes must be 1 or one a channel");
    if (book.product.size() != std::size_t{book.scopes} * book.weight_codes * book.input_codes)
        refuse(work.layer, "product table has the wrong size");
    if (!book.bias.empty() && book.bias.size() != work.out.channels)
        refuse(work.layer, "needs one bias a channel");
    for (const std::int16_t code : work.layer.weights)
        if (code < 0 || static_cast<unsigned>(code) >= book.weight_codes)
            refuse(work.layer, "weight code " + std::to_string(code) + " is not in its codebook");
    check_codes(work, 0, book.input_codes);
}

/// Values of the codes of each stream.
const Keys& decode_table(const Work& work, std::size_t stream)
{
    const auto& tables = work.layer.codebook->decode;
    if (stream >= tables.size()) refuse(work.layer, "needs a decoding table an input");
    check_codes(work, stream, tables[stream].size());
    return tables[stream];
}

/// Encoding keys for sums of n cells of which only a power of two is divided out.
Keys mean_keys(const Keys& keys, std::int64_t n, unsigned shift)
{
    const std::int64_t half = (std::int64_t{1} << shift) / 2;
    Keys scaled;
    for (const std::int64_t key : keys)
        scaled.push_back(
            static_cast<std::int32_t>(floor_div(Wide{key} * n + half, Wide{1} << shift)));
    return scaled;
}

}  // namespace

void evaluate_codebook_conv(const Work& work)
{
    check_conv(work);
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
                std::int64_t sum = book.bias.empty() ? 0 : book.bias[o];
                for (std::size_t k = 0; k < rows; ++k)
                    sum += product[static_cast<std::size_t>(weights[k]) * book.input_codes +
                                   static_cast<std::size_t>(gathered[x * rows + k])];
                out[x] = finish(work, sum, book.encode_key);
            }
        }
    });
}

void evaluate_codebook_add(const Work& work)
{
    std::vector<const Keys*> tables;
    for (std::size_t stream = 0; stream < work.in.size(); ++stream) {
        if (work.codes[stream]->size() != work.result.size())
            refuse(work.layer, "inputs differ in size from the output");
        tables.push_back(&decode_table(work, stream));
    }
    for (std::size_t i = 0; i < work.result.size(); ++i) {
        std::int64_t sum = 0;
        for (std::size_t stream = 0; stream < tables.size(); ++stream)
            sum += (*tables[stream])[static_cast<std::size_t>((*work.codes[stream])[i])];
        work.result[i] = finish(work, sum, work.layer.codebook->encode_key);
    }
}

void evaluate_codebook_mean(const Work& work)
{
    const Keys& table = decode_table(work, 0);
    for_each_window(work, [&](unsigned cells, const std::vector<std::int32_t>& inside) {
        if (cells == 0) return finish(work, 0, work.layer.codebook->encode_key);
        std::int64_t sum = 0;
        for (const std::int32_t code : inside)
            sum += table[static_cast<std::size_t>(code)];
        sum += static_cast<std::int64_t>(cells - inside.size()) *
               table.at(static_cast<std::size_t>(work.in[0]->zero_point));
        unsigned shift = 0;
        while ((2u << shift) <= cells)
            ++shift;
        const auto mean = static_cast<std::int64_t>(floor_div(sum, Wide{1} << shift));
        return finish(work, mean, mean_keys(work.layer.codebook->encode_key, cells, shift));
    });
}

}  // namespace imc::reference
