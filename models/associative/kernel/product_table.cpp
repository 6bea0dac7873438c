// SPDX-License-Identifier: Apache-2.0
#include "associative/kernel/product_table.h"

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "associative/kernel/cam_array.h"
#include "associative/kernel/lane_kernels.h"
#include "associative/kernel/microcode.h"
#include "common/error.h"

namespace imc::associative {

namespace {

std::vector<std::uint8_t> byte_table(const ProductTable& table)
{
    const std::size_t weights = std::size_t{1} << table.weight_bits;
    const std::size_t codes = std::size_t{1} << table.activation_bits;
    std::vector<std::uint8_t> bytes(codes * 2 * count_entries);
    for (std::size_t a = 0; a < codes; ++a) {
        for (std::size_t w = 0; w < weights; ++w) {
            std::uint8_t* entry = bytes.data() + a * 2 * count_entries + w;
            entry[0] = static_cast<std::uint8_t>(table.written[a * weights + w]);
            entry[count_entries] = static_cast<std::uint8_t>(table.matches[a * weights + w]);
        }
    }
    return bytes;
}

ProductTable build_table(int weight_bits, int activation_bits)
{
    const int bits = weight_bits + activation_bits;
    const std::size_t pairs = std::size_t{1} << bits;
    CamArray array(pairs, 2 * bits);
    std::vector<std::int64_t> words(pairs);
    for (std::size_t i = 0; i < pairs; ++i) {
        words[i] = static_cast<std::int64_t>(i);
    }
    const Field a{0, weight_bits};
    const Field b{weight_bits, activation_bits};
    const Field p{bits, bits};
    array.load({0, bits}, words.data(), pairs);
    Program program;
    program.preset({{p.top(), true}});
    array.run(program);
    array.record_wear();
    Program product;
    multiply(product, a, b, p, ProductForm::biased_product);
    array.run(product);

    ProductTable table{weight_bits,
                       activation_bits,
                       std::vector<std::uint16_t>(pairs),
                       std::vector<std::uint16_t>(pairs),
                       {}};
    for (std::size_t i = 0; i < pairs; ++i) {
        table.matches[i] = static_cast<std::uint16_t>(array.row_matches(i));
        for (int j = 0; j < bits; ++j) {
            table.written[i] =
                static_cast<std::uint16_t>(table.written[i] + array.cell_writes(i, p.bit(j)));
        }
    }
    if (weight_bits <= 8) {
        table.bytes = byte_table(table);
    }
    return table;
}

}  // namespace

std::shared_ptr<const ProductTable> product_table(int weight_bits, int activation_bits)
{
    if (weight_bits < 1 || activation_bits < 1 || weight_bits + activation_bits > max_table_bits) {
        throw InputError("no product table for " + std::to_string(weight_bits) + " x " +
                         std::to_string(activation_bits) + " bits: at most 16 together");
    }
    static std::mutex mutex;
    static std::map<std::pair<int, int>, std::shared_ptr<const ProductTable>> tables;
    const std::lock_guard<std::mutex> lock(mutex);
    auto& entry = tables[{weight_bits, activation_bits}];
    if (!entry) {
        entry = std::make_shared<const ProductTable>(build_table(weight_bits, activation_bits));
    }
    return entry;
}

}  // namespace imc::associative
