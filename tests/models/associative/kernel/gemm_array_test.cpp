// SPDX-License-Identifier: Apache-2.0
/// Dot products in every reduction mode on the array model, microcode only: sums, counts and the
/// writes of single cells.
#include "gemm_case.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "associative/cost/reduction.h"
#include "associative/kernel/cam_array.h"
#include "associative/kernel/cell_wear.h"
#include "associative/kernel/microcode.h"

namespace imc::associative {
namespace {

/// Rows of products, a carry row for each.
struct Rows {
    std::size_t count;
    int bits, out_bits;
    Field weight, input, product, moved;
    CamArray array;

    Rows(const Layer& layer, const GemmConfig& config)
        : count(layer.length),
          bits(config.weight_bits + config.activation_bits),
          out_bits(bits + ceil_log2(count)),
          weight{0, config.weight_bits},
          input{config.weight_bits, config.activation_bits},
          product{bits, out_bits},
          moved{bits + out_bits + 1, out_bits},
          array(2 * count, bits + 2 * out_bits + 2)
    {
        for (std::size_t k = 0; k < count; ++k) {
            const std::int64_t w = layer.weights[k], a = layer.activations[k];
            array.load(weight, &w, 1, k);
            array.load(input, &a, 1, k);
            array.set_cell(k, product.bit(bits - 1), true);
        }
        array.set_active_rows(0, count);
        array.record_wear();
        Program program;
        multiply(program, weight, input, product.low(bits), ProductForm::biased_product);
        array.run(program);
    }
    int carry(std::size_t row) const { return static_cast<int>(count + row); }
    /// First rows of the pairs `span` apart.
    std::vector<std::size_t> pairs(std::size_t span) const
    {
        std::vector<std::size_t> rows;
        for (std::size_t row = 0; row + span < count; row += 2 * span) {
            rows.push_back(row);
        }
        return rows;
    }
    void carry_save(int from, Field columns, const std::vector<std::size_t>& segments)
    {
        array.run_vertical(add_in_place, bind(from, 0, carry(0)), columns, segments);
        array.shift_up(carry(0), columns, segments);
    }
};

void carry_save_tree(Rows& rows)
{
    int level = 1;
    for (std::size_t span = 1; span < rows.count; span *= 2, ++level) {
        const auto segments = rows.pairs(span);
        rows.carry_save(static_cast<int>(span), rows.product.low(rows.bits + level - 1), segments);
        if (level > 1) {
            rows.carry_save(rows.carry(span), rows.product.low(rows.bits + level), segments);
        }
    }
    rows.array.ripple_vertical(rows.carry(0), 0, rows.product, {0});
}

void serial_carry_save(Rows& rows)
{
    for (std::size_t row = 1; row < rows.count; ++row) {
        rows.carry_save(static_cast<int>(row), rows.product.low(rows.bits + ceil_log2(row)), {0});
    }
    rows.array.ripple_vertical(rows.carry(0), 0, rows.product, {0});
}

void ripple_tree(Rows& rows)
{
    int width = rows.bits;
    for (std::size_t span = 1; span < rows.count; span *= 2, ++width) {
        rows.array.ripple_vertical(static_cast<int>(span), 0, rows.product.low(width),
                                   rows.pairs(span));
    }
}

/// Each word moves by row I/O into the row that it is added to; all rows of a level add at once, so
/// that only the cycles of one count. Returns the cycles counted too much.
std::uint64_t row_io(Rows& rows)
{
    std::uint64_t spare_passes = 0;
    int width = rows.bits;
    for (std::size_t span = 1; span < rows.count; span *= 2, ++width) {
        for (const std::size_t row : rows.pairs(span)) {
            rows.array.move_word(rows.product.low(width), row + span, rows.moved.low(width), row);
            rows.array.set_active_rows(row, 1);
            Program program;
            add(program, rows.moved.low(width), rows.product.low(width), rows.product.bit(width));
            rows.array.run(program);
            spare_passes += row == 0 ? 0 : program.cycles() / 2;
        }
    }
    return spare_passes;
}

Counts array_dot(const Layer& layer, const GemmConfig& config, std::int64_t& sum, CellWear& wear)
{
    Rows rows(layer, config);
    const Counts loaded = rows.array.counts();
    std::uint64_t spare_passes = 0;
    switch (config.reduction) {
        case Reduction::carry_save_tree:
            carry_save_tree(rows);
            break;
        case Reduction::serial_carry_save:
            serial_carry_save(rows);
            break;
        case Reduction::ripple_tree:
            ripple_tree(rows);
            break;
        case Reduction::row_io:
            spare_passes = row_io(rows);
    }
    Counts counts = rows.array.counts();
    rows.array.read(rows.product, false, &sum, 1, 0);
    sum -= static_cast<std::int64_t>(rows.count) << (rows.bits - 1);
    counts.compare_cycles -= spare_passes;
    counts.write_cycles -= spare_passes;
    counts.io_bits_in -= loaded.io_bits_in;  // loading the operands is not part of the product
    counts.load_cycles -= loaded.load_cycles;
    for (int j = 0; j <= rows.out_bits; ++j) {
        wear.sum.push_back(rows.array.cell_writes(0, rows.product.bit(j)) + (j < rows.bits));
        wear.carry.push_back(rows.array.cell_writes(rows.count, rows.product.bit(j)));
    }
    return counts;
}

TEST(GemmArray, EveryReductionCountsWhatTheArrayModelCounts)
{
    for (const Reduction mode : {Reduction::carry_save_tree, Reduction::ripple_tree,
                                 Reduction::serial_carry_save, Reduction::row_io}) {
        for (const int bits : {1, 2, 3, 4, 8}) {
            for (const std::size_t length : {2, 3, 5, 7, 8, 13, 30}) {
                GemmConfig config;
                config.path = Path::pass_exact;
                config.reduction = mode;
                config.weight_bits = bits;
                config.activation_bits = bits == 3 ? 5 : bits;
                const Layer layer = random_layer(bits * 100 + length, config, 1, length, 1);
                std::int64_t expected_sum = 0;
                CellWear expected_wear;
                const Counts expected = array_dot(layer, config, expected_sum, expected_wear);
                std::vector<std::int64_t> sums;
                const Counts counts = run_layer(config, layer, sums);
                EXPECT_EQ(sums[0], expected_sum);
                EXPECT_EQ(sums[0], plain_sums(layer)[0]);
                EXPECT_TRUE(counts == expected)
                    << bits << " bits, " << length << " rows, mode " << static_cast<int>(mode);
                CellWear wear =
                    cell_wear(config, layer.weights.data(), layer.activations.data(), length);
                wear.carry.resize(expected_wear.carry.size());
                EXPECT_EQ(wear.sum, expected_wear.sum);
                EXPECT_EQ(wear.carry, expected_wear.carry);
            }
        }
    }
}

/// Writes a step of the most written cells of uniform 8-bit operands, mean of 40 dot products: the
/// tree adds into its first row on every level. Bands around a simulation that shares no code with
/// this one and adds random words.
TEST(GemmArray, TheFirstRowOfATreeWearsWithItsLevels)
{
    struct Expected {
        std::size_t length;
        double carry;
    };
    for (const Expected& expected : {Expected{147, 16.7}, {576, 22.2}, {4608, 32.0}}) {
        CellWear wear;
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            Layer layer = random_layer(seed, GemmConfig{}, 1, expected.length, 1);
            for (std::size_t k = 0; k < expected.length; ++k) {
                layer.activations[k] = static_cast<std::uint16_t>(random_bits(seed + 2, k) >> 56);
            }
            wear += cell_wear(GemmConfig{}, layer.weights.data(), layer.activations.data(),
                              expected.length);
        }
        const double carry =
            static_cast<double>(*std::max_element(wear.carry.begin(), wear.carry.end())) / 40.0;
        EXPECT_NEAR(carry, expected.carry, 0.1 * expected.carry);
        EXPECT_EQ(static_cast<double>(wear.most()), 40.0 * carry);
    }
}

}  // namespace
}  // namespace imc::associative
