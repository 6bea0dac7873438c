// SPDX-License-Identifier: Apache-2.0
/// Per-conversion arrays against an independent integer evaluation of columnquant.md section 8.
#include "crossbar/kernel/analog_array.h"

#include <gtest/gtest.h>

#include <random>

#include "common/error.h"
#include "models/crossbar/naive_conv.h"
#include "support/simd_levels.h"

namespace {

using namespace imc::crossbar;
using imc::SimdLevel;
using imc::test::Problem;

/// round_half_even(n / d) of whole numbers, d > 0, by integer arithmetic alone.
__int128 rounded_quotient(__int128 n, __int128 d)
{
    __int128 q = n / d;
    if (n - q * d < 0) --q;
    const __int128 twice = 2 * (n - q * d);
    return twice > d || (twice == d && q % 2 != 0) ? q + 1 : q;
}

/// rne(sum / step) with the step taken apart into mantissa and exponent.
std::int64_t exact_code(std::int64_t sum, double step)
{
    int exponent = 0;
    const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(step, &exponent), 24));
    exponent -= 24;
    if (exponent <= 0)
        return static_cast<std::int64_t>(rounded_quotient(
            static_cast<__int128>(sum) * (static_cast<__int128>(1) << -exponent), mantissa));
    return static_cast<std::int64_t>(
        rounded_quotient(sum, static_cast<__int128>(mantissa) << exponent));
}

struct Section8 {
    const Problem& problem;
    const AnalogSpec& spec;
    const std::vector<imc_column_adc>& adc;
    std::uint64_t clipped = 0;

    /// Digit s of a code, from section 2.5: u = k + 2^(W-1), d = (u >> c(S-1-s)) mod 2^c, slice 0
    /// minus 2^(c-1).
    int digit(int k, int polarity, int s) const
    {
        const int c = spec.cell_bits, bits = c * spec.slices, shift = c * (spec.slices - 1 - s);
        if (spec.coding == SliceCoding::signed_top) {
            const int u = k + (1 << (bits - 1));
            return (u / (1 << shift)) % (1 << c) - (s == 0 ? 1 << (c - 1) : 0);
        }
        const int positive = std::max(k, 0), negative = std::max(-k, 0);
        const auto part = [&](int v) { return (v / (1 << shift)) % (1 << c); };
        if (spec.coding == SliceCoding::signed_digits) return part(positive) - part(negative);
        return part(polarity == 0 ? positive : negative);
    }

    /// Input cycles: {factor, digit of the code}.
    std::vector<std::pair<std::int64_t, int>> cycles(int code) const
    {
        const int bits = problem.format.bits;
        if (spec.dac_bits >= bits) return {{1, code}};
        std::vector<std::pair<std::int64_t, int>> list;
        const int plain = bits - (problem.format.is_signed ? 1 : 0);
        const int unsigned_code = code < 0 ? code + (1 << bits) : code;
        for (int b = 0; b < plain; b += spec.dac_bits) {
            const int width = std::min(spec.dac_bits, plain - b);
            list.push_back({std::int64_t{1} << b, (unsigned_code >> b) % (1 << width)});
        }
        if (problem.format.is_signed)
            list.push_back({-(std::int64_t{1} << plain), unsigned_code >> plain});
        return list;
    }

    std::vector<std::int64_t> run()
    {
        const auto& s = problem.shape;
        const int tiles = (s.k() + spec.read_rows - 1) / spec.read_rows;
        std::vector<std::int64_t> acc;
        for (int o = 0; o < s.out_channels; ++o)
            for (int p = 0; p < s.out_width; ++p) {
                std::int64_t total = 0;
                for (int pol = 0; pol < spec.polarities(); ++pol)
                    for (int slice = 0; slice < spec.slices; ++slice)
                        for (int t = 0; t < tiles; ++t) {
                            const auto& a =
                                adc[((pol * spec.slices + slice) * tiles + t) * s.out_channels + o];
                            total +=
                                (pol == 1 ? -1 : 1) * convert_tile(o, p, pol, slice, t, a) *
                                (std::int64_t{1} << (spec.cell_bits * (spec.slices - 1 - slice)));
                        }
                acc.push_back(total);
            }
        return acc;
    }

    std::int64_t convert_tile(int o, int p, int pol, int slice, int tile, const imc_column_adc& a)
    {
        const auto& s = problem.shape;
        std::vector<std::int64_t> sums, factors;
        for (int i = tile * spec.read_rows; i < std::min(s.k(), (tile + 1) * spec.read_rows); ++i) {
            const int kw = i % s.kernel_w, kh = i / s.kernel_w % s.kernel_h,
                      c = i / s.kernel_w / s.kernel_h;
            const int code = problem.at(o / s.outputs_per_group() * s.channels_per_group() + c, kh,
                                        p * s.stride + kw * s.dilation - s.pad_left);
            const auto parts = cycles(code);
            sums.resize(parts.size());
            factors.resize(parts.size());
            for (std::size_t j = 0; j < parts.size(); ++j) {
                factors[j] = parts[j].first;
                sums[j] +=
                    std::int64_t{digit(problem.weights[static_cast<std::size_t>(o) * s.k() + i],
                                       pol, slice)} *
                    parts[j].second;
            }
        }
        std::int64_t result = 0;
        for (std::size_t j = 0; j < sums.size(); ++j) {
            const std::int64_t code = exact_code(sums[j], a.step);
            const std::int64_t low = a.centre + spec.range.low, high = a.centre + spec.range.high;
            clipped += code < low || code > high;
            result += factors[j] * std::min(std::max(code, low), high) *
                      static_cast<std::int64_t>(a.scale);
        }
        return result;
    }
};

enum class Granularity { layer, array, column };

/// Constants with steps that make ties (small whole numbers, powers of two) and ones that do not.
std::vector<imc_column_adc> random_constants(std::mt19937& random, const AnalogSpec& spec,
                                             int tiles, int outputs, Granularity g)
{
    const auto draw = [&] {
        const float steps[] = {1.0f, 2.0f, 3.0f, 4.0f, 6.0f, 0.5f, 7.3f, 12.0f, 1.0f / 3.0f, 25.7f};
        imc_column_adc a{};
        a.step = steps[random() % 10];
        a.scale = static_cast<double>(random() % 60000) - 10000.0;
        a.centre = static_cast<int>(random() % 9) - 4;
        return a;
    };
    std::vector<imc_column_adc> adc;
    imc_column_adc current = draw();
    for (int unit = 0; unit < spec.polarities() * spec.slices; ++unit)
        for (int t = 0; t < tiles; ++t) {
            if (g == Granularity::array) current = draw();
            for (int o = 0; o < outputs; ++o)
                adc.push_back(g == Granularity::column ? draw() : current);
        }
    return adc;
}

using AnalogLevels = imc::test::SimdLevels;

TEST_P(AnalogLevels, EqualsSection8InAllModes)
{
    std::mt19937 random(6);
    std::uint64_t clipped = 0;
    for (int trial = 0; trial < 70; ++trial) {
        Problem problem = Problem::random(random, 8);
        problem.shape.out_width = std::min(problem.shape.out_width, 35);
        AnalogSpec spec;
        spec.cell_bits = 1 + static_cast<int>(random() % 4);
        spec.slices = (problem.weight_bits + spec.cell_bits - 1) / spec.cell_bits;
        spec.coding = static_cast<SliceCoding>(random() % 3);
        spec.dac_bits = 1 + static_cast<int>(random() % 8);
        const int kernel = problem.shape.kernel_h * problem.shape.kernel_w;
        spec.read_rows = AnalogSpec::kernel_intact_rows(
            std::max(kernel, static_cast<int>(16u << random() % 4)), problem.shape);
        const double bits[] = {1, 1.5, 2, 3, 4, 6, 8};
        spec.range = imc::adc::CodeRange::of_bits(bits[random() % 7]);
        const int tiles = (problem.shape.k() + spec.read_rows - 1) / spec.read_rows;
        const auto adc = random_constants(random, spec, tiles, problem.shape.out_channels,
                                          static_cast<Granularity>(random() % 3));
        AnalogArray array(spec, problem.shape, problem.format, problem.weights.data(), adc.data(),
                          adc.size());
        std::vector<std::int64_t> acc(static_cast<std::size_t>(problem.shape.out_channels) *
                                      problem.shape.out_width);
        const auto rows = problem.row_pointers();
        const ReadCounts counts = array.run_row(rows.data(), problem.pad_code, 0, acc.data());
        Section8 expected{problem, spec, adc};
        ASSERT_EQ(acc, expected.run()) << trial << ": " << problem.describe();
        ASSERT_EQ(counts.clipped, expected.clipped) << trial;
        ASSERT_EQ(counts.conversions, static_cast<std::uint64_t>(array.cycles().count()) *
                                          problem.shape.out_width * tiles * spec.slices *
                                          spec.polarities() * problem.shape.out_channels);
        clipped += counts.clipped;
    }
    EXPECT_GT(clipped, 1000u);
}

TEST_P(AnalogLevels, NoisyResultsAreTheSameAtEveryLevel)
{
    std::mt19937 random(7);
    Problem problem = Problem::random(random, 6);
    problem.format = {5, false};
    for (auto& row : problem.input)
        for (auto& code : row)
            code &= 31;
    problem.pad_code = 0;
    AnalogSpec spec;
    spec.slices = 3;
    spec.cell_bits = 2;
    spec.read_rows = 64;
    spec.range = imc::adc::CodeRange::of_bits(6);
    spec.device.device_sigma = 0.1;
    spec.device.read_sigma = 0.05;
    spec.device.adc_sigma = 0.3;
    spec.device.adc_inl = 0.5;
    spec.device.adc_offset_sigma = 0.4;
    const int tiles = (problem.shape.k() + 63) / 64;
    imc_column_adc constant{};
    constant.step = 3.0;
    constant.scale = 1.0;
    const std::vector<imc_column_adc> adc(
        static_cast<std::size_t>(3 * tiles) * problem.shape.out_channels, constant);
    const auto run = [&] {
        AnalogArray array(spec, problem.shape, problem.format, problem.weights.data(), adc.data(),
                          adc.size());
        std::vector<std::int64_t> acc(static_cast<std::size_t>(problem.shape.out_channels) *
                                      problem.shape.out_width);
        const auto rows = problem.row_pointers();
        array.run_row(rows.data(), problem.pad_code, 99, acc.data());
        return acc;
    };
    const auto here = run();
    imc::set_simd_level(SimdLevel::portable);
    EXPECT_EQ(run(), here);
}

INSTANTIATE_TEST_SUITE_P(Simd, AnalogLevels,
                         testing::Values(SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512),
                         [](const auto& info) { return std::string(imc::to_string(info.param)); });

TEST(AnalogSpec, TilesKeepKernelsWhole)  // columnquant.md 3.1: N = 128, k = 3: 14 channels, 126
                                         // rows; N = 256: 28, 252
{
    RowShape shape;
    shape.in_channels = 64;
    shape.kernel_h = shape.kernel_w = 3;
    EXPECT_EQ(AnalogSpec::kernel_intact_rows(128, shape), 126);
    EXPECT_EQ(AnalogSpec::kernel_intact_rows(256, shape), 252);
    shape.in_channels = 5;
    EXPECT_EQ(AnalogSpec::kernel_intact_rows(128, shape), 45);
    EXPECT_THROW(AnalogSpec::kernel_intact_rows(8, shape), imc::InputError);
}

TEST(AnalogSpec, DigitRangesOfW4AndW3)  // columnquant.md 2.6
{
    AnalogSpec spec;
    spec.slices = 2;
    EXPECT_EQ(spec.digit(-8, 0, 0), -2);
    EXPECT_EQ(spec.digit(7, 0, 0), 1);
    EXPECT_EQ(spec.digit(7, 0, 1), 3);
    spec.slices = 3;
    spec.cell_bits = 1;
    EXPECT_EQ(spec.digit(-4, 0, 0), -1);
    EXPECT_EQ(spec.digit(3, 0, 0), 0);
    EXPECT_EQ(spec.digit(3, 0, 2), 1);
}

TEST(AnalogArray, RefusesWhatCannotBe)
{
    AnalogSpec spec;
    RowShape shape;
    const std::int16_t weights[] = {200};
    std::vector<imc_column_adc> adc(4);
    for (auto& a : adc)
        a.step = a.scale = 1.0;
    const auto build = [&] {
        AnalogArray(spec, shape, {8, false}, weights, adc.data(), adc.size());
    };
    EXPECT_THROW(build(), imc::InputError);  // 200 needs nine bits with its sign
    const std::int16_t fits[] = {100};
    const auto good = [&] { AnalogArray(spec, shape, {8, false}, fits, adc.data(), adc.size()); };
    EXPECT_NO_THROW(good());
    adc[0].step = 0.1;  // no float32
    EXPECT_THROW(good(), imc::InputError);
    adc[0].step = 1.0;
    adc[1].scale = 0.5;
    EXPECT_THROW(good(), imc::InputError);
    adc[1].scale = 1.0;
    adc.pop_back();
    EXPECT_THROW(good(), imc::InputError);
}

}  // namespace
