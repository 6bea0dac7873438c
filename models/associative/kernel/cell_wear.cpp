// SPDX-License-Identifier: Apache-2.0
#include "associative/kernel/cell_wear.h"

#include <algorithm>

#include "associative/cost/reduction.h"
#include "associative/kernel/cam_array.h"
#include "associative/kernel/microcode.h"
#include "associative/kernel/word_columns.h"

namespace imc::associative {

namespace {

using Words = std::vector<std::uint64_t>;

void count_bits(std::uint64_t word, int shift, std::vector<std::uint64_t>& writes)
{
    for (std::size_t j = 0; word != 0; word >>= 1, ++j) {
        writes[j + static_cast<std::size_t>(shift)] += word & 1;
    }
}

/// A node of a reduction; only that of the first row keeps count.
struct Node {
    std::uint64_t sum = 0, carry = 0;
    CellWear* wear = nullptr;

    /// The passes of add_in_place on all columns, then the carry row moves up a column: a write
    /// clears the cell, another sets the next.
    void save_carry(std::uint64_t a)
    {
        const std::uint64_t x = a ^ carry;
        const std::uint64_t carries = (a & carry) | (sum & x);
        if (wear != nullptr) {
            count_bits(x, 0, wear->sum);
            count_bits(carry ^ carries, 0, wear->carry);
            count_bits(carries, 0, wear->carry);
            count_bits(carries, 1, wear->carry);
        }
        sum ^= x;
        carry = carries << 1;
    }
    /// s <- a + s over `bits` columns. In a row, the next column takes the carries; between rows, a
    /// latch does.
    void ripple(std::uint64_t a, int bits, bool in_row)
    {
        const std::uint64_t total = a + sum, c = total ^ a ^ sum;
        const std::uint64_t x = (a ^ c) & ((std::uint64_t{1} << bits) - 1);
        if (wear != nullptr) {
            count_bits(x, 0, wear->sum);
            if (in_row) wear->sum[static_cast<std::size_t>(bits)] += ones(x & ~(a ^ sum));
        }
        sum = total;
    }
};

/// Rows `span` apart, as the array adds them: level by level.
void reduce_tree(std::vector<Node>& rows, Reduction mode, int bits)
{
    int width = bits;
    for (std::size_t span = 1; span < rows.size(); span *= 2, ++width) {
        for (std::size_t row = 0; row + span < rows.size(); row += 2 * span) {
            Node& left = rows[row];
            const Node& right = rows[row + span];
            if (mode == Reduction::carry_save_tree) {
                left.save_carry(right.sum);
                if (span > 1) left.save_carry(right.carry);
            } else {
                left.ripple(right.sum, width, mode == Reduction::row_io);
            }
        }
    }
}

/// The sum of a segment in its first row.
Node reduce(const GemmConfig& config, const Words& products, CellWear* wear)
{
    const int bits = config.weight_bits + config.activation_bits;
    std::vector<Node> rows(products.size());
    for (std::size_t k = 0; k < rows.size(); ++k)
        rows[k].sum = products[k];
    rows[0].wear = wear;
    if (config.reduction == Reduction::serial_carry_save) {
        for (std::size_t k = 1; k < rows.size(); ++k)
            rows[0].save_carry(rows[k].sum);
    } else {
        reduce_tree(rows, config.reduction, bits);
    }
    if (rows.size() > 1 && rows[0].carry != 0)
        rows[0].ripple(rows[0].carry, bits + ceil_log2(rows.size()), false);
    return rows[0];
}

/// Biased products of all rows; the writes of the first one's cells.
Words multiply_rows(const GemmConfig& config, const std::int32_t* weights,
                    const std::uint16_t* activations, std::size_t length, CellWear& wear)
{
    const int bits = config.weight_bits + config.activation_bits;
    const Field a{0, config.weight_bits}, b{config.weight_bits, config.activation_bits};
    const Field p{bits, bits};
    CamArray array(1, 2 * bits);
    const std::int64_t weight = weights[0], code = activations[0];
    array.load(a, &weight, 1);
    array.load(b, &code, 1);
    array.set_cell(0, p.top(), true);
    array.record_wear();
    Program program;
    multiply(program, a, b, p, ProductForm::biased_product);
    array.run(program);
    for (int j = 0; j < bits; ++j)
        wear.sum[static_cast<std::size_t>(j)] += 1 + array.cell_writes(0, p.bit(j));
    Words products(length);
    for (std::size_t k = 0; k < length; ++k)
        products[k] = static_cast<std::uint64_t>(std::int64_t{weights[k]} * activations[k] +
                                                 (std::int64_t{1} << (bits - 1)));
    return products;
}

}  // namespace

std::uint64_t CellWear::most() const
{
    return std::max(*std::max_element(sum.begin(), sum.end()),
                    *std::max_element(carry.begin(), carry.end()));
}

CellWear& CellWear::operator+=(const CellWear& other)
{
    sum.resize(std::max(sum.size(), other.sum.size()));
    carry.resize(std::max(carry.size(), other.carry.size()));
    for (std::size_t j = 0; j < other.sum.size(); ++j)
        sum[j] += other.sum[j];
    for (std::size_t j = 0; j < other.carry.size(); ++j)
        carry[j] += other.carry[j];
    return *this;
}

CellWear cell_wear(const GemmConfig& config, const std::int32_t* weights,
                   const std::uint16_t* activations, std::size_t length)
{
    const int out_bits = config.weight_bits + config.activation_bits + ceil_log2(length);
    CellWear wear;
    wear.sum.assign(static_cast<std::size_t>(out_bits) + 1, 0);
    wear.carry.assign(static_cast<std::size_t>(out_bits) + 2, 0);
    const Words products = multiply_rows(config, weights, activations, length, wear);
    Node first;
    for (std::size_t begin = 0; begin < length; begin += config.array_rows) {
        const std::size_t end = std::min(length, begin + config.array_rows);
        const Words segment(products.begin() + static_cast<std::ptrdiff_t>(begin),
                            products.begin() + static_cast<std::ptrdiff_t>(end));
        if (begin == 0)
            first = reduce(config, segment, &wear);
        else
            first.ripple(reduce(config, segment, nullptr).sum, out_bits, true);
    }
    return wear;
}

}  // namespace imc::associative
