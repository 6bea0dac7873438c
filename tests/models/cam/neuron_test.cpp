// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/addends.h"
#include "cam/kernel/layer_tables.h"
#include "cam/kernel/nor_adder.h"

#include "common/error.h"
#include "common/random.h"

#include <gtest/gtest.h>

#include <numeric>

namespace {

using imc::cam::addends_of;
using imc::cam::Digits;
using imc::cam::LayerTables;
using imc::cam::split_addends;

LayerTables random_layer(std::uint64_t seed, unsigned outputs, unsigned fan_in, unsigned w,
                         unsigned u)
{
    LayerTables t;
    t.outputs = outputs;
    t.fan_in = fan_in;
    t.weight_codes = w;
    t.input_codes = u;
    for (std::size_t n = 0; n < std::size_t{outputs} * fan_in; ++n)
        t.weight_code.push_back(
            static_cast<std::uint8_t>(imc::random_bits(imc::random_key(seed, 1), n) % w));
    for (std::size_t n = 0; n < std::size_t{w} * u; ++n)
        t.product.push_back(
            static_cast<std::int16_t>(imc::random_bits(imc::random_key(seed, 2), n)));
    for (unsigned n = 0; n < outputs; ++n)
        t.bias.push_back(
            static_cast<std::int32_t>(imc::random_bits(imc::random_key(seed, 3), n) % 2000) - 1000);
    return t;
}

TEST(Neuron, HistogramSumEqualsDirectSum)
{
    for (std::uint64_t trial = 0; trial < 40; ++trial) {
        auto t = random_layer(trial, 3, 1 + trial * 29, 2 + trial % 63, 2 + trial * 7 % 63);
        t.digits = trial % 2 == 0 ? Digits::popcount : Digits::signed_digit;
        t.skip_zero_products = trial % 3 != 0;
        std::vector<std::uint8_t> inputs;
        for (unsigned k = 0; k < t.fan_in; ++k)
            inputs.push_back(static_cast<std::uint8_t>(
                imc::random_bits(imc::random_key(trial, 4), k) % t.input_codes));
        for (unsigned o = 0; o < t.outputs; ++o) {
            std::int64_t direct = t.bias[o];
            for (unsigned k = 0; k < t.fan_in; ++k)
                direct += t.product[t.weight_code[o * t.fan_in + k] * t.input_codes + inputs[k]];
            EXPECT_EQ(imc::cam::run_neuron(t, o, inputs.data()).sum, direct);
        }
    }
}

TEST(Neuron, CountsOfAHandExample)
{
    LayerTables t;  // codes 0..1 and 0..1; products 5, 0 / 7, -3
    t.outputs = 1;
    t.fan_in = 6;
    t.weight_codes = t.input_codes = 2;
    t.weight_code = {0, 0, 0, 0, 1, 1};
    t.product = {5, 0, 7, -3};
    const std::uint8_t inputs[] = {0, 0, 0, 1, 1, 1};  // counts: (0,0) 3, (0,1) 1, (1,1) 2
    auto result = imc::cam::run_neuron(t, 0, inputs);
    EXPECT_EQ(result.sum, 3 * 5 - 2 * 3);
    EXPECT_EQ(result.largest_group, 4u);
    EXPECT_EQ(result.largest_count, 3u);
    EXPECT_EQ(result.nonzero, 2u);  // (0,1) has product zero
    EXPECT_EQ(result.addends, 3u);  // 3 = 2 + 1, 2
    t.skip_zero_products = false;
    result = imc::cam::run_neuron(t, 0, inputs);
    EXPECT_EQ(result.nonzero, 3u);
    EXPECT_EQ(result.addends, 4u);
}

TEST(Addends, SumToCountTimesProductAndSignedDigitsAreNeverMore)
{
    for (std::uint32_t count = 0; count < 5000; ++count)
        for (const auto digits : {Digits::popcount, Digits::signed_digit}) {
            const auto addends = split_addends(count, -37, digits);
            EXPECT_EQ(std::accumulate(addends.begin(), addends.end(), std::int64_t{0}),
                      -37 * std::int64_t{count});
            EXPECT_EQ(addends.size(), addends_of(count, digits));
            EXPECT_LE(addends_of(count, Digits::signed_digit), addends_of(count, Digits::popcount));
        }
    EXPECT_EQ(addends_of(0b0111, Digits::signed_digit), 2u);  // 8 - 1
    EXPECT_EQ(addends_of(0b0111, Digits::popcount), 3u);
}

TEST(NorAdder, SumsInTheArrayEqualPlainSumsAndTakeThePublishedCycles)
{
    for (unsigned p = 0; p < 40; ++p) {
        std::vector<std::int64_t> addends;
        std::int64_t sum = 0;
        for (unsigned n = 0; n < p; ++n) {
            addends.push_back(
                static_cast<std::int32_t>(imc::random_bits(imc::random_key(9, p), n)) >> 8);
            sum += addends.back();
        }
        const auto result = imc::cam::add_with_nor(addends, 32);
        EXPECT_EQ(result.value, sum);
        EXPECT_EQ(result.cycles, 13 * result.stages + 12 * 32 + 1);  // [S9]
    }
}

TEST(NorAdder, OneCarrySaveStageIsThirteenCyclesAndTwelveGatesABit)
{
    const auto two = imc::cam::add_with_nor({5, 6}, 16);
    const auto three = imc::cam::add_with_nor({5, 6, 7}, 16);
    EXPECT_EQ(two.cycles, 12u * 16 + 1);
    EXPECT_EQ(two.gates, 12u * 16);
    EXPECT_EQ(three.cycles - two.cycles, 13u);
    EXPECT_EQ(three.gates - two.gates, 12u * 16);
    EXPECT_EQ(imc::cam::add_with_nor(std::vector<std::int64_t>(141, 1), 26).stages,
              11u);  // section 5
}

TEST(LayerTables, BadTablesAreRefusedWithOneClearLine)
{
    auto t = random_layer(1, 2, 10, 4, 4);
    imc::cam::check(t);
    t.weight_code[3] = 4;
    EXPECT_THROW(imc::cam::check(t), imc::InputError);
    t = random_layer(1, 2, 10, 4, 4);
    t.product.pop_back();
    EXPECT_THROW(imc::cam::check(t), imc::InputError);
    t = random_layer(1, 2, 10, 4, 4);
    t.weight_codes = 65;
    EXPECT_THROW(imc::cam::check(t), imc::InputError);
    t = random_layer(1, 2, 10, 4, 4);
    t.bias[0] = INT32_MAX;
    EXPECT_THROW(imc::cam::check(t), imc::InputError);
}

}  // namespace
