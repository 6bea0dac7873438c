// SPDX-License-Identifier: Apache-2.0
/// Devices: distributions of what cells and columns do, against per-cell simulation and closed
/// forms.
#include "crossbar/kernel/device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "common/error.h"
#include "common/normal_from_bits.h"
#include "common/random.h"
#include "crossbar/kernel/analog_array.h"

namespace {

using namespace imc::crossbar;

struct Moments {
    double mean = 0.0, deviation = 0.0;
};

Moments moments(const std::vector<double>& values)
{
    Moments m;
    for (const double v : values)
        m.mean += v / static_cast<double>(values.size());
    for (const double v : values)
        m.deviation += (v - m.mean) * (v - m.mean) / static_cast<double>(values.size());
    m.deviation = std::sqrt(m.deviation);
    return m;
}

/// Largest distance of two empirical distribution functions (Kolmogorov-Smirnov).
double distance(std::vector<double> a, std::vector<double> b)
{
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    double largest = 0.0;
    std::size_t j = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        while (j < b.size() && b[j] <= a[i])
            ++j;
        largest = std::max(largest, std::fabs(static_cast<double>(i + 1) / a.size() -
                                              static_cast<double>(j) / b.size()));
    }
    return largest;
}

std::vector<double> conductances(const DeviceConfig& device, int digit, int count)
{
    std::vector<double> values;
    for (int i = 0; i < count; ++i)
        values.push_back(
            program_cell(device, {imc::random_key(1, i), 0, 0, 128, 128}, digit, 3).conductance);
    return values;
}

TEST(Normal, HasTheDistributionOfTheStandardNormal)
{
    std::vector<double> ours, theirs;
    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    double fourth = 0.0;
    for (int i = 0; i < 100000; ++i) {
        ours.push_back(imc::normal_from_bits(imc::random_bits(7, static_cast<std::uint64_t>(i))));
        theirs.push_back(normal(random));
        fourth += std::pow(ours.back(), 4) / 100000;
    }
    EXPECT_LT(distance(ours, theirs), 1.63 * std::sqrt(2.0 / 100000));  // 1 % level
    EXPECT_NEAR(fourth, 3.0, 0.1);
}

TEST(Device, LognormalSpreadLeavesTheMedianAndZeros)
{
    DeviceConfig device;
    device.device_sigma = 0.2;
    auto values = conductances(device, 2, 20000);
    std::nth_element(values.begin(), values.begin() + 10000, values.end());
    EXPECT_NEAR(values[10000], 2.0, 0.02);
    std::vector<double> logs;
    for (const double v : values)
        logs.push_back(std::log(v / 2.0));
    EXPECT_NEAR(moments(logs).deviation, 0.2, 0.005);
    EXPECT_EQ(moments(conductances(device, 0, 100)).deviation,
              0.0);  // columnquant.md 6.5: zero digits stay exact
}

TEST(Device, FiniteRatioMakesEmptyCellsConduct)
{
    DeviceConfig device;
    device.on_off_ratio = 31.0;
    EXPECT_DOUBLE_EQ(program_cell(device, {1, 0, 0, 1, 1}, 0, 3).conductance, 0.1);  // 3 / 30
    EXPECT_DOUBLE_EQ(program_cell(device, {1, 0, 0, 1, 1}, 3, 3).conductance / 0.1, 31.0);
}

TEST(Device, StuckCellsAppearWithTheirProbability)
{
    DeviceConfig device;
    device.stuck_off = 0.1;
    device.stuck_on = 0.05;
    const auto values = conductances(device, 1, 20000);
    EXPECT_NEAR(std::count(values.begin(), values.end(), 0.0) / 20000.0, 0.1, 0.008);
    EXPECT_NEAR(std::count(values.begin(), values.end(), 3.0) / 20000.0, 0.05, 0.006);
}

/// Programmed cells of digit 1 that are tuned to within `tolerance`.
std::vector<ProgrammedCell> tuned(double device_sigma, double cycle_sigma, double tolerance,
                                  int tries, int count)
{
    DeviceConfig device;
    device.device_sigma = device_sigma;
    device.cycle_sigma = cycle_sigma;
    device.verify_tolerance = tolerance;
    device.verify_tries = tries;
    std::vector<ProgrammedCell> cells;
    for (int i = 0; i < count; ++i)
        cells.push_back(program_cell(device, {imc::random_key(2, i), 0, 0, 1, 1}, 1, 1));
    return cells;
}

TEST(Verify, TakesOutACellsOwnFactorInTwoAttempts)
{
    // Nothing varies between attempts: the first read says all there is to know. The share that
    // misses at once is P(|exp(0.1 N) - 1| > 0.05) = 1 - Phi(log 1.05 / 0.1) + Phi(log 0.95 / 0.1)
    // = 1 - Phi(0.4879) + Phi(-0.5129) = 0.6168.
    int missed = 0;
    for (const ProgrammedCell& cell : tuned(0.1, 0.0, 0.05, 10, 20000)) {
        EXPECT_NEAR(cell.conductance, 1.0, 0.05 + 1e-12);
        EXPECT_LE(cell.attempts, 2);
        if (cell.attempts == 2) {
            EXPECT_NEAR(cell.conductance, 1.0, 1e-12);
        }
        missed += cell.attempts == 2;
    }
    EXPECT_NEAR(missed / 20000.0, 0.6168, 0.014);  // four standard deviations
}

TEST(Verify, LeavesTheSpreadBetweenAttempts)
{
    // A tolerance that is never met: attempt j misses by its own error and by the mean of the j - 1
    // before, deviation s sqrt(1 + 1 / (j - 1)) whatever the spread from cell to cell.
    for (const int tries : {2, 3, 5}) {
        std::vector<double> logs;
        for (const ProgrammedCell& cell : tuned(0.5, 0.1, 1e-12, tries, 20000)) {
            EXPECT_EQ(cell.attempts, tries);
            logs.push_back(std::log(cell.conductance));
        }
        const Moments m = moments(logs);
        EXPECT_NEAR(m.mean, 0.0, 0.004);
        EXPECT_NEAR(m.deviation, 0.1 * std::sqrt(1.0 + 1.0 / (tries - 1)), 0.003) << tries;
    }
}

TEST(Verify, EndsWithinItsToleranceAfterAsManyAttemptsAsAnIndependentLoop)
{
    std::mt19937 random(8);
    std::normal_distribution<double> normal;
    double expected = 0.0, attempts = 0.0;
    for (int i = 0; i < 20000; ++i) {
        const double own = 0.2 * normal(random);
        std::vector<double> answers;  // log of what a cell conducts over what was asked for
        for (double aim = 0.0, error = 1.0; error < std::log(0.95) || error > std::log(1.05);) {
            answers.push_back(own + 0.1 * normal(random));
            error = answers.back() - aim;
            aim = 0.0;
            for (const double answer : answers)
                aim += answer / static_cast<double>(answers.size());
        }
        expected += static_cast<double>(answers.size()) / 20000;
    }
    for (const ProgrammedCell& cell : tuned(0.2, 0.1, 0.05, 1000, 20000)) {
        EXPECT_NEAR(cell.conductance, 1.0, 0.05 + 1e-12);
        attempts += cell.attempts / 20000.0;
    }
    EXPECT_NEAR(attempts, expected, 0.1);
    EXPECT_GT(attempts, 2.0);
}

TEST(Verify, GivesUpOnStuckCellsAndLeavesEmptyOnesErased)
{
    DeviceConfig device;
    device.stuck_on = 1.0;
    device.verify_tolerance = 0.1;
    device.verify_tries = 7;
    EXPECT_EQ(program_cell(device, {1, 0, 0, 1, 1}, 1, 3).attempts, 7);
    EXPECT_EQ(program_cell(device, {1, 0, 0, 1, 1}, 3, 3).attempts, 1);  // what it should be
    device.stuck_on = 0.0;
    device.device_sigma = 1.0;
    device.on_off_ratio = 11.0;
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(program_cell(device, {imc::random_key(3, i), 0, 0, 1, 1}, 0, 3).attempts, 1);
}

TEST(Device, DriftFollowsItsPowerLaw)
{
    DeviceConfig device;
    device.drift_mean = 0.05;
    device.drift_time_s = 1e4;
    EXPECT_NEAR(program_cell(device, {1, 0, 0, 1, 1}, 2, 3).conductance, 2.0 * std::pow(1e4, -0.05),
                1e-12);
}

TEST(Device, DriftSpreadsAsTheLogOfTime)
{
    // log g = -nu log t: normal with deviation sigma log t, as long as nu stays above 0.
    DeviceConfig device;
    device.drift_mean = 0.1;
    device.drift_sigma = 0.02;
    device.drift_time_s = 1e4;
    std::vector<double> logs;
    for (const double g : conductances(device, 2, 20000))
        logs.push_back(std::log(g / 2.0));
    const Moments m = moments(logs);
    EXPECT_NEAR(m.mean, -0.1 * std::log(1e4), 0.006);
    EXPECT_NEAR(m.deviation, 0.02 * std::log(1e4), 0.004);
    // With mean 0 half of the exponents would be negative: those cells keep what they had.
    device.drift_mean = 0.0;
    const auto values = conductances(device, 2, 20000);
    EXPECT_NEAR(std::count(values.begin(), values.end(), 2.0) / 20000.0, 0.5, 0.015);
    EXPECT_LE(*std::max_element(values.begin(), values.end()), 2.0);
}

/// Voltage left at the end of a line of `cells` resistors to ground behind wire segments of
/// resistance `wire`, driven by 1: a ladder network, solved exactly from its far end.
double ladder(int cells, double wire, double conductance)
{
    std::vector<double> into(cells);  // conductance seen into cell i and all behind it
    for (int i = cells - 1; i >= 0; --i)
        into[i] = conductance + (i + 1 < cells ? 1.0 / (wire + 1.0 / into[i + 1]) : 0.0);
    double voltage = 1.0;
    for (int i = 0; i < cells; ++i)
        voltage /= 1.0 + wire * into[i];
    return voltage;
}

TEST(Device, WireDropsAreThoseOfALadderOfEqualCellsToFirstOrder)
{
    // One wordline of 64 cells that conduct the mean digit, 1.5; a bitline of one cell has one
    // segment. What first order leaves out is the square of the drop.
    for (const double wire : {1e-6, 1e-5}) {
        DeviceConfig device;
        device.wire_resistance = wire;
        const double far = program_cell(device, {1, 0, 63, 1, 64}, 3, 3).conductance / 3.0;
        const double exact = ladder(64, wire, 1.5) - wire * 1.5;
        EXPECT_NEAR(far, exact, (1.0 - exact) * (1.0 - exact));
        EXPECT_LT(far, 1.0 - 0.9 * (1.0 - exact));
        const double near = program_cell(device, {1, 0, 0, 1, 64}, 3, 3).conductance / 3.0;
        EXPECT_GT(near, far);
    }
}

TEST(Device, RefusesWhatCannotBe)
{
    DeviceConfig device;
    device.on_off_ratio = 0.5;
    EXPECT_THROW(device.validate(), imc::InputError);
    device = {};
    device.stuck_on = device.stuck_off = 0.6;
    EXPECT_THROW(device.validate(), imc::InputError);
}

constexpr int rows_of_column = 100;

/// One column of 100 rows, converted with a fine step, many times: by the array's column-level
/// noise.
std::vector<double> column_samples(const DeviceConfig& device,
                                   const std::vector<std::int16_t>& weights,
                                   const std::vector<std::int32_t>& inputs, SliceCoding coding,
                                   int count)
{
    AnalogSpec spec;
    spec.cell_bits = 2;
    spec.slices = 1;
    spec.coding = coding;
    spec.dac_bits = 4;
    spec.read_rows = rows_of_column;
    spec.range = imc::adc::CodeRange::of_bits(16);
    spec.device = device;
    RowShape shape;
    shape.in_channels = rows_of_column;
    imc_column_adc adc{};
    adc.step = 0.0625;
    adc.scale = 1.0;
    const std::vector<imc_column_adc> constants(static_cast<std::size_t>(spec.polarities()), adc);
    AnalogArray array(spec, shape, {4, false}, weights.data(), constants.data(), constants.size());
    std::vector<double> samples;
    const std::int32_t* rows[] = {inputs.data()};
    for (int i = 0; i < count; ++i) {
        std::int64_t acc = 0;
        array.run_row(rows, 0, static_cast<std::uint64_t>(i), &acc);
        samples.push_back(static_cast<double>(acc) * adc.step);
    }
    return samples;
}

TEST(ReadNoise, AtTheColumnIsDistributedAsCellByCell)
{
    std::mt19937 random(3);
    std::normal_distribution<double> normal;
    std::vector<std::int16_t> weights;
    std::vector<std::int32_t> inputs;
    for (int i = 0; i < rows_of_column; ++i) {
        weights.push_back(static_cast<std::int16_t>(static_cast<int>(random() % 7) - 3));
        inputs.push_back(static_cast<int>(random() % 16));
    }
    DeviceConfig device;
    device.read_sigma = 0.1;
    device.on_off_ratio = 20.0;
    const int count = 6000;
    const auto ours = column_samples(device, weights, inputs, SliceCoding::signed_digits, count);
    std::vector<double> cell_by_cell;
    for (int n = 0; n < count; ++n) {
        double sum = 0.0;
        for (int i = 0; i < rows_of_column; ++i) {
            const double empty = 3.0 / 19.0;
            const double plus = std::max<int>(weights[i], 0) + empty,
                         minus = std::max<int>(-weights[i], 0) + empty;
            sum += inputs[i] *
                   (plus * (1.0 + 0.1 * normal(random)) - minus * (1.0 + 0.1 * normal(random)));
        }
        cell_by_cell.push_back(sum);
    }
    EXPECT_LT(distance(ours, cell_by_cell), 1.63 * std::sqrt(2.0 / count));  // 1 % level
    double variance = 0.0;  // of the sum of independent cells
    for (int i = 0; i < rows_of_column; ++i) {
        const double empty = 3.0 / 19.0;
        const double plus = std::max<int>(weights[i], 0) + empty,
                     minus = std::max<int>(-weights[i], 0) + empty;
        variance += inputs[i] * inputs[i] * 0.01 * (plus * plus + minus * minus);
    }
    EXPECT_NEAR(moments(ours).deviation / std::sqrt(variance), 1.0, 0.03);
    EXPECT_NEAR(moments(cell_by_cell).deviation / std::sqrt(variance), 1.0, 0.03);
}

TEST(ReadNoise, OffLeavesCodesExact)
{
    const std::vector<std::int16_t> weights(rows_of_column, 1);
    const std::vector<std::int32_t> inputs(rows_of_column, 3);
    const auto samples = column_samples({}, weights, inputs, SliceCoding::signed_digits, 3);
    EXPECT_EQ(samples, std::vector<double>(3, 300.0));
}

TEST(Variation, MovesAColumnAsTheSumOfItsLognormalCells)
{
    // 100 cells of digit 1, input 4: mean 400 exp(s^2/2), deviation 4 sqrt(100 exp(s^2)(exp(s^2) -
    // 1))
    const std::vector<std::int16_t> weights(rows_of_column, 1);
    const std::vector<std::int32_t> inputs(rows_of_column, 4);
    std::vector<double> sums;
    for (int seed = 0; seed < 600; ++seed) {
        DeviceConfig device;
        device.device_sigma = 0.2;
        device.seed = static_cast<std::uint64_t>(seed);
        sums.push_back(
            column_samples(device, weights, inputs, SliceCoding::split_polarity, 1).front());
    }
    const double s2 = 0.04;
    const Moments m = moments(sums);
    EXPECT_NEAR(m.mean, 400.0 * std::exp(s2 / 2), 1.5);
    EXPECT_NEAR(m.deviation, 4.0 * std::sqrt(100.0 * std::exp(s2) * (std::exp(s2) - 1.0)), 0.8);
}

TEST(AdcNoise, AddsItsDeviationInCodes)
{
    const std::vector<std::int16_t> weights(rows_of_column, 1);
    const std::vector<std::int32_t> inputs(rows_of_column, 4);
    DeviceConfig device;
    device.adc_sigma = 3.0;
    const Moments m =
        moments(column_samples(device, weights, inputs, SliceCoding::signed_digits, 4000));
    EXPECT_NEAR(m.mean, 400.0, 0.02);
    EXPECT_NEAR(m.deviation, 3.0 * 0.0625, 0.01);
}

}  // namespace
