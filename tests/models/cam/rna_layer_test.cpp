// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/rna_layer.h"

#include "common/error.h"
#include "common/random.h"
#include "support/simd_levels.h"

#include <gtest/gtest.h>

namespace {

using imc::SimdLevel;
using imc::cam::Digits;
using imc::cam::LayerTables;
using imc::cam::RnaLayer;

struct Case {
    unsigned outputs, fan_in, w, u;
    bool per_output, skip_zero;
    Digits digits;
};

std::uint64_t draw(std::uint64_t seed, unsigned what, std::size_t n)
{
    return imc::random_bits(imc::random_key(seed, what), n);
}

/// Every fourth product is zero, and so are all products of input code 0, as a pinned zero makes
/// them.
LayerTables random_layer(std::uint64_t seed, const Case& c)
{
    LayerTables t;
    t.outputs = c.outputs;
    t.fan_in = c.fan_in;
    t.weight_codes = c.w;
    t.input_codes = c.u;
    t.scopes = c.per_output ? c.outputs : 1;
    t.digits = c.digits;
    t.skip_zero_products = c.skip_zero;
    for (std::size_t n = 0; n < std::size_t{c.outputs} * c.fan_in; ++n)
        t.weight_code.push_back(static_cast<std::uint8_t>(draw(seed, 1, n) % 7 * draw(seed, 2, n) %
                                                          c.w));  // unbalanced
    for (std::size_t n = 0; n < std::size_t{t.scopes} * c.w * c.u; ++n)
        t.product.push_back(n % c.u == 0 || draw(seed, 3, n) % 4 == 0
                                ? std::int16_t{0}
                                : static_cast<std::int16_t>(draw(seed, 4, n)));
    for (unsigned n = 0; n < c.outputs; ++n)
        t.bias.push_back(static_cast<std::int32_t>(draw(seed, 5, n) % 5000) - 2500);
    return t;
}

const Case cases[] = {
    {10, 512, 16, 16, false, true, Digits::popcount},
    {64, 576, 16, 16, false, true, Digits::signed_digit},
    {130, 300, 4, 4, false, false, Digits::popcount},
    {5, 27, 2, 3, false, true, Digits::popcount},
    {300, 50, 1, 2, false, false, Digits::signed_digit},
    {70, 1153, 64, 64, false, true, Digits::popcount},
    {65, 784, 33, 7, false, false, Digits::signed_digit},
    {12, 100, 5, 9, true, true, Digits::popcount},
    {3, 4608, 2, 2, false, false, Digits::popcount},
    {1, 1, 8, 8, false, true, Digits::popcount},
};

using RnaLayerLevels = imc::test::SimdLevels;

TEST_P(RnaLayerLevels, SumsAndCountsEqualTheHistogramOfEveryNeuron)
{
    std::uint64_t seed = 100;
    for (const Case& c : cases) {
        const auto tables = random_layer(++seed, c);
        const RnaLayer layer(tables);
        const std::size_t positions = 19;  // more than one batch
        std::vector<std::uint8_t> inputs;
        for (std::size_t n = 0; n < positions * c.fan_in; ++n)
            inputs.push_back(
                static_cast<std::uint8_t>(draw(seed, 6, n) % c.u * (draw(seed, 7, n) % 2)));
        std::vector<std::int32_t> sums(positions * c.outputs), sums_only(sums.size());
        std::vector<std::uint16_t> nonzero(sums.size()), addends(sums.size());
        layer.sums_and_counts(inputs.data(), positions, sums.data(), nonzero.data(),
                              addends.data());
        layer.sums(inputs.data(), positions, sums_only.data());
        EXPECT_EQ(sums, sums_only);
        for (std::size_t p = 0; p < positions; ++p)
            for (unsigned o = 0; o < c.outputs; ++o) {
                const auto expected = imc::cam::run_neuron(tables, o, inputs.data() + p * c.fan_in);
                const std::size_t n = p * c.outputs + o;
                ASSERT_EQ(sums[n], expected.sum) << "case " << seed - 101 << " output " << o;
                ASSERT_EQ(nonzero[n], expected.nonzero) << "case " << seed - 101 << " output " << o;
                ASSERT_EQ(addends[n], expected.addends) << "case " << seed - 101 << " output " << o;
                ASSERT_EQ(layer.largest_group()[o], expected.largest_group);
            }
    }
}

TEST_P(RnaLayerLevels, InputCodesOutsideTheCodebookAreRefused)
{
    const RnaLayer layer(random_layer(1, {4, 10, 4, 4, false, true, Digits::popcount}));
    const std::uint8_t inputs[10] = {0, 1, 2, 3, 4};
    std::int32_t sums[4];
    EXPECT_THROW(layer.sums(inputs, 1, sums), imc::InputError);
}

INSTANTIATE_TEST_SUITE_P(Levels, RnaLayerLevels,
                         testing::Values(SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512),
                         [](const auto& info) { return std::string(imc::to_string(info.param)); });

}  // namespace
