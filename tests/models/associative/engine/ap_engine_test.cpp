// SPDX-License-Identifier: Apache-2.0
/// Stages on associative processors against plain integer arithmetic (docs/numbers.md), and the
/// fast path against executed passes: codes, counts and time.
#include "ap_stage_case.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/error.h"

namespace imc::associative {
namespace {

__extension__ using Int128 = __int128;

std::int32_t dyadic(const imc_stage& s, Int128 scaled, int shift, std::int64_t count = 1)
{
    const Int128 unit = Int128{count} << shift;
    const Int128 doubled = 2 * scaled + unit;  // floor(scaled / unit + 1/2)
    Int128 y = doubled / (2 * unit);
    if (doubled % (2 * unit) < 0) --y;
    return static_cast<std::int32_t>(
        std::clamp<Int128>(y + s.out_zero_point, s.out_min, s.out_max));
}

std::int32_t code_at(const Case& c, unsigned stream, std::size_t channel, std::int64_t y,
                     std::int64_t x, bool& inside)
{
    const imc_stream& in = c.stage.in[stream];
    inside = y >= 0 && y < in.height && x >= 0 && x < in.width;
    return inside
               ? c.inputs[stream][(static_cast<std::size_t>(y) * in.channels + channel) * in.width +
                                  static_cast<std::size_t>(x)]
               : in.pad_code;
}

void expect_paths_agree(const Case& c, const std::vector<std::int32_t>& expected,
                        std::uint64_t seed)
{
    Config config;
    config.rows = 48;
    config.arrays = 7;
    config.reduction = static_cast<Reduction>(seed % 4);
    config.path = Path::fast;
    const Result fast = run(c, config);
    config.path = Path::pass_exact;
    const Result exact = run(c, config);
    ASSERT_EQ(fast.out, expected) << "seed " << seed;
    EXPECT_EQ(exact.out, expected) << "seed " << seed;
    EXPECT_EQ(events(fast.work), events(exact.work)) << "seed " << seed;
    EXPECT_EQ(fast.work.duration_ps, exact.work.duration_ps) << "seed " << seed;
}

imc_requant entry(Draw& draw, bool negative = false)
{
    imc_requant e{};
    e.bias = draw(-300, 300);
    e.multiplier = draw(1, 5000) * (negative && draw(0, 1) ? -1 : 1);
    e.shift = static_cast<std::int32_t>(draw(0, 20));
    return e;
}

TEST(ApEngine, ConvolutionEqualsIntegerArithmeticOnBothPaths)
{
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        Case c = make_case(IMC_STAGE_CONV, seed);
        const imc_stage& s = c.stage;
        Draw draw{seed + 1000};
        const unsigned depth = s.in[0].channels / s.groups;
        const std::size_t length = std::size_t{depth} * s.kernel_h * s.kernel_w;
        const int top = 1 << (s.weight_bits - 1);
        for (std::size_t i = 0; i < length * s.channel_end; ++i)
            c.weights.push_back(static_cast<std::int8_t>(draw(-top, top - 1)));
        for (unsigned o = 0; o < s.channel_end; ++o)
            c.requant.push_back(entry(draw, true));
        std::vector<std::int32_t> expected;
        for (unsigned o = 0; o < s.channel_end; ++o)
            for (unsigned y = 0; y < s.out_height; ++y)
                for (unsigned x = 0; x < s.out_width; ++x) {
                    std::int64_t acc = 0;
                    for (std::size_t k = 0; k < length; ++k) {
                        const std::size_t kw = k % s.kernel_w, kh = k / s.kernel_w % s.kernel_h;
                        const std::size_t in =
                            o / (s.channel_end / s.groups) * depth + k / s.kernel_w / s.kernel_h;
                        bool inside = false;
                        acc += std::int64_t{c.weights[o * length + k]} *
                               code_at(c, 0, in,
                                       std::int64_t{y} * s.stride_h - s.pad_top + std::int64_t(kh),
                                       std::int64_t{x} * s.stride_w - s.pad_left + std::int64_t(kw),
                                       inside);
                    }
                    const auto& e = c.requant[o];
                    expected.push_back(dyadic(s, (Int128{acc} + e.bias) * e.multiplier, e.shift));
                }
        expect_paths_agree(c, expected, seed);
    }
}

TEST(ApEngine, AdditionRoundsOnce)
{
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        Case c = make_case(IMC_STAGE_ADD, seed);
        const imc_stage& s = c.stage;
        Draw draw{seed + 2000};
        c.requant = {entry(draw, true), entry(draw, true), entry(draw)};
        std::vector<std::int32_t> expected;
        for (unsigned o = 0; o < s.channel_end; ++o)
            for (unsigned y = 0; y < s.out_height; ++y)
                for (unsigned x = 0; x < s.out_width; ++x) {
                    Int128 sum = c.requant[2].bias;
                    bool inside = false;
                    for (unsigned i = 0; i < 2; ++i)
                        sum += Int128{code_at(c, i, o, y, x, inside) + c.requant[i].bias} *
                               c.requant[i].multiplier;
                    expected.push_back(dyadic(s, sum, c.requant[2].shift));
                }
        expect_paths_agree(c, expected, seed);
    }
}

TEST(ApEngine, AveragePoolDividesExactlyByAnyWindow)
{
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        Case c = make_case(IMC_STAGE_AVGPOOL, seed);
        const imc_stage& s = c.stage;
        Draw draw{seed + 3000};
        c.requant = {entry(draw, true)};
        const auto& e = c.requant[0];
        std::vector<std::int32_t> expected;
        for (unsigned o = 0; o < s.channel_end; ++o)
            for (unsigned y = 0; y < s.out_height; ++y)
                for (unsigned x = 0; x < s.out_width; ++x) {
                    std::int64_t sum = 0, cells = 0;
                    for (int k = 0; k < s.kernel_h * s.kernel_w; ++k) {
                        bool inside = false;
                        const auto code = code_at(
                            c, 0, o, std::int64_t{y} * s.stride_h - s.pad_top + k / s.kernel_w,
                            std::int64_t{x} * s.stride_w - s.pad_left + k % s.kernel_w, inside);
                        if (!inside && !s.count_include_pad) continue;
                        sum += code;
                        ++cells;
                    }
                    expected.push_back(dyadic(
                        s, (Int128{sum} + Int128{cells} * e.bias) * e.multiplier, e.shift, cells));
                }
        expect_paths_agree(c, expected, seed);
    }
}

TEST(ApEngine, MaxPoolThenScaling)
{
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        Case c = make_case(IMC_STAGE_MAXPOOL, seed);
        const imc_stage& s = c.stage;
        Draw draw{seed + 4000};
        if (seed % 2) c.requant = {entry(draw)};
        std::vector<std::int32_t> expected;
        for (unsigned o = 0; o < s.channel_end; ++o)
            for (unsigned y = 0; y < s.out_height; ++y)
                for (unsigned x = 0; x < s.out_width; ++x) {
                    std::int64_t best = INT64_MIN;
                    for (int k = 0; k < s.kernel_h * s.kernel_w; ++k) {
                        bool inside = false;
                        const auto code = code_at(
                            c, 0, o, std::int64_t{y} * s.stride_h - s.pad_top + k / s.kernel_w,
                            std::int64_t{x} * s.stride_w - s.pad_left + k % s.kernel_w, inside);
                        if (inside) best = std::max<std::int64_t>(best, code);
                    }
                    if (c.requant.empty())
                        expected.push_back(static_cast<std::int32_t>(
                            std::clamp<std::int64_t>(best, s.out_min, s.out_max)));
                    else
                        expected.push_back(
                            dyadic(s, Int128{best} * c.requant[0].multiplier + c.requant[0].bias,
                                   c.requant[0].shift));
                }
        expect_paths_agree(c, expected, seed);
    }
}

TEST(ApEngine, AffineAndLookUp)
{
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        Case c = make_case(IMC_STAGE_AFFINE, seed);
        imc_stage& s = c.stage;
        Draw draw{seed + 5000};
        const bool table = seed % 2;
        if (table) {
            s.op = IMC_STAGE_LUT;
            s.requant = IMC_REQUANT_NONE;
            for (int code = 0; code < 1 << s.in[0].bits; ++code)
                c.lut.push_back(static_cast<std::int32_t>(draw(s.out_min, s.out_max)));
        } else {
            for (unsigned o = 0; o < s.channel_end; ++o)
                c.requant.push_back(entry(draw, true));
        }
        const std::int32_t low = s.in[0].is_signed ? -(1 << (s.in[0].bits - 1)) : 0;
        std::vector<std::int32_t> expected;
        for (unsigned o = 0; o < s.channel_end; ++o)
            for (unsigned y = 0; y < s.out_height; ++y)
                for (unsigned x = 0; x < s.out_width; ++x) {
                    bool inside = false;
                    const std::int32_t code = code_at(c, 0, o, y, x, inside);
                    expected.push_back(
                        table
                            ? c.lut[static_cast<std::size_t>(code - low)]
                            : dyadic(s, Int128{code} * c.requant[o].multiplier + c.requant[o].bias,
                                     c.requant[o].shift));
                }
        expect_paths_agree(c, expected, seed);
    }
}

/// Sums of 16 x 16 bits over 4,608 rows, 45 columns, and their products with 8 bits: 80 columns
/// hold them, multiplied in halves; 70 do not.
TEST(Rescale, WideSumsFitTheColumnsOfAnArray)
{
    imc_stage stage{};
    stage.requant = IMC_REQUANT_DYADIC;
    stage.out_max = 65535;
    imc_requant e{};
    e.multiplier = 253;
    e.shift = 37;
    e.bias = -12345;
    const std::int64_t lowest = -(std::int64_t{1} << 44);
    const std::uint64_t highest = (std::uint64_t{1} << 45) - 1;
    const Rescale rescale = rescale_of(stage, e, {lowest, highest}, false);
    std::vector<std::uint64_t> words{0, highest};
    for (std::uint64_t i = 0; i < 50; ++i)
        words.push_back(random_bits(3, i) >> 19);
    std::vector<std::uint64_t> codes(words.size());
    Counts counts[2];
    for (const Path path : {Path::fast, Path::pass_exact}) {
        WordUnit unit(path, words.size(), 80);
        run_rescale(unit, rescale, words.data(), codes.data());
        for (std::size_t i = 0; i < words.size(); ++i) {
            const Int128 sum = Int128{lowest} + static_cast<Int128>(words[i]) + e.bias;
            EXPECT_EQ(static_cast<std::int32_t>(codes[i]),
                      dyadic(stage, sum * e.multiplier, e.shift))
                << i;
        }
        counts[path == Path::fast ? 0 : 1] = unit.counts();
    }
    EXPECT_TRUE(counts[0] == counts[1]);
    WordUnit narrow(Path::fast, words.size(), 70);
    EXPECT_THROW(run_rescale(narrow, rescale, words.data(), codes.data()), InputError);
}

/// SqueezeNet's last layer: 13 x 13 cells of 8 bits to 24-bit codes, by a reciprocal of 33 bits.
TEST(Rescale, AveragesWithWideResultsDivideExactly)
{
    imc_stage stage{};
    stage.requant = IMC_REQUANT_DYADIC;
    stage.out_min = -(1 << 23);
    stage.out_max = (1 << 23) - 1;
    imc_requant e{};
    e.multiplier = 0xabcdef;
    e.shift = 9;
    constexpr std::uint64_t cells = 169, highest = 255 * cells;
    const Rescale rescale = rescale_of(stage, e, {0, highest}, false, cells);
    std::vector<std::uint64_t> words{0, highest};
    for (std::uint64_t i = 0; i < 500; ++i)
        words.push_back(random_bits(5, i) % (highest + 1));
    std::vector<std::uint64_t> codes(words.size());
    Counts counts[2];
    for (const Path path : {Path::fast, Path::pass_exact}) {
        WordUnit unit(path, words.size(), 96);
        run_rescale(unit, rescale, words.data(), codes.data());
        for (std::size_t i = 0; i < words.size(); ++i)
            ASSERT_EQ(static_cast<std::int32_t>(codes[i]) + stage.out_min,
                      dyadic(stage, Int128{words[i]} * e.multiplier, e.shift, cells))
                << words[i];
        counts[path == Path::fast ? 0 : 1] = unit.counts();
    }
    EXPECT_TRUE(counts[0] == counts[1]);
}

TEST(ApEngine, RefusesWhatItHasNoMicrocodeFor)
{
    Case c = make_case(IMC_STAGE_CONV, 1);
    c.stage.requant = IMC_REQUANT_ONNX;
    Ledger ledger;
    const auto cost = std::make_shared<const ApCost>(Config{}, energies(), ledger);
    EXPECT_THROW(ApEngine(c.stage, cost, std::make_shared<WeightStore>()), InputError);
    c.stage.requant = IMC_REQUANT_DYADIC;
    ApEngine engine(c.stage, cost, std::make_shared<WeightStore>());
    Work work;
    std::vector<std::int32_t> out(1000);
    EXPECT_THROW(engine.run(0, 0, c.stage.out_height, Rows(c), out.data(), nullptr, work),
                 InputError);
}

}  // namespace
}  // namespace imc::associative
