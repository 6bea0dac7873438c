// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/bwq.h"

#include "common/error.h"
#include "common/random.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace {

using namespace imc;
using namespace imc::compiler;

std::vector<float> normal_weights(unsigned n, std::uint64_t key)
{
    std::vector<float> w(n);
    for (unsigned i = 0; i < n; ++i)
        w[i] = static_cast<float>(0.1 * random_normal(key, i));
    return w;
}

/// Largest magnitude of a block by plain loops.
int largest(const WeightCodes& codes, unsigned k, unsigned v, unsigned h)
{
    int most = 0;
    const auto out = static_cast<unsigned>(codes.codes.size() / k);
    for (unsigned o = h * 8; o < std::min(out, h * 8 + 8); ++o)
        for (unsigned i = v * 9; i < std::min(k, v * 9 + 9); ++i)
            most = std::max(most, std::abs(int{codes.codes[o * k + i]}));
    return most;
}

void expect_blocks_hold(const WeightCodes& codes, unsigned k)
{
    const auto& map = *codes.blocks;
    for (unsigned v = 0; v < map.rows; ++v)
        for (unsigned h = 0; h < map.columns; ++h) {
            const int most = largest(codes, k, v, h), bits = map.bits[v * map.columns + h];
            ASSERT_LT(most, 1 << bits) << "a plane that holds ones was dropped";
            ASSERT_GE(bits == 0 ? 0 : most, bits == 0 ? 0 : 1 << (bits - 1))
                << "precision = bits of the largest magnitude";
        }
}

TEST(Bwq, DrawnWeightsFillTheirBlocksAndMeetTheMean)
{
    const std::vector<BwqLayer> layers{{"a", 64, 27, nullptr, true},
                                       {"b", 64, 576, nullptr, false},
                                       {"c", 128, 1152, nullptr, false}};
    QuantOptions options;
    options.weight_bits_mean = 1.5;
    const auto codes = draw_bwq(layers, options);
    double bits = 0, weights = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        expect_blocks_hold(codes[i], layers[i].k);
        bits += codes[i].bits_mean * layers[i].out * layers[i].k;
        weights += static_cast<double>(layers[i].out) * layers[i].k;
    }
    EXPECT_NEAR(bits / weights, 1.5, 0.01);
    EXPECT_GT(codes[1].bits_mean, codes[2].bits_mean);  // large layers keep fewer bits (bwq.md 1.2)
}

TEST(Bwq, PostTrainingReachesTheTargetMeanWithoutDroppingOnes)
{
    const auto a = normal_weights(32 * 27, 1), b = normal_weights(64 * 288, 2);
    const std::vector<BwqLayer> layers{{"a", 32, 27, &a, true}, {"b", 64, 288, &b, false}};
    QuantOptions options;
    for (const double mean : {4.0, 2.0, 1.0}) {
        options.weight_bits_mean = mean;
        const auto codes = quantize_bwq(layers, options);
        expect_blocks_hold(codes[0], 27);
        expect_blocks_hold(codes[1], 288);
        const double got =
            (codes[0].bits_mean * a.size() + codes[1].bits_mean * b.size()) / (a.size() + b.size());
        EXPECT_LE(got, mean + 1e-9);
        EXPECT_GT(got, mean - 0.15);
    }
}

TEST(Bwq, WholeLayersHaveOnePrecisionAndNoMap)  // BSQ, bwq.md 3.12
{
    const std::vector<BwqLayer> layers{{"a", 64, 27, nullptr, true},
                                       {"b", 64, 576, nullptr, false},
                                       {"c", 128, 1152, nullptr, false}};
    QuantOptions options;
    options.whole_layers = true;
    options.weight_bits_mean = 3.0;
    const auto codes = draw_bwq(layers, options);
    EXPECT_EQ(codes[2].blocks, nullptr);
    for (const auto& layer : codes) {
        int most = 0;
        for (const int c : layer.codes)
            most = std::max(most, std::abs(c));
        EXPECT_LT(most, 1 << layer.bits);
        EXPECT_GE(most, 1 << (layer.bits - 1));
    }
    EXPECT_GE(codes[1].bits, codes[2].bits);
}

TEST(Bwq, WithoutATargetCodesAreTheNearestOfTheFinestStep)
{
    const auto a = normal_weights(8 * 9, 3);
    const auto codes = quantize_bwq({{"a", 8, 9, &a, false}}, {});
    for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_NEAR(codes[0].codes[i] * codes[0].scale[0], a[i], 0.5 * codes[0].scale[0] + 1e-7);
}

TEST(Bwq, GivenMapIsObeyedAndABadOneNamesItsLine)
{
    const std::string path = testing::TempDir() + "map.txt";
    std::ofstream(path) << "# two block rows, one column\nlayer a 2 1\n3\n0\n";
    QuantOptions options;
    options.bit_map_file = path;
    const std::vector<BwqLayer> layers{{"a", 8, 18, nullptr, false}};
    const auto codes = draw_bwq(layers, options);
    EXPECT_EQ(codes[0].blocks->bits, (std::vector<std::uint8_t>{3, 0}));
    expect_blocks_hold(codes[0], 18);
    std::ofstream(path) << "layer a 2 1\n3\n9\n";
    try {
        draw_bwq(layers, options);
        FAIL();
    } catch (const InputError& error) {
        EXPECT_NE(std::string(error.what()).find("map.txt:3:"), std::string::npos) << error.what();
    }
}

/// Weights 0.25 x gain[o] x code with a row block of 2 bits and one of 3.
TEST(Bwq, TrainedWeightsComeBackAsTheirCodesUnderFoldedNorms)
{
    const std::string path = testing::TempDir() + "trained_map.txt";
    std::ofstream(path) << "layer a 2 1\n2\n3\n";
    QuantOptions options;
    options.bit_map_file = path;
    std::vector<float> weights;
    std::vector<int> expected;
    for (int o = 0; o < 4; ++o)
        for (int i = 0; i < 18; ++i) {
            const int top = i < 9 ? 3 : 7;
            const int code = i == 9 ? 7 : i == 0 ? 1 : (i * 5 + o) % (2 * top + 1) - top;
            expected.push_back(code);
            weights.push_back(0.25f * (0.3f + 1.1f * static_cast<float>(o)) *
                              static_cast<float>(code));
        }
    const auto given = quantize_bwq_given({{"a", 4, 18, &weights, false}}, options);
    EXPECT_EQ(given[0].codes, std::vector<std::int16_t>(expected.begin(), expected.end()));
    for (int o = 0; o < 4; ++o)
        EXPECT_NEAR(given[0].scale[o], 0.25 * (0.3 + 1.1 * o), 1e-6);
    EXPECT_EQ(given[0].bits, 3u);
    EXPECT_DOUBLE_EQ(given[0].bits_mean, 2.5);  // 9 rows of 2 bits, 9 of 3
}

/// The compiler's own convolution for a slice or pad (ResNet-20's shortcut): training has no map of
/// it.
TEST(Bwq, LayersOfZerosAndOnesNeedNoMap)
{
    const std::string path = testing::TempDir() + "trained_only.txt";
    std::ofstream(path) << "layer a 1 1\n1\n";
    QuantOptions options;
    options.bit_map_file = path;
    const std::vector<float> trained(9, 0.5f);
    std::vector<float> selection(18, 0.0f);
    selection[12] = 1.0f;
    const auto codes =
        quantize_bwq_given({{"a", 1, 9, &trained, true}, {"s", 1, 18, &selection, false}}, options);
    EXPECT_EQ(codes[1].blocks->bits, (std::vector<std::uint8_t>{0, 1}));
    EXPECT_EQ(codes[1].codes, std::vector<std::int16_t>(selection.begin(), selection.end()));
    selection[3] = 0.5f;  // no selection: its map is missing
    EXPECT_THROW(
        quantize_bwq_given({{"a", 1, 9, &trained, true}, {"s", 1, 18, &selection, false}}, options),
        InputError);
}

TEST(Bwq, WeightsOffTheGridAreSaturatedInsideTheirBlocks)
{
    const std::string path = testing::TempDir() + "off_grid_map.txt";
    std::ofstream(path) << "layer a 2 1\n4\n0\n";
    QuantOptions options;
    options.bit_map_file = path;
    const auto weights = normal_weights(8 * 18, 4);
    const auto codes = quantize_bwq_given({{"a", 8, 18, &weights, false}}, options);
    for (std::size_t i = 0; i < weights.size(); ++i)
        EXPECT_LE(std::abs(int{codes[0].codes[i]}), i % 18 < 9 ? 15 : 0);
    EXPECT_EQ(codes[0].blocks->bits, (std::vector<std::uint8_t>{4, 0}));
}

}  // namespace
