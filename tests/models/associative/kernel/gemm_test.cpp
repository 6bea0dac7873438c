// SPDX-License-Identifier: Apache-2.0
/// Matrix products: against plain integer arithmetic, the two paths against each other, both
/// against the array model.
#include "associative/kernel/gemm.h"

#include <gtest/gtest.h>

#include <vector>

#include "associative/cost/reduction.h"
#include "associative/kernel/cam_array.h"
#include "associative/kernel/microcode.h"
#include "common/cpu_features.h"
#include "common/error.h"
#include "common/random.h"

namespace imc::associative {
namespace {

struct Layer {
    std::size_t channels;
    std::size_t length;
    std::size_t positions;
    std::vector<std::int32_t> weights;
    std::vector<std::uint16_t> activations;
};

Layer random_layer(std::uint64_t seed, const GemmConfig& config, std::size_t channels,
                   std::size_t length, std::size_t positions)
{
    Layer layer{channels, length, positions, std::vector<std::int32_t>(channels * length),
                std::vector<std::uint16_t>(positions * length)};
    const std::int64_t half = std::int64_t{1} << (config.weight_bits - 1);
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
        const auto code = static_cast<std::int64_t>(random_bits(seed, i) >> 40);
        layer.weights[i] = static_cast<std::int32_t>(code % (2 * half) - half);
    }
    for (std::size_t i = 0; i < layer.activations.size(); ++i) {
        const std::uint64_t bits = random_bits(seed + 1, i);
        const bool zero = (bits & 3) == 0;  // as after a ReLU
        layer.activations[i] =
            zero ? 0
                 : static_cast<std::uint16_t>((bits >> 20) & ((1u << config.activation_bits) - 1));
    }
    return layer;
}

Counts run_layer(const GemmConfig& config, const Layer& layer, std::vector<std::int64_t>& sums)
{
    const Gemm gemm(config, layer.weights.data(), layer.channels, layer.length);
    sums.assign(layer.channels * layer.positions, -1);
    return gemm.run(layer.activations.data(), layer.positions, sums.data());
}

std::vector<std::int64_t> plain_sums(const Layer& layer)
{
    std::vector<std::int64_t> sums(layer.channels * layer.positions);
    for (std::size_t p = 0; p < layer.positions; ++p) {
        for (std::size_t c = 0; c < layer.channels; ++c) {
            for (std::size_t k = 0; k < layer.length; ++k) {
                sums[p * layer.channels + c] += std::int64_t{layer.weights[c * layer.length + k]} *
                                                layer.activations[p * layer.length + k];
            }
        }
    }
    return sums;
}

/// One dot product on the array model: rows of products, a carry row for each, microcode only.
Counts array_dot(const Layer& layer, const GemmConfig& config, std::int64_t& sum)
{
    const int bits = config.weight_bits + config.activation_bits;
    const int out_bits = bits + ceil_log2(layer.length);
    const std::size_t rows = layer.length;
    CamArray array(2 * rows, 2 * bits + 20);
    const Field weight{0, config.weight_bits};
    const Field input{config.weight_bits, config.activation_bits};
    const Field product{bits, out_bits};
    for (std::size_t k = 0; k < rows; ++k) {
        const std::int64_t w = layer.weights[k];
        const std::int64_t a = layer.activations[k];
        array.load(weight, &w, 1, k);
        array.load(input, &a, 1, k);
        array.set_cell(k, product.bit(bits - 1), true);
    }
    array.set_active_rows(0, rows);
    Program program;
    multiply(program, weight, input, product.low(bits), ProductForm::biased_product);
    array.run(program);
    const auto carry = [rows](std::size_t row) { return static_cast<int>(rows + row); };
    int level = 1;
    for (std::size_t span = 1; span < rows; span *= 2, ++level) {
        std::vector<std::size_t> segments;
        for (std::size_t row = 0; row + span < rows; row += 2 * span) {
            segments.push_back(row);
        }
        const auto left = 0;
        const auto right = static_cast<int>(span);
        const Field columns = product.low(bits + level - 1);
        array.run_vertical(add_in_place, bind(right, left, carry(0)), columns, segments);
        array.shift_up(carry(0), columns, segments);
        if (level > 1) {
            const Field wider = product.low(bits + level);
            array.run_vertical(add_in_place, bind(carry(span), left, carry(0)), wider, segments);
            array.shift_up(carry(0), wider, segments);
        }
    }
    array.ripple_vertical(carry(0), 0, product, {0});
    Counts counts = array.counts();
    array.read(product, false, &sum, 1, 0);
    sum -= static_cast<std::int64_t>(rows) << (bits - 1);
    counts.io_bits_in = 0;  // loading the operands is not part of the product
    counts.load_cycles = 0;
    counts.read_cycles = 0;
    return counts;
}

TEST(Gemm, PassExactPathCountsWhatTheArrayModelCounts)
{
    GemmConfig config;
    config.path = Path::pass_exact;
    for (const int bits : {1, 2, 3, 4, 8}) {
        for (const std::size_t length : {2, 3, 5, 7, 8, 13, 30}) {
            config.weight_bits = bits;
            config.activation_bits = bits == 3 ? 5 : bits;
            const Layer layer = random_layer(bits * 100 + length, config, 1, length, 1);
            std::int64_t expected_sum = 0;
            const Counts expected = array_dot(layer, config, expected_sum);
            std::vector<std::int64_t> sums;
            const Counts counts = run_layer(config, layer, sums);
            EXPECT_EQ(sums[0], expected_sum);
            EXPECT_EQ(sums[0], plain_sums(layer)[0]);
            EXPECT_TRUE(counts == expected) << bits << " bits, " << length << " rows";
        }
    }
}

TEST(Gemm, FastPathGivesTheSumsAndCountsOfThePassExactPath)
{
    const Reduction modes[] = {Reduction::carry_save_tree, Reduction::ripple_tree,
                               Reduction::serial_carry_save, Reduction::row_io};
    for (std::uint64_t seed = 0; seed < 160; ++seed) {
        GemmConfig config;
        config.weight_bits = 1 + static_cast<int>(random_bits(1, seed) % 8);
        config.activation_bits = 1 + static_cast<int>(random_bits(2, seed) % 8);
        config.reduction = modes[seed % 4];
        config.array_rows = seed % 3 == 0 ? 1 + random_bits(6, seed) % 60 : 4800;
        config.expected_positions = seed % 2 == 0 ? 1 : 100;
        const Layer layer =
            random_layer(seed, config, 1 + random_bits(3, seed) % 70,
                         1 + random_bits(4, seed) % 150, 1 + random_bits(5, seed) % 20);
        std::vector<std::int64_t> fast;
        std::vector<std::int64_t> exact;
        const Counts fast_counts = run_layer(config, layer, fast);
        config.path = Path::pass_exact;
        const Counts exact_counts = run_layer(config, layer, exact);
        EXPECT_EQ(fast, exact);
        EXPECT_EQ(fast, plain_sums(layer));
        EXPECT_TRUE(fast_counts == exact_counts) << "seed " << seed;
        EXPECT_GT(fast_counts.cycles(), 0u);
    }
}

TEST(Gemm, SumsOf16BitOperandsAreExact)
{
    GemmConfig config;
    config.weight_bits = 16;
    config.activation_bits = 16;
    const Layer layer = random_layer(7, config, 3, 700, 9);
    std::vector<std::int64_t> sums;
    run_layer(config, layer, sums);
    EXPECT_EQ(sums, plain_sums(layer));
}

TEST(Gemm, ExtremeOperandsDoNotOverflow)
{
    GemmConfig config;
    Layer layer{2, 4608, 1, std::vector<std::int32_t>(2 * 4608, -128),
                std::vector<std::uint16_t>(4608, 255)};
    for (std::size_t k = 0; k < 4608; ++k) {
        layer.weights[4608 + k] = 127;
    }
    for (const Path path : {Path::fast, Path::pass_exact}) {
        config.path = path;
        std::vector<std::int64_t> sums;
        run_layer(config, layer, sums);
        EXPECT_EQ(sums, (std::vector<std::int64_t>{-128 * 255 * 4608, 127 * 255 * 4608}));
    }
}

TEST(Gemm, EveryInstructionSetGivesTheSameSumsAndCounts)
{
    const SimdLevel best = detected_simd_level();
    for (const Path path : {Path::fast, Path::pass_exact}) {
        GemmConfig config;
        config.path = path;
        const Layer layer = random_layer(3, config, 37, 90, 11);
        std::vector<std::int64_t> expected;
        set_simd_level(SimdLevel::portable);
        const Counts expected_counts = run_layer(config, layer, expected);
        for (const SimdLevel level : {SimdLevel::avx2, SimdLevel::avx512}) {
            if (level > best) {
                continue;
            }
            set_simd_level(level);
            std::vector<std::int64_t> sums;
            EXPECT_TRUE(run_layer(config, layer, sums) == expected_counts);
            EXPECT_EQ(sums, expected);
        }
        set_simd_level(best);
    }
}

TEST(Gemm, WritesByColumnAddUpToTheWritesOfTheMultiplication)
{
    GemmConfig config;
    config.weight_bits = 4;
    config.activation_bits = 4;
    const Layer layer = random_layer(5, config, 8, 1, 12);  // length 1: no reduction
    const Gemm gemm(config, layer.weights.data(), 8, 1);
    std::vector<std::int64_t> sums(8 * 12);
    const Counts counts = gemm.run(layer.activations.data(), 12, sums.data());
    std::vector<std::uint64_t> writes(8);
    gemm.add_column_writes(layer.activations.data(), 12, writes.data());
    std::uint64_t total = 0;
    for (const std::uint64_t column : writes) {
        total += column;
    }
    EXPECT_EQ(total, counts.written);
}

TEST(Gemm, RefusesOperandsOutOfRange)
{
    const std::int32_t weights[] = {8};
    GemmConfig config;
    config.weight_bits = 4;
    EXPECT_THROW(Gemm(config, weights, 1, 1), InputError);
    config.weight_bits = 17;
    EXPECT_THROW(Gemm(config, weights, 1, 1), InputError);
    config.weight_bits = 8;
    config.activation_bits = 2;
    const Gemm gemm(config, weights, 1, 1);
    const std::uint16_t activation = 4;
    std::int64_t sum = 0;
    EXPECT_THROW(gemm.run(&activation, 1, &sum), InputError);
}

}  // namespace
}  // namespace imc::associative
