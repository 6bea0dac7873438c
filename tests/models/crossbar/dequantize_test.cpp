// SPDX-License-Identifier: Apache-2.0
/// What dequantisation takes at each granularity, counted by hand (columnquant.md 4.2 to 4.5).
#include "crossbar/cost/dequantize.h"

#include "common/error.h"
#include "crossbar/cost/mapping.h"
#include "crossbar/cost/tile_area.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace imc::crossbar;

/// Two slices of 2-bit cells, three tiles, 64 outputs: one array of 128 bitlines a tile.
ColumnForm form()
{
    ColumnForm form;
    form.slices = 2;
    form.tiles = 3;
    form.outputs = 64;
    return form;
}

Config eight_converters()
{
    Config config;
    config.activation = Activation::full_array;
    config.adcs_per_array = 8;
    return config;
}

/// Words and references that differ by plane, tile and output as asked.
DequantizeNeeds needs(const ColumnForm& form, bool by_plane, bool by_tile, bool by_output,
                      const Config& config = eight_converters())
{
    std::vector<imc_column_adc> adc;
    for (unsigned p = 0; p < form.polarities * form.slices; ++p)
        for (unsigned t = 0; t < form.tiles; ++t)
            for (unsigned o = 0; o < form.outputs; ++o) {
                const double step = 1.0 + p * by_plane + 10.0 * t * by_tile + 100.0 * o * by_output;
                adc.push_back({step, step, 0, 0});
            }
    return dequantize_needs(form, adc.data(), adc.size(), config);
}

TEST(Dequantize, OneWordALayerIsOneMultiplicationAnOutput)
{
    const auto n = needs(form(), false, false, false);
    EXPECT_EQ(n.sharing, WordSharing::output);
    EXPECT_EQ(n.multiplies, 64u);
    EXPECT_EQ(n.operand_bits, 4u + 2u + 2u);  // code, shift by a 2-bit cell, three tiles
    EXPECT_EQ(n.scale_words, 1u);
    EXPECT_EQ(n.reference_words, 1u);
    EXPECT_EQ(n.reference_updates, 0u);
    EXPECT_EQ(n.conversions, 2u * 3 * 64);
}

TEST(Dequantize, WordsOfATileMultiplyItsSlicesTogether)
{
    const auto n = needs(form(), false, true, true);
    EXPECT_EQ(n.sharing, WordSharing::tile);
    EXPECT_EQ(n.multiplies, 3u * 64);  // T x O
    EXPECT_EQ(n.operand_bits, 6u);
    EXPECT_EQ(n.scale_words, 3u * 64);
}

TEST(Dequantize, StepsByArrayAndSliceMultiplyEveryCode)
{
    const auto n = needs(form(), true, true, false);
    EXPECT_EQ(n.multiplies, 2u * 3 * 64);
    EXPECT_EQ(n.operand_bits, 4u);
    EXPECT_EQ(n.scale_words, 2u * 3);
    EXPECT_EQ(n.reference_words, 2u * 3);
    EXPECT_EQ(n.reference_updates, 3u * 8 * 2);  // every converter from slice to slice
}

TEST(Dequantize, ColumnsHaveAWordAndAReferenceEach)
{
    const auto n = needs(form(), true, true, true);
    EXPECT_EQ(n.sharing, WordSharing::conversion);
    EXPECT_EQ(n.multiplies, 384u);  // S x T x O
    EXPECT_EQ(n.scale_words, 384u);
    EXPECT_EQ(n.reference_fetches, 384u);
    EXPECT_EQ(n.reference_updates, 384u);
    Config own = eight_converters();
    own.adcs_per_array = 128;  // a converter a bitline keeps its reference
    EXPECT_EQ(needs(form(), true, true, true, own).reference_updates, 0u);
}

TEST(Dequantize, InputBitsAreSummedBeforeTheMultiplication)
{
    ColumnForm serial = form();
    serial.input_cycles = 4;
    serial.cycle_bits = 3;
    const auto n = needs(serial, true, true, true);
    EXPECT_EQ(n.conversions, 4u * 384);
    EXPECT_EQ(n.multiplies, 384u);
    EXPECT_EQ(n.operand_bits, 7u);
    EXPECT_EQ(n.reference_updates, 4u * 384);
}

TEST(Dequantize, TernaryCodesAreTwoBitsAndAWrongCountIsRefused)
{
    ColumnForm ternary = form();
    ternary.adc_bits = 1.5;
    EXPECT_EQ(needs(ternary, true, true, true).operand_bits, 2u);
    const imc_column_adc one{1.0, 1.0, 0, 0};
    EXPECT_THROW(dequantize_needs(form(), &one, 1, eight_converters()), imc::InputError);
}

TEST(Dequantize, AreaIsWordsMultipliersAndReferences)
{
    imc::Technology t;
    t.set("dequantize.word_bits", {16, "bit", "test"});
    t.set("dequantize.reference_bits", {8, "bit", "test"});
    t.set("dequantize.word_bit_mm2", {1, "mm2", "test"});
    t.set("dequantize.multiplier_bit_mm2", {0, "mm2", "test"});
    t.set("dequantize.reference_mm2", {0, "mm2", "test"});
    const Config config = eight_converters();
    const auto n = needs(form(), true, true, true);
    EXPECT_DOUBLE_EQ(dequantize_mm2(n, form(), config, t), 384.0 * (16 + 8));
    t.set("dequantize.word_bit_mm2", {0, "mm2", "test"});
    t.set("dequantize.multiplier_bit_mm2", {1, "mm2", "test"});
    // Three arrays of eight converters, a 4 x 16 bit multiplier behind each.
    EXPECT_DOUBLE_EQ(dequantize_mm2(n, form(), config, t), 24.0 * 4 * 16);
    // Six codes are added before a multiplication: a sixth of the multipliers.
    EXPECT_DOUBLE_EQ(dequantize_mm2(needs(form(), false, false, false), form(), config, t),
                     4.0 * 8 * 16);
}

TEST(ConversionTime, GrowsWithTheBitsOfASuccessiveApproximation)
{
    Config config = eight_converters();
    config.adc_overlapped = false;
    config.adc_gsps = 1.0;
    config.read_ns = 10.0;
    for (const double bits : {1.0, 4.0, 8.0})  // 16 conversions of 1 ns
        EXPECT_DOUBLE_EQ(read_period_ns(config, 1, bits), 26.0);
    config.adc_scaling = imc::adc::Scaling::flash;
    EXPECT_DOUBLE_EQ(read_period_ns(config, 1, 1.0), 26.0);
    config.adc_scaling = imc::adc::Scaling::isaac_sre;  // (b + 2) / 10 of it
    EXPECT_DOUBLE_EQ(read_period_ns(config, 1, 8.0), 26.0);
    EXPECT_DOUBLE_EQ(read_period_ns(config, 1, 3.0), 18.0);
}

TEST(TileArea, ArraysGrowWithTheirCells)
{
    imc::Technology t;
    t.set("crossbar.area_mm2", {2.0, "mm2", "test"});
    Config config = eight_converters();
    config.arrays_per_tile = 3;
    config.sign = SignMode::offset;
    imc::Ledger small, large;
    declare_tile_area(config, t, small);
    EXPECT_DOUBLE_EQ(small.area_mm2(), 6.0);
    config.rows = config.columns = 256;
    declare_tile_area(config, t, large);
    EXPECT_DOUBLE_EQ(large.area_mm2(), 24.0);
}

}  // namespace
