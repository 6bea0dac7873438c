// SPDX-License-Identifier: Apache-2.0
/// What devices do to ColumnQuant's columns: two's complement digits against a reference column
/// that an array shares. Means and variances are those of sums of independent cells.
#include "crossbar/kernel/analog_array.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"

namespace {

using namespace imc::crossbar;

constexpr int rows_used = 60;
constexpr double step = 0.0625;

/// W4 in two slices of two bits, four outputs, arrays of `columns` columns: slice 0 of a weight w
/// is held as (w >> 2) + 2 against 2, slice 1 as w & 3.
struct Columns {
    AnalogSpec spec;
    RowShape shape;
    std::vector<std::int16_t> weights;
    std::vector<std::int32_t> inputs;
    std::vector<imc_column_adc> adc;

    explicit Columns(int columns)
    {
        spec.cell_bits = 2;
        spec.slices = 2;
        spec.dac_bits = 4;
        spec.columns = columns;
        spec.read_rows = rows_used;
        spec.range = imc::adc::CodeRange::of_bits(16);
        shape.in_channels = rows_used;
        shape.out_channels = 4;
        for (int i = 0; i < rows_used; ++i)
            inputs.push_back(static_cast<std::int32_t>(imc::random_bits(1, i) % 16));
        adc.assign(8, imc_column_adc{step, 1.0, 0, 0});
        for (int o = 0; o < 4; ++o)  // slice 1 is not looked at
            adc[4 + o].scale = 0.0;
    }
    void fill(int weight) { weights.assign(4 * rows_used, static_cast<std::int16_t>(weight)); }

    AnalogArray array(const std::int16_t* held = nullptr) const
    {
        return AnalogArray(spec, shape, {4, false}, weights.data(), adc.data(), adc.size(), held);
    }
    /// Slice 0 of the four outputs, in digits.
    std::vector<double> read(AnalogArray& array, std::uint64_t key) const
    {
        const std::int32_t* rows[] = {inputs.data()};
        std::int64_t acc[4];
        array.run_row(rows, 0, key, acc);
        std::vector<double> sums;
        for (const std::int64_t a : acc)
            sums.push_back(static_cast<double>(a) * step / 4.0);
        return sums;
    }
    double sum_of_inputs(int power) const
    {
        double sum = 0.0;
        for (const std::int32_t x : inputs)
            sum += std::pow(x, power);
        return sum;
    }
};

/// Means and covariances of four numbers.
struct Statistics {
    double mean[4] = {}, covariance[4][4] = {};
    explicit Statistics(const std::vector<std::vector<double>>& samples)
    {
        const auto n = static_cast<double>(samples.size());
        for (const auto& s : samples)
            for (int i = 0; i < 4; ++i)
                mean[i] += s[i] / n;
        for (const auto& s : samples)
            for (int i = 0; i < 4; ++i)
                for (int j = 0; j < 4; ++j)
                    covariance[i][j] += (s[i] - mean[i]) * (s[j] - mean[j]) / n;
    }
};

TEST(ReferenceColumn, IsOneToAnArrayAndAnotherInTheNext)
{
    // Weight -8: slice 0 holds digit 0, which conducts nothing, so the sum is minus that of the
    // reference column. Arrays of four columns hold two outputs.
    Columns c(4);
    c.fill(-8);
    c.spec.device.device_sigma = 0.2;
    AnalogArray array = c.array();
    const auto sums = c.read(array, 0);
    EXPECT_EQ(sums[0], sums[1]);
    EXPECT_EQ(sums[2], sums[3]);
    EXPECT_NE(sums[0], sums[2]);
}

TEST(ReferenceColumn, VariesAsTheSumOfItsLognormalCells)
{
    // Weight 4: digit 3 against reference 2. Per unit of input the mean is (3 - 2) exp(s^2/2), the
    // variance of an output (3^2 + 2^2) v and the covariance inside an array 2^2 v, with v =
    // exp(s^2) (exp(s^2) - 1); none between arrays.
    Columns c(4);
    c.fill(4);
    const double s2 = 0.01, v = std::exp(s2) * (std::exp(s2) - 1.0);
    c.spec.device.device_sigma = 0.1;
    std::vector<std::vector<double>> samples;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        c.spec.device.seed = seed;
        AnalogArray array = c.array();
        samples.push_back(c.read(array, 0));
    }
    const Statistics found(samples);
    const double x1 = c.sum_of_inputs(1), x2 = c.sum_of_inputs(2);
    const double variance = 13.0 * v * x2;
    for (int i = 0; i < 4; ++i) {
        EXPECT_NEAR(found.mean[i], x1 * std::exp(s2 / 2), 4 * std::sqrt(variance / 4000));
        EXPECT_NEAR(found.covariance[i][i] / variance, 1.0, 0.1);
    }
    EXPECT_NEAR(found.covariance[0][1] / variance, 4.0 / 13.0, 0.07);
    EXPECT_NEAR(found.covariance[2][3] / variance, 4.0 / 13.0, 0.07);
    EXPECT_NEAR(found.covariance[0][2] / variance, 0.0, 0.07);
    EXPECT_NEAR(found.covariance[1][3] / variance, 0.0, 0.07);
}

TEST(ReferenceColumn, ItsReadNoiseIsThatOfTheArray)
{
    // As above with the noise of a read: variance s^2 (3^2 + 2^2) sum of squared inputs, covariance
    // s^2 2^2 of it between columns that are compared with one reference, fresh in every read.
    Columns c(4);
    c.fill(4);
    c.spec.device.read_sigma = 0.1;
    AnalogArray array = c.array();
    std::vector<std::vector<double>> samples;
    for (std::uint64_t key = 0; key < 6000; ++key)
        samples.push_back(c.read(array, key));
    const Statistics found(samples);
    const double variance = 0.01 * 13.0 * c.sum_of_inputs(2);
    for (int i = 0; i < 4; ++i) {
        EXPECT_NEAR(found.mean[i], c.sum_of_inputs(1), 4 * std::sqrt(variance / 6000));
        EXPECT_NEAR(found.covariance[i][i] / variance, 1.0, 0.08);
    }
    EXPECT_NEAR(found.covariance[0][1] / variance, 4.0 / 13.0, 0.06);
    EXPECT_NEAR(found.covariance[2][3] / variance, 4.0 / 13.0, 0.06);
    EXPECT_NEAR(found.covariance[0][2] / variance, 0.0, 0.06);
    EXPECT_NEAR(found.covariance[1][2] / variance, 0.0, 0.06);
}

TEST(ReferenceColumn, IsTheSameForAllBlocksOfColumnsOfALayer)
{
    // 80 outputs in one array of 160 columns: work is done in blocks of 64 outputs, which all see
    // the reference's noise of that read.
    Columns c(160);
    c.shape.out_channels = 80;
    c.weights.assign(80 * rows_used, -8);
    c.adc.assign(160, imc_column_adc{step, 1.0, 0, 0});
    for (int o = 0; o < 80; ++o)
        c.adc[80 + o].scale = 0.0;
    c.spec.device.read_sigma = 0.1;
    AnalogArray array = c.array();
    const std::int32_t* rows[] = {c.inputs.data()};
    std::vector<std::int64_t> acc(80), other(80);
    array.run_row(rows, 0, 1, acc.data());
    array.run_row(rows, 0, 2, other.data());
    EXPECT_EQ(acc, std::vector<std::int64_t>(80, acc[0]));
    EXPECT_NE(acc, other);
}

TEST(Programming, WritesTheReferenceColumnOnceAnArrayAndOnlyWhatChanges)
{
    // Weight 4: slice 0 holds 3, slice 1 holds 0 and needs no write. Arrays of four columns: two
    // reference columns for four outputs.
    Columns c(4);
    c.fill(4);
    EXPECT_EQ(c.array().write_attempts(), 4u * rows_used + 2u * rows_used);
    const std::vector<std::int16_t> held = c.weights;
    EXPECT_EQ(c.array(held.data()).write_attempts(), 0u);
    c.weights[5] = -8;  // slice 0 becomes 0
    c.weights[6] = 7;   // slice 1 becomes 3
    EXPECT_EQ(c.array(held.data()).write_attempts(), 2u);
    EXPECT_EQ(c.array().write_attempts(), 4u * rows_used + 2u * rows_used);
}

/// Codes of one column of digit 1 in 16 rows, read with inputs that sum to `sum`.
std::vector<std::int64_t> codes(const DeviceConfig& device, int sum, int columns, int centre,
                                double bits)
{
    AnalogSpec spec;
    spec.cell_bits = 2;
    spec.slices = 1;
    spec.coding = SliceCoding::split_polarity;
    spec.dac_bits = 8;
    spec.read_rows = 16;
    spec.range = imc::adc::CodeRange::of_bits(bits);
    spec.device = device;
    RowShape shape;
    shape.in_channels = 16;
    shape.out_channels = columns;
    const std::vector<std::int16_t> weights(16 * columns, 1);
    std::vector<imc_column_adc> adc(2 * columns, imc_column_adc{1.0, 1.0, centre, 0});
    for (int o = 0; o < columns; ++o)
        adc[columns + o] = imc_column_adc{1.0, 0.0, 0, 0};  // the negative array
    AnalogArray array(spec, shape, {8, false}, weights.data(), adc.data(), adc.size());
    std::vector<std::int32_t> inputs(16);
    for (int i = 0; i < 16; ++i, sum -= inputs[i - 1])
        inputs[i] = std::min(sum, 255);
    const std::int32_t* rows[] = {inputs.data()};
    std::vector<std::int64_t> acc(columns);
    array.run_row(rows, 0, 0, acc.data());
    return acc;
}

TEST(ConverterBow, IsLargestInTheMiddleOfAColumnsCodes)
{
    // A converter of 6 bits around 40 has the codes 8 .. 71; at place t of them it reads
    // 4 x 6 t (1 - t) codes too many.
    DeviceConfig device;
    device.adc_inl = 6.0;
    for (int sum = 8; sum <= 71; ++sum) {
        const double t = (sum - 8) / 63.0;
        const double expected = std::min(71.0, std::nearbyint(sum + 24.0 * t * (1.0 - t)));
        EXPECT_EQ(codes(device, sum, 1, 40, 6).front(), static_cast<std::int64_t>(expected)) << sum;
    }
    EXPECT_EQ(codes(device, 8, 1, 40, 6).front(), 8);
    EXPECT_EQ(codes(device, 0, 1, 40, 6).front(), 8);  // below the range: clipped, no bow
}

TEST(ConverterOffset, IsNormalOverConvertersAndStays)
{
    DeviceConfig device;
    device.adc_offset_sigma = 12.0;
    const auto first = codes(device, 1000, 4000, 0, 16);
    EXPECT_EQ(first, codes(device, 1000, 4000, 0, 16));
    double mean = 0.0, variance = 0.0, within = 0.0;
    for (const std::int64_t code : first) {
        mean += static_cast<double>(code - 1000) / 4000;
        within += std::abs(code - 1000) <= 12 ? 1.0 / 4000 : 0.0;
    }
    for (const std::int64_t code : first)
        variance += std::pow(static_cast<double>(code) - 1000.0 - mean, 2) / 4000;
    EXPECT_NEAR(mean, 0.0, 4 * 12.0 / std::sqrt(4000.0));
    // Rounding to codes adds 1 / 12.
    EXPECT_NEAR(variance, 144.0 + 1.0 / 12.0, 4 * 144.0 * std::sqrt(2.0 / 4000));
    // |N| <= 12.5 / 12: erf(12.5 / 12 / sqrt(2)) = 0.7024
    EXPECT_NEAR(within, 0.7024, 4 * std::sqrt(0.7024 * 0.2976 / 4000));
}

}  // namespace
