// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_layer.h"

#include "compiler/quantize/unary_table.h"

#include "cam/kernel/code_ops.h"
#include "cam/kernel/rna_layer.h"
#include "common/error.h"
#include "common/random.h"
#include "compiler/quantize/codebook_search.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace imc::compiler;
namespace cam = imc::cam;

FloatLayer random_layer(unsigned outputs, unsigned fan_in)
{
    FloatLayer layer;
    layer.outputs = outputs;
    layer.fan_in = fan_in;
    for (std::size_t n = 0; n < std::size_t{outputs} * fan_in; ++n)
        layer.weights.push_back(static_cast<float>(imc::random_normal(imc::random_key(5, 1), n)) /
                                10.0f);
    for (unsigned n = 0; n < outputs; ++n)
        layer.bias.push_back(static_cast<float>(imc::random_normal(imc::random_key(5, 2), n)));
    return layer;
}

std::vector<float> relu_inputs(std::size_t count)
{
    std::vector<float> inputs;
    for (std::size_t n = 0; n < count; ++n)
        inputs.push_back(
            static_cast<float>(std::max(0.0, imc::random_normal(imc::random_key(6, 1), n))));
    return inputs;
}

TEST(ComposeLayer, IntegerSumsFollowTheRealSumsOfTheCentroids)
{
    const auto layer = random_layer(20, 300);
    const auto inputs = relu_inputs(300);
    for (const bool per_channel : {false, true})
        for (const bool tree : {false, true})
            for (const unsigned bits : {8u, 16u}) {
                const auto book = make_codebook(inputs, {16, true});
                const auto composed = compose_layer(layer, book, {16, per_channel, tree, bits});
                std::vector<std::uint8_t> codes(inputs.size());
                book.encode(inputs.data(), inputs.size(), codes.data());
                std::vector<std::int32_t> sums(20);
                cam::RnaLayer(composed.tables).sums(codes.data(), 1, sums.data());
                for (unsigned o = 0; o < 20; ++o) {
                    double real = layer.bias[o];
                    const auto& weights = composed.weight_codebooks[per_channel ? o : 0];
                    for (unsigned k = 0; k < 300; ++k)
                        real +=
                            weights.centroid[weights.encode(double{layer.weights[o * 300 + k]})] *
                            book.centroid[codes[k]];
                    // Every product and the bias are rounded by at most half a unit.
                    EXPECT_LE(std::abs(sums[o] / composed.sum_scale - real),
                              0.5 * 301 / composed.sum_scale);
                }
                std::int32_t largest = 0;
                for (const auto p : composed.tables.product)
                    largest = std::max<std::int32_t>(largest, std::abs(p));
                EXPECT_EQ(largest, (1 << (bits - 1)) - 1);  // S uses all of the product bits
            }
}

TEST(ComposeLayer, LargeBiasLowersTheScaleInsteadOfOverflowing)
{
    auto layer = random_layer(2, 10);
    layer.bias[0] = 1e8f;
    const auto composed = compose_layer(layer, Codebook{{0.0, 0.001}}, {4, false, false, 16});
    EXPECT_NEAR(composed.tables.bias[0] / composed.sum_scale, 1e8, 1.0);
}

TEST(ComposeLayer, BadInputIsRefused)
{
    auto layer = random_layer(2, 10);
    const Codebook book{{0.0, 1.0}};
    EXPECT_THROW(compose_layer(layer, book, {12, false, true, 16}), imc::InputError);
    EXPECT_THROW(compose_layer(layer, book, {16, false, false, 17}), imc::InputError);
    EXPECT_THROW(compose_layer(layer, Codebook{}, {}), imc::InputError);
    layer.bias.pop_back();
    EXPECT_THROW(compose_layer(layer, book, {}), imc::InputError);
}

TEST(ComposeLayer, BiasTakesUpTheMeanErrorOfClusteredWeightsAndInputs)
{
    FloatLayer layer;
    layer.outputs = 2;
    layer.fan_in = 3;
    layer.weights = {0.0f, 0.2f, 1.0f, 1.0f, 0.1f, 0.0f};  // two centroids: 0.075 and 1
    layer.bias = {0.5f, 0.5f};
    layer.input_mean = layer.coded_mean = {1.0, 2.0, 3.0};
    auto composed = compose_layer(layer, Codebook{{0.0, 1.0}}, {2, false, false, 16});
    // (0 - 0.075) 1 + (0.2 - 0.075) 2 = 0.175; (0.1 - 0.075) 2 + (0 - 0.075) 3 = -0.175
    EXPECT_NEAR(composed.tables.bias[0] / composed.sum_scale, 0.675, 1e-4);
    EXPECT_NEAR(composed.tables.bias[1] / composed.sum_scale, 0.325, 1e-4);
    // Inputs whose codes read 0.5 more on average: less the clustered weights' 1.15 x 0.5 each.
    layer.coded_mean = {1.5, 2.5, 3.5};
    composed = compose_layer(layer, Codebook{{0.0, 1.0}}, {2, false, false, 16});
    EXPECT_NEAR(composed.tables.bias[0] / composed.sum_scale, 0.675 - 0.575, 1e-4);
    layer.coded_mean = {1.5};
    EXPECT_THROW(compose_layer(layer, Codebook{{0.0, 1.0}}, {2, false, false, 16}),
                 imc::InputError);
}

std::function<double(double)> function_of(Unary unary)
{
    return [=](double x) { return unary_value({unary}, x); };
}

/// Largest error of a table against the function over its range.
double largest_error(const ActivationOptions& options)
{
    const double scale = 1e6;
    const auto tables = make_output_tables(scale, options, nullptr);
    cam::OutputStage activation;
    activation.activation = cam::NearestTable(tables.activation_key);
    activation.activation_value = tables.activation_value;
    double largest = 0;
    for (int n = 0; n <= 20000; ++n) {
        const double x = options.low + (options.high - options.low) * n / 20000.0;
        auto value = static_cast<std::int32_t>(std::lround(x * scale));
        activation.run(&value, 1);
        largest = std::max(largest, std::abs(value / tables.value_scale - options.function(x)));
    }
    return largest;
}

TEST(ActivationTable, SigmoidErrorsOfTheReference)  // rapidnn.md section 7
{
    const struct {
        unsigned rows;
        double uniform, slope;
    } reference[] = {{16, 0.123, 0.039}, {32, 0.062, 0.0196}, {64, 0.031, 0.0098}};
    for (const auto& r : reference) {
        EXPECT_NEAR(largest_error({function_of(Unary::sigmoid), r.rows, Placement::uniform, -8, 8}),
                    r.uniform, 1e-3);
        EXPECT_NEAR(largest_error({function_of(Unary::sigmoid), r.rows, Placement::slope, -8, 8}),
                    r.slope, 1e-3);
    }
}

TEST(ActivationTable, SlopeAwareRowsHelpEveryFunction)
{
    for (const auto& function :
         {function_of(Unary::sigmoid), function_of(Unary::tanh), function_of(Unary::exp)})
        EXPECT_LT(largest_error({function, 64, Placement::slope, -8, 2}),
                  largest_error({function, 64, Placement::uniform, -8, 2}));
    EXPECT_LT(largest_error({function_of(Unary::gelu), 64, Placement::slope, -4, 4}),
              0.06);  // not monotone, so dense twice
}

TEST(OutputTables, ReluIsASignTestAndCodesAreThoseOfTheNextCodebook)
{
    const Codebook next{{0.0, 0.5, 1.5}};
    const auto tables = make_output_tables(100.0, {{}, 64, Placement::slope, -8, 8, true}, &next);
    EXPECT_TRUE(tables.relu);
    EXPECT_TRUE(tables.activation_key.empty());
    EXPECT_EQ(tables.encode_key, (std::vector<std::int32_t>{0, 50, 150}));
}

TEST(DecodeTables, ShareOneScaleOfSixteenBits)
{
    const auto tables = make_decode_tables({Codebook{{-2.0, 1.0}}, Codebook{{0.0, 4.0}}});
    EXPECT_EQ(tables.values[1][1], 32767);
    EXPECT_EQ(tables.values[0][0], -16384);  // -2 / 4 x 32767 = -16383.5, half to even
}

TEST(ErrorLoop,
     ChoosesTheSmallestTablesWithinTheBound)  // the reference's own table, section 7, in percent
{
    const auto loss = [](unsigned w, unsigned u) {
        if (w == 4) return u == 4 ? 1.55 : 1.25;
        if (w == 8) return u == 4 ? 0.60 : u == 8 ? 0.25 : 0.10;
        return u == 4 ? 0.35 : 0.20;
    };
    const auto choice = choose_sizes(0.0, 0.3, {4, 8, 16}, loss);
    EXPECT_TRUE(choice.reached);
    EXPECT_EQ(choice.weight_entries, 8u);
    EXPECT_EQ(choice.input_entries, 8u);
    EXPECT_FALSE(choose_sizes(0.0, 0.01, {4, 8, 16}, loss).reached);
}

}  // namespace
