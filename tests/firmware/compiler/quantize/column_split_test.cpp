// SPDX-License-Identifier: Apache-2.0
/// Positive and negative arrays after training: ColumnQuant's option 2 (columnquant.md section 2).
#include "common/error.h"
#include "compiler/quantize/column.h"

#include <gtest/gtest.h>

#include <cmath>

namespace imc::compiler {
namespace {

/// Two outputs of 16 weights: all magnitudes 0 .. 15, the even ones positive in steps of 0.1, the
/// odd ones negative in steps of 0.03; the second output has the signs the other way round.
class SplitPolarity : public testing::Test {
protected:
    SplitPolarity()
    {
        for (const int flip : {1, -1})
            for (int i = 0; i < 16; ++i) {
                const bool positive = (i % 2 == 0) == (flip == 1);
                weights.push_back(static_cast<float>(positive ? 0.1 * i : -0.03 * i));
            }
        layer.out = 2;
        layer.channels = 16;
        layer.kernel = 1;
        layer.weights = &weights;
        options.weight_bits = 4;
        options.activation_bits = 4;
        options.column.array_rows = 16;
        options.column.split_polarity = true;
        options.column.adc_bits = 8;
    }
    std::vector<float> weights;
    ColumnLayer layer;
    QuantOptions options;
};

TEST_F(SplitPolarity, EachSignHasAllCodesAndAScaleOfItsOwn)
{
    const ColumnCodes codes = quantize_column_weights(layer, options);
    ASSERT_EQ(codes.scale.size(), 4u);
    // Largest positive weight of output 0 is 1.4 = 14 x 0.1: the search begins at 1.4 / 15.
    for (unsigned o = 0; o < 2; ++o) {
        double error = 0.0, power = 0.0;
        int most = 0;
        for (unsigned i = 0; i < 16; ++i) {
            const int code = codes.codes[o * 16 + i];
            const double w = weights[o * 16 + i];
            EXPECT_TRUE(w == 0.0 || (code < 0) == (w < 0) || code == 0);
            const double scale = codes.scale_of(code < 0 ? 1 : 0, 0, o, 2);
            error += std::pow(code * scale - w, 2);
            power += w * w;
            most = std::max(most, std::abs(code));
        }
        EXPECT_GT(most, 8);  // beyond what a signed code of 4 bits has
        // Uniform error over a step of 1.5 / 15 or less: variance step^2 / 12 at most.
        EXPECT_LT(error, 16 * 0.1 * 0.1 / 12);
        EXPECT_NEAR(codes.scale_of(0, 0, o, 2), 0.1, 0.011);
        EXPECT_NEAR(codes.scale_of(1, 0, o, 2), 0.03, 0.0033);
    }
    options.column.split_polarity = false;
    EXPECT_EQ(quantize_column_weights(layer, options).scale.size(), 2u);
}

TEST_F(SplitPolarity, WordsOfConversionsCarryTheScaleOfTheirPolarity)
{
    const ColumnCodes codes = quantize_column_weights(layer, options);
    const ColumnSteps steps{std::vector<double>(8, 1.0), std::vector<double>(8, 0.0)};
    double unit = 0.0;
    const QColumn column = column_words(layer, codes, steps, 0.5, options, unit);
    ASSERT_EQ(column.adc.size(), 8u);  // polarities x slices x outputs
    for (unsigned p = 0; p < 2; ++p)
        for (unsigned s = 0; s < 2; ++s)
            for (unsigned o = 0; o < 2; ++o)
                EXPECT_NEAR(column.adc[(p * 2 + s) * 2 + o].scale * unit,
                            0.5 * codes.scale_of(p, 0, o, 2), unit);
}

TEST_F(SplitPolarity, SixteenBitMagnitudesAreRefused)
{
    options.weight_bits = 16;
    EXPECT_THROW(quantize_column_weights(layer, options), InputError);
}

}  // namespace
}  // namespace imc::compiler
