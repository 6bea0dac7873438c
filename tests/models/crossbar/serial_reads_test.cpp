// SPDX-License-Identifier: Apache-2.0
/// Noisy reads of plain layers one bit at a time: codes against the general loops where nothing is
/// drawn in a read, exact distributions where something is.
#include "crossbar/kernel/serial_reads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "common/random.h"
#include "crossbar/kernel/analog_array.h"
#include "models/crossbar/naive_conv.h"
#include "support/simd_levels.h"

namespace {

using namespace imc::crossbar;
using imc::SimdLevel;
using imc::test::Problem;

/// A plain layer: a random problem, converters of step one.
struct Layer {
    Problem problem;
    AnalogSpec spec;
    std::vector<std::uint8_t> planes;

    explicit Layer(std::mt19937& random) : problem(Problem::random(random, 8))
    {
        spec.cell_bits = 1 + static_cast<int>(random() % 3);
        spec.slices = (problem.weight_bits - 1 + spec.cell_bits - 1) / spec.cell_bits;
        spec.coding = random() % 2 == 0 ? SliceCoding::signed_digits : SliceCoding::split_polarity;
        spec.dac_bits = 1;
        spec.bipolar_inputs = false;
        const int rows[] = {9, 32, 50, 128, 256};
        spec.read_rows = rows[random() % 5];
        const bool pair = spec.coding == SliceCoding::signed_digits;
        const int high = random() % 2 == 0 ? 7 : (1 << 23) - 2;
        spec.range = {pair ? -high : 0, high};
        if (random() % 3 == 0) leave_out_blocks(random);
    }

    /// Every third block of eight outputs lacks its planes.
    void leave_out_blocks(std::mt19937& random)
    {
        constexpr int columns = 8;
        const auto& s = problem.shape;
        const int tiles = (s.k() + spec.read_rows - 1) / spec.read_rows;
        const int across = (s.outputs_per_group() + columns - 1) / columns;
        for (int b = 0; b < s.groups * tiles * across; ++b)
            planes.push_back(
                static_cast<std::uint8_t>(random() % 3 == 0 ? 0 : spec.slices * spec.cell_bits));
        for (int o = 0; o < s.out_channels; ++o)
            for (int k = 0; k < s.k(); ++k) {
                const int group = o / s.outputs_per_group(), column = o % s.outputs_per_group();
                const int block = (group * tiles + k / spec.read_rows) * across + column / columns;
                if (planes[block] == 0)
                    problem.weights[static_cast<std::size_t>(o) * s.k() + k] = 0;
            }
        spec.blocks.emplace(s, spec.read_rows, columns, planes.data(), planes.size());
    }

    struct Result {
        std::vector<std::int64_t> acc;
        std::uint64_t clipped = 0;
        bool operator==(const Result& o) const { return acc == o.acc && clipped == o.clipped; }
    };
    Result run(bool serial, std::uint64_t key = 0) const
    {
        AnalogSpec s = spec;
        s.serial = serial;
        const int tiles = (problem.shape.k() + spec.read_rows - 1) / spec.read_rows;
        const std::vector<imc_column_adc> adc(static_cast<std::size_t>(spec.polarities()) *
                                                  spec.slices * tiles * problem.shape.out_channels,
                                              imc_column_adc{1.0, 1.0, 0, 0});
        AnalogArray array(s, problem.shape, problem.format, problem.weights.data(), adc.data(),
                          adc.size());
        Result result;
        result.acc.resize(static_cast<std::size_t>(problem.shape.out_channels) *
                          problem.shape.out_width);
        result.clipped =
            array.run_row(problem.row_pointers().data(), problem.pad_code, key, result.acc.data())
                .clipped;
        return result;
    }
};

using SerialLevels = imc::test::SimdLevels;

TEST_P(SerialLevels, RealCellsGiveTheCodesOfTheGeneralLoops)
{
    std::mt19937 random(21);
    std::uint64_t clipped = 0;
    for (int trial = 0; trial < 60; ++trial) {
        Layer layer(random);
        layer.spec.device.device_sigma = 0.2;
        layer.spec.device.on_off_ratio = trial % 2 == 0 ? 0.0 : 15.0;
        layer.spec.device.stuck_on = 0.02;
        const auto ours = layer.run(true);
        ASSERT_EQ(ours, layer.run(false)) << trial << ": " << layer.problem.describe();
        clipped += ours.clipped;
    }
    EXPECT_GT(clipped, 1000u);
}

/// Slices in which no weight has a digit conduct next to nothing: codes of 0, from fixed point of
/// more than 32 fraction bits.
TEST_P(SerialLevels, SlicesWithoutDigitsGiveTheCodesOfTheGeneralLoops)
{
    std::mt19937 random(24);
    for (int trial = 0; trial < 40; ++trial) {
        Layer layer(random);
        for (auto& weight : layer.problem.weights)
            weight = static_cast<std::int16_t>(weight % 2);
        layer.spec.device.on_off_ratio = trial % 2 == 0 ? 1e3 : 1e7;
        (trial % 4 < 2 ? layer.spec.device.wire_resistance : layer.spec.device.device_sigma) = 1e-5;
        if (trial % 3 == 0) layer.spec.device.adc_sigma = 1e-9;
        ASSERT_EQ(layer.run(true), layer.run(false)) << trial << ": " << layer.problem.describe();
    }
}

TEST_P(SerialLevels, NoiseThatVanishesGivesTheCodesOfQuietCells)
{
    std::mt19937 random(22);
    for (int trial = 0; trial < 60; ++trial) {
        Layer layer(random);
        (trial % 2 == 0 ? layer.spec.device.adc_sigma : layer.spec.device.read_sigma) = 1e-9;
        const auto ours = layer.run(true);
        layer.spec.device = {};
        ASSERT_EQ(ours, layer.run(false)) << trial << ": " << layer.problem.describe();
    }
}

TEST_P(SerialLevels, NoiseIsTheSameAtEveryLevelAndInEveryOrder)
{
    std::mt19937 random(23);
    for (int trial = 0; trial < 40; ++trial) {
        Layer layer(random);
        imc::crossbar::DeviceConfig& device = layer.spec.device;
        if (trial % 2 == 0) device.device_sigma = 0.1;
        if (trial % 3 != 0) device.read_sigma = 0.1;
        if (trial % 3 != 1) device.adc_sigma = trial % 5 == 0 ? 9.0 : 0.6;
        const auto ours = layer.run(true, 5);
        EXPECT_EQ(layer.run(true, 5), ours);
        imc::set_simd_level(SimdLevel::portable);
        ASSERT_EQ(layer.run(true, 5), ours) << trial << ": " << layer.problem.describe();
        imc::set_simd_level(GetParam());
    }
}

INSTANTIATE_TEST_SUITE_P(Simd, SerialLevels,
                         testing::Values(SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512),
                         [](const auto& info) { return std::string(imc::to_string(info.param)); });

/// Equal columns: every weight is `weight`, every input `input`, on `tiles` tiles of 20 rows.
struct Columns {
    static constexpr int rows = 20, outputs = 48, positions = 36;
    AnalogSpec spec;
    int weight = 1, input = 1, bits = 1, tiles = 1;

    Columns()
    {
        spec.cell_bits = 2;
        spec.slices = 1;
        spec.coding = SliceCoding::split_polarity;
        spec.dac_bits = 1;
        spec.bipolar_inputs = false;
        spec.read_rows = rows;
        spec.range = {0, (1 << 23) - 2};
    }
    /// acc[key][output][position]
    std::vector<std::vector<std::int64_t>> samples(int keys) const
    {
        RowShape shape;
        shape.in_channels = rows * tiles;
        shape.in_width = shape.out_width = positions;
        shape.out_channels = outputs;
        const std::vector<std::int16_t> weights(static_cast<std::size_t>(outputs) * shape.k(),
                                                static_cast<std::int16_t>(weight));
        const std::vector<imc_column_adc> adc(
            static_cast<std::size_t>(spec.polarities()) * spec.slices * tiles * outputs,
            imc_column_adc{1.0, 1.0, 0, 0});
        AnalogArray array(spec, shape, {bits, false}, weights.data(), adc.data(), adc.size());
        const std::vector<std::int32_t> row(static_cast<std::size_t>(shape.in_channels) * positions,
                                            input);
        const std::int32_t* in[] = {row.data()};
        std::vector<std::vector<std::int64_t>> all;
        for (int key = 0; key < keys; ++key) {
            all.emplace_back(static_cast<std::size_t>(outputs) * positions);
            array.run_row(in, 0, static_cast<std::uint64_t>(key), all.back().data());
        }
        return all;
    }
};

using Shares = std::map<std::int64_t, double>;

/// Codes of a whole sum with Gaussian noise of deviation `sigma`, rounded and clipped.
Shares codes_of(int sum, double sigma, AnalogSpec spec)
{
    const auto below = [&](double x) { return 0.5 * std::erfc(-x / sigma / std::sqrt(2.0)); };
    Shares shares;
    const int reach = static_cast<int>(9.0 * sigma) + 2;
    for (int e = -reach; e <= reach; ++e) {
        const int code = std::min(std::max(sum + e, spec.range.low), spec.range.high);
        shares[code] += sigma == 0.0 ? (e == 0 ? 1.0 : 0.0) : below(e + 0.5) - below(e - 0.5);
    }
    return shares;
}

/// Of a x - b y, x and y independent.
Shares difference(const Shares& x, const Shares& y, std::int64_t a, std::int64_t b)
{
    Shares shares;
    for (const auto& [code, share] : x)
        for (const auto& [other, other_share] : y)
            shares[a * code - b * other] += share * other_share;
    return shares;
}

/// Pearson's chi-square beyond its mean, in standard deviations; rare values are put together.
double excess(const std::map<std::int64_t, double>& counts, const Shares& shares, double total)
{
    double chi = 0.0, rare_count = 0.0, rare = 0.0;
    int cells = 0;
    const auto add = [&](double count, double expected) {
        chi += (count - expected) * (count - expected) / expected;
        ++cells;
    };
    double seen = 0.0;
    for (const auto& [value, share] : shares) {
        const auto found = counts.find(value);
        const double count = found == counts.end() ? 0.0 : found->second;
        seen += count;
        if (share * total >= 8.0) {
            add(count, share * total);
        } else {
            rare_count += count;
            rare += share * total;
        }
    }
    if (rare >= 8.0) add(rare_count, rare);
    EXPECT_EQ(seen, total);  // no value that cannot be
    EXPECT_LT(rare_count, rare + 5.0 * std::sqrt(rare) + 2.0);
    return (chi - (cells - 1)) / std::sqrt(2.0 * std::max(cells - 1, 1));
}

double excess(const std::vector<std::vector<std::int64_t>>& samples, const Shares& shares)
{
    std::map<std::int64_t, double> counts;
    double total = 0.0;
    for (const auto& sample : samples)
        for (const std::int64_t value : sample) {
            counts[value] += 1.0;
            total += 1.0;
        }
    return excess(counts, shares, total);
}

TEST(ConverterNoise, HasTheExactDistributionOfRoundedAndClippedCodes)
{
    // The positive array sums to 20 weight, the negative one to 0, where half of its noise is cut
    // off. Weight 0 has both at 0. Sigmas of 4 and more take the Gaussian's way.
    for (const double sigma : {0.2, 0.5, 1.1, 4.0, 12.0})
        for (const int weight : {0, 1, 3}) {
            Columns c;
            c.weight = weight;
            c.spec.device.adc_sigma = sigma;
            const Shares expected =
                difference(codes_of(20 * weight, sigma, c.spec), codes_of(0, sigma, c.spec), 1, 1);
            EXPECT_LT(excess(c.samples(60), expected), 4.0) << sigma << " " << weight;
        }
}

TEST(ConverterNoise, IsClippedAtBothEndsOfAConverter)
{
    Columns c;
    c.spec.coding = SliceCoding::signed_digits;
    c.spec.device.adc_sigma = 1.5;
    for (const int high : {19, 20, 21, 63}) {
        c.spec.range = {-high, high};
        EXPECT_LT(excess(c.samples(40), codes_of(20, 1.5, c.spec)), 4.0) << high;
    }
    c.weight = -1;
    c.spec.range = {-20, 20};
    EXPECT_LT(excess(c.samples(40), codes_of(-20, 1.5, c.spec)), 4.0);
}

TEST(ReadNoise, HasTheExactDistributionOfRoundedAndClippedCodes)
{
    // 20 cells of digit d: deviation sigma d sqrt(20); the empty array is silent. With noise of the
    // converter as well, variances add, and the empty array has that alone.
    for (const double sigma : {0.03, 0.1, 0.4})
        for (const int weight : {0, 1, 3})
            for (const double adc_sigma : {0.0, 0.3}) {
                Columns c;
                c.weight = weight;
                c.spec.device.read_sigma = sigma;
                c.spec.device.adc_sigma = adc_sigma;
                const double deviation = std::hypot(sigma * weight * std::sqrt(20.0), adc_sigma);
                const Shares expected = difference(codes_of(20 * weight, deviation, c.spec),
                                                   codes_of(0, adc_sigma, c.spec), 1, 1);
                EXPECT_LT(excess(c.samples(40), expected), 4.0)
                    << sigma << " " << weight << " " << adc_sigma;
            }
}

TEST(ReadNoise, OfRealCellsIsThatOfTheirConductances)
{
    // Empty cells conduct 3 / 30 = 0.1, digit 3 conducts 3.1: sums of 62 and, as a dummy column
    // takes 0.1 an input off, 60; 0 for the negative array. Deviations sigma g sqrt(20).
    Columns c;
    c.weight = 3;
    c.spec.device.on_off_ratio = 31.0;
    c.spec.device.read_sigma = 0.1;
    const Shares plus = codes_of(60, 0.1 * 3.1 * std::sqrt(20.0), c.spec);
    const Shares minus = codes_of(0, 0.1 * 0.1 * std::sqrt(20.0), c.spec);
    EXPECT_LT(excess(c.samples(60), difference(plus, minus, 1, 1)), 4.0);
    c.spec.device.adc_sigma = 0.6;
    const Shares noisier = codes_of(60, std::hypot(0.1 * 3.1 * std::sqrt(20.0), 0.6), c.spec);
    const Shares noisier_minus = codes_of(0, std::hypot(0.1 * 0.1 * std::sqrt(20.0), 0.6), c.spec);
    EXPECT_LT(excess(c.samples(60), difference(noisier, noisier_minus, 1, 1)), 4.0);
}

double mean_of(const Shares& shares)
{
    double mean = 0.0;
    for (const auto& [value, share] : shares)
        mean += static_cast<double>(value) * share;
    return mean;
}

double variance_of(const Shares& shares)
{
    const double mean = mean_of(shares);
    double variance = 0.0;
    for (const auto& [value, share] : shares)
        variance +=
            (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean) * share;
    return variance;
}

TEST(Conversions, OfAnOutputAreIndependent)
{
    // Three tiles, two slices and two polarities at three input bits, all driven: 36 conversions an
    // output. Their weighted sum has the mean and the variance of independent ones. Weight 9 has
    // the digits 2 and 1.
    for (const bool reads : {false, true}) {
        Columns c;
        c.spec.slices = 2;
        c.weight = 9;
        c.bits = 3;
        c.input = 7;
        c.tiles = 3;
        (reads ? c.spec.device.read_sigma : c.spec.device.adc_sigma) = reads ? 0.15 : 0.5;
        double mean = 0.0, variance = 0.0;
        for (const int cycle : {1, 2, 4})
            for (const int digit : {2, 1}) {  // weighing 4 and 1
                const double weight = cycle * (digit == 2 ? 4 : 1);
                const double plus = reads ? 0.15 * digit * std::sqrt(20.0) : 0.5;
                const Shares pair = difference(codes_of(20 * digit, plus, c.spec),
                                               codes_of(0, reads ? 0.0 : 0.5, c.spec), 1, 1);
                mean += 3 * weight * mean_of(pair);
                variance += 3 * weight * weight * variance_of(pair);
            }
        double found = 0.0, squares = 0.0, n = 0.0;
        for (const auto& sample : c.samples(60))
            for (const std::int64_t value : sample) {
                const double off = static_cast<double>(value) - mean;
                found += off;
                squares += off * off;
                n += 1.0;
            }
        EXPECT_NEAR(found / n, 0.0, 4.0 * std::sqrt(variance / n)) << reads;
        EXPECT_NEAR(squares / n / variance, 1.0, 4.0 * std::sqrt(2.0 / n)) << reads;
    }
}

TEST(Conversions, OfNeighboursAreIndependent)
{
    // Tables of what two neighbours give, against the product of the shares: the next output, the
    // next position, the next row of the image.
    for (const bool reads : {false, true}) {
        Columns c;
        (reads ? c.spec.device.read_sigma : c.spec.device.adc_sigma) = reads ? 0.15 : 0.6;
        const Shares one =
            reads ? codes_of(20, 0.15 * std::sqrt(20.0), c.spec)
                  : difference(codes_of(20, 0.6, c.spec), codes_of(0, 0.6, c.spec), 1, 1);
        const Shares both = difference(one, one, 1, 1000);
        const auto samples = c.samples(80);
        const std::size_t size = samples[0].size();
        const auto expect_none = [&](std::size_t shift, std::size_t rows) {
            std::map<std::int64_t, double> counts;
            double total = 0.0;
            for (std::size_t s = 0; s + rows < samples.size(); ++s)
                for (std::size_t i = 0; i + shift < size; ++i) {
                    counts[samples[s][i] - 1000 * samples[s + rows][i + shift]] += 1.0;
                    total += 1.0;
                }
            EXPECT_LT(excess(counts, both, total), 4.0) << reads << " " << shift << " " << rows;
        };
        expect_none(1, 0);
        expect_none(Columns::positions, 0);
        expect_none(16 * Columns::positions, 0);
        expect_none(0, 1);
    }
}

TEST(SerialReads, AgreeInDistributionWithTheGeneralLoops)
{
    // Lognormal cells that do not change, read and converter noise on top: the same arrays, read
    // 1,500 times by each way; means and deviations of every accumulator.
    std::mt19937 random(24);
    Layer layer(random);
    layer.spec.device.device_sigma = 0.1;
    layer.spec.device.read_sigma = 0.08;
    layer.spec.device.adc_sigma = 0.4;
    const int count = 1500;
    double chi = 0.0, spread = 0.0, n = 0.0;
    std::vector<double> sums[2], squares[2];
    for (int way = 0; way < 2; ++way)
        for (int key = 0; key < count; ++key) {
            const auto acc = layer.run(way == 0, static_cast<std::uint64_t>(key + 10000 * way)).acc;
            sums[way].resize(acc.size());
            squares[way].resize(acc.size());
            for (std::size_t i = 0; i < acc.size(); ++i) {
                sums[way][i] += static_cast<double>(acc[i]) / count;
                squares[way][i] += std::pow(static_cast<double>(acc[i]), 2) / count;
            }
        }
    for (std::size_t i = 0; i < sums[0].size(); ++i) {
        const double first = squares[0][i] - sums[0][i] * sums[0][i];
        const double second = squares[1][i] - sums[1][i] * sums[1][i];
        if (first == 0.0 && second == 0.0) continue;
        chi += std::pow(sums[0][i] - sums[1][i], 2) / ((first + second) / count);
        spread += std::log(first / second);
        n += 1.0;
    }
    ASSERT_GT(n, 20.0);
    EXPECT_NEAR(chi / n, 1.0, 5.0 * std::sqrt(2.0 / n));
    EXPECT_NEAR(spread / n, 0.0, 5.0 * std::sqrt(4.0 / count / n));
}

}  // namespace
