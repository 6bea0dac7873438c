// SPDX-License-Identifier: Apache-2.0
/// Bit-serial path == integer path == plain loops, over shapes, strides, pads, groups, bit-widths,
/// cell bits, OU sizes and sign modes; clipping conversions against a read-by-read twin.
#include "crossbar/kernel/programmed_array.h"

#include <gtest/gtest.h>

#include <random>

#include "models/crossbar/naive_conv.h"
#include "models/crossbar/naive_reads.h"
#include "support/simd_levels.h"

namespace {

using namespace imc::crossbar;
using imc::SimdLevel;
using imc::test::NaiveReads;
using imc::test::Problem;

struct Result {
    std::vector<std::int64_t> acc;
    ReadCounts counts;
    bool lossless;
};

Result run(const Problem& problem, const Config& config, const LayerWeights& extra)
{
    LayerWeights weights = extra;
    weights.codes = problem.weights.data();
    ProgrammedArray array(config, problem.shape, problem.format, weights);
    Result result{std::vector<std::int64_t>(static_cast<std::size_t>(problem.shape.out_channels) *
                                            problem.shape.out_width),
                  {},
                  array.lossless()};
    const auto rows = problem.row_pointers();
    result.counts = array.run_row(rows.data(), problem.pad_code, result.acc.data());
    return result;
}

Config random_config(std::mt19937& random)
{
    const auto pick = [&](int low, int high) {
        return static_cast<unsigned>(std::uniform_int_distribution<int>(low, high)(random));
    };
    Config config;
    config.cell_bits = pick(1, 4);
    config.dac_bits = pick(1, 8);
    const unsigned heights[] = {2, 4, 9, 16, 31, 32, 33, 64, 128};
    config.ou_rows = heights[pick(0, 8)];
    config.ou_columns = 1u << pick(0, 5);
    config.activation = pick(0, 3) == 0 ? Activation::full_array : Activation::operation_unit;
    config.sign = static_cast<SignMode>(pick(0, 2));
    return config;
}

using ArrayLevels = imc::test::SimdLevels;

TEST_P(ArrayLevels, BitSerialEqualsIntegerEqualsNaive)
{
    std::mt19937 random(2);
    for (int trial = 0; trial < 150; ++trial) {
        const Problem problem = Problem::random(random, 12);
        Config config = random_config(random);
        config.adc_lossless = true;
        LayerWeights weights;
        weights.planes = problem.weight_bits;
        const auto expected = problem.naive();
        config.path = Path::integer;
        const Result integer = run(problem, config, weights);
        config.path = Path::bit_serial;
        const Result serial = run(problem, config, weights);
        ASSERT_EQ(integer.acc, expected) << trial << ": " << problem.describe();
        ASSERT_EQ(serial.acc, expected) << trial << ": " << problem.describe();
        ASSERT_EQ(serial.counts.clipped, 0u);
        ASSERT_EQ(serial.counts.conversions, integer.counts.conversions);
    }
}

TEST_P(ArrayLevels, ClippingConversionsEqualTheReadByReadTwin)
{
    std::mt19937 random(3);
    std::uint64_t clipped = 0;
    for (int trial = 0; trial < 100; ++trial) {
        Problem problem = Problem::random(random, 8);
        problem.shape.out_channels =
            problem.shape.groups * std::min(problem.shape.outputs_per_group(), 9);
        problem.shape.out_width = std::min(problem.shape.out_width, 20);
        problem.weights.resize(static_cast<std::size_t>(problem.shape.out_channels) *
                               problem.shape.k());
        Config config = random_config(random);
        const double bits[] = {1, 1.5, 2, 3, 4, 6, 8};
        config.adc_bits = bits[std::uniform_int_distribution<int>(0, 6)(random)];
        config.path = Path::bit_serial;
        LayerWeights weights;
        weights.planes = problem.weight_bits;
        NaiveReads twin{problem, config, problem.weight_bits};
        const auto expected = twin.run();
        const Result result = run(problem, config, weights);
        ASSERT_EQ(result.acc, expected) << trial << ": " << problem.describe();
        ASSERT_EQ(result.counts.clipped, twin.clipped) << trial;
        ASSERT_TRUE(!result.lossless || twin.clipped == 0);
        clipped += twin.clipped;
    }
    EXPECT_GT(clipped, 1000u);  // the comparison did see clipping
}

INSTANTIATE_TEST_SUITE_P(Simd, ArrayLevels,
                         testing::Values(SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512),
                         [](const auto& info) { return std::string(imc::to_string(info.param)); });

/// A problem of one position, all inputs and weights at their extremes.
Problem extreme(int k, int outputs, std::int16_t weight, std::int32_t code, int bits)
{
    Problem problem;
    problem.shape.in_channels = k;
    problem.shape.out_channels = outputs;
    problem.format = {bits, false};
    problem.weights.assign(static_cast<std::size_t>(k) * outputs, weight);
    problem.input = {std::vector<std::int32_t>(k, code)};
    return problem;
}

TEST(OperationUnit, SignPlusFourBitMagnitudeNeverClipsNineRows)  // bwq.md 5.7, check 3
{
    Config config;  // 9 x 8, 1-bit cells and DAC, 4-bit ADC, diff_analog
    LayerWeights weights;
    weights.planes = 8;
    for (const std::int16_t w : {255, -255}) {
        const Problem problem = extreme(90, 16, w, 15, 4);
        config.path = Path::bit_serial;
        const Result result = run(problem, config, weights);
        EXPECT_TRUE(result.lossless);
        EXPECT_EQ(result.acc, problem.naive());
    }
    config.adc_bits = 3;
    EXPECT_FALSE(run(extreme(90, 16, 255, 15, 4), config, weights).lossless);
}

TEST(OperationUnit, Figure6TakesSixActivationsAndSpareUnitsNone)  // bwq.md 2.21
{
    Config config;
    config.rows = config.columns = 4;
    config.ou_rows = config.ou_columns = 2;
    Problem problem = extreme(4, 2, 0, 3, 2);
    problem.weights = {3, 1, 1, 0, 2, 0, 0, 1};  // rows 0-1: two planes, rows 2-3: one plane
    const std::uint8_t planes[] = {2, 1};
    LayerWeights weights;
    weights.block_planes = planes;
    weights.block_count = 2;
    const Result result = run(problem, config, weights);
    EXPECT_EQ(result.counts.reads, 6u);
    EXPECT_EQ(result.counts.conversions, 12u);
    EXPECT_EQ(result.counts.wordline_drives, 12u);
    EXPECT_EQ(result.acc, problem.naive());
}

TEST(OperationUnit, EmptyBlocksCostNoReads)
{
    Config config;
    const Problem problem = extreme(18, 8, 0, 1, 3);
    const std::uint8_t planes[] = {0, 0};
    LayerWeights weights;
    weights.block_planes = planes;
    weights.block_count = 2;
    const ReadCounts counts = run(problem, config, weights).counts;
    EXPECT_EQ(counts.reads, 0u);
    EXPECT_EQ(counts.conversions, 0u);
    EXPECT_EQ(counts.table_lookups, 3u * 2u);  // the table is walked in every input cycle
}

TEST(OperationUnit, DigitalSubtractionConvertsTwice)
{
    Config config;
    LayerWeights weights;
    weights.planes = 8;
    const Problem problem = extreme(18, 8, 5, 3, 4);
    const auto analog = run(problem, config, weights).counts;
    config.sign = SignMode::diff_digital;
    const auto digital = run(problem, config, weights).counts;
    EXPECT_EQ(digital.conversions, 2 * analog.conversions);
    EXPECT_EQ(digital.reads, analog.reads);
    EXPECT_EQ(analog.reads, 4u * 8 * 2);  // A * planes * V
}

TEST(OperationUnit, GatedWordlinesCountDigitsThatAreNotZero)
{
    Config config;
    config.gate_zero_inputs = true;
    Problem problem = extreme(11, 8, 1, 0, 4);
    problem.format.is_signed = true;
    problem.input = {{0, 1, 5, 7, -8, -1, 0, 2, 3, 0,
                      6}};  // 0 1 2 3 1 4 0 1 2 | 0 2 bits set: 14 in the first block, 2 behind
    const std::uint8_t planes[] = {1, 3};
    LayerWeights weights;
    weights.block_planes = planes;
    weights.block_count = 2;
    for (const Path path : {Path::integer, Path::bit_serial}) {
        config.path = path;
        const Result result = run(problem, config, weights);
        EXPECT_EQ(result.counts.wordline_drives, 14u * 1 + 2u * 3);
        EXPECT_EQ(result.acc, problem.naive());
    }
    config.gate_zero_inputs = false;
    EXPECT_EQ(run(problem, config, weights).counts.wordline_drives, 4u * (9 * 1 + 2 * 3));
}

TEST(Isaac, FlippedColumnsSaveOneAdcBit)  // ISCA 2016, section 5: 128 rows of 2-bit cells need 8
                                          // instead of 9 bits
{
    Config config;
    config.activation = Activation::full_array;
    config.cell_bits = 2;
    config.adc_bits = 8;
    config.sign = SignMode::offset;
    config.path = Path::bit_serial;
    LayerWeights weights;
    weights.planes = 16;
    for (const std::int16_t w : {32767, -32768, -1, 12345}) {
        const Problem problem = extreme(256, 3, w, 65535, 16);
        const Result result = run(problem, config, weights);
        EXPECT_TRUE(result.lossless);
        EXPECT_EQ(result.acc, problem.naive());
        EXPECT_EQ(result.counts.reads, 16u * 8 * 2);
    }
    config.sign = SignMode::diff_analog;
    EXPECT_FALSE(run(extreme(256, 3, 32767, 65535, 16), config, weights).lossless);
}

TEST(ProgrammedArray, RefusesWhatCannotBe)
{
    Config config;
    LayerWeights weights;
    weights.planes = 3;
    EXPECT_THROW(run(extreme(9, 8, 8, 1, 4), config, weights),
                 imc::InputError);  // 8 needs four planes
    weights.planes = 8;
    config.adc_bits = 2;
    config.path = Path::integer;
    EXPECT_THROW(run(extreme(9, 8, 8, 1, 4), config, weights),
                 imc::InputError);  // would hide clipping
    config = Config{};
    config.sign = SignMode::offset;
    const std::uint8_t planes[] = {2, 1};
    LayerWeights bwq;
    bwq.block_planes = planes;
    bwq.block_count = 2;
    EXPECT_THROW(run(extreme(18, 8, 0, 1, 4), config, bwq), imc::InputError);
    bwq.block_count = 1;
    EXPECT_THROW(run(extreme(18, 8, 0, 1, 4), Config{}, bwq), imc::InputError);
}

}  // namespace
