// SPDX-License-Identifier: Apache-2.0
/// Stages on associative processors against plain integer arithmetic (docs/numbers.md), and the
/// fast path against executed passes: codes, counts and time.
#include "associative/engine/ap_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "common/error.h"
#include "common/random.h"

namespace imc::associative {
namespace {

__extension__ using Int128 = __int128;

Technology energies()
{
    Technology t;
    for (const char* key :
         {"cap.compare_pj", "cap.write_pj", "cap.load_pj", "cap.read_pj", "map.read_bit_pj",
          "map.write_bit_pj", "map.hop_bit_pj", "dram.read_bit_pj"})
        t.set(key, {1.0, "pJ", "test"});
    return t;
}

struct Draw {
    std::uint64_t seed, n = 0;
    std::int64_t operator()(std::int64_t low, std::int64_t high)
    {
        return low + static_cast<std::int64_t>(random_bits(seed, n++) %
                                               static_cast<std::uint64_t>(high - low + 1));
    }
};

struct Case {
    imc_stage stage{};
    std::vector<std::int8_t> weights;
    std::vector<imc_requant> requant;
    std::vector<std::int32_t> lut;
    std::vector<std::vector<std::int32_t>> inputs;  ///< [stream][height][channels][width]
};

class Rows : public InputRows {
public:
    explicit Rows(const Case& c) : m_case(c) {}
    const std::int32_t* row(unsigned stream, std::uint32_t y) const override
    {
        const imc_stream& in = m_case.stage.in[stream];
        return m_case.inputs[stream].data() + std::size_t{y} * in.channels * in.width;
    }

private:
    const Case& m_case;
};

void append(std::vector<std::uint8_t>& bytes, const void* data, std::size_t size)
{
    const auto* from = static_cast<const std::uint8_t*>(data);
    bytes.insert(bytes.end(), from, from + size);
    bytes.resize((bytes.size() + 15) / 16 * 16);
}

std::vector<std::uint8_t> blob_of(const Case& c)
{
    const std::vector<imc_section> sections{
        {IMC_SECTION_WEIGHTS_I8, 1, 0, c.weights.size()},
        {IMC_SECTION_REQUANT, sizeof(imc_requant), 0, c.requant.size()},
        {IMC_SECTION_LUT_I32, 4, 0, c.lut.size()}};
    const void* data[] = {c.weights.data(), c.requant.data(), c.lut.data()};
    std::vector<std::uint8_t> bytes(8 + 3 * sizeof(imc_section));
    bytes.resize((bytes.size() + 15) / 16 * 16);
    std::vector<imc_section> kept;
    for (std::size_t i = 0; i < 3; ++i) {
        if (sections[i].count == 0) continue;
        kept.push_back(sections[i]);
        kept.back().offset = bytes.size();
        append(bytes, data[i], sections[i].count * sections[i].entry_bytes);
    }
    const imc_blob_header header{IMC_BLOB_MAGIC, static_cast<std::uint32_t>(kept.size())};
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, kept.data(), kept.size() * sizeof(imc_section));
    return bytes;
}

struct Result {
    std::vector<std::int32_t> out;
    Work work;
};

Result run(const Case& c, Config config)
{
    Ledger ledger;
    const auto cost = std::make_shared<const ApCost>(config, energies(), ledger);
    ApEngine engine(c.stage, cost, std::make_shared<WeightStore>());
    const auto blob = blob_of(c);
    engine.load(Blob(blob.data(), blob.size()));
    Result result;
    result.out.resize(std::size_t{c.stage.channel_end} * c.stage.out_height * c.stage.out_width);
    engine.run(0, 0, c.stage.out_height, Rows(c), result.out.data(), nullptr, result.work);
    return result;
}

std::map<EventId, std::uint64_t> events(const Work& work)
{
    std::map<EventId, std::uint64_t> sum;
    for (const auto& count : work.counts)
        sum[count.event] += count.times;
    return sum;
}

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

/// A random shape with a window; `op` decides the rest.
Case make_case(imc_op op, std::uint64_t seed)
{
    Draw draw{seed};
    Case c;
    imc_stage& s = c.stage;
    s.op = static_cast<std::uint8_t>(op);
    s.engine = IMC_ENGINE_ASSOCIATIVE;
    s.requant = IMC_REQUANT_DYADIC;
    s.streams = op == IMC_STAGE_ADD ? 2 : 1;
    s.copies = 1;
    const bool window = op == IMC_STAGE_CONV || op == IMC_STAGE_MAXPOOL || op == IMC_STAGE_AVGPOOL;
    s.kernel_h = static_cast<std::uint16_t>(window ? draw(1, 3) : 1);
    s.kernel_w = static_cast<std::uint16_t>(window ? draw(1, 3) : 1);
    s.stride_h = static_cast<std::uint16_t>(window ? draw(1, 2) : 1);
    s.stride_w = static_cast<std::uint16_t>(window ? draw(1, 2) : 1);
    s.dilation_h = s.dilation_w = 1;
    s.pad_top = static_cast<std::uint16_t>(window ? draw(0, s.kernel_h - 1) : 0);
    s.pad_left = static_cast<std::uint16_t>(window ? draw(0, s.kernel_w - 1) : 0);
    s.count_include_pad = static_cast<std::uint8_t>(draw(0, 1));
    s.out_height = s.unit_rows = static_cast<std::uint32_t>(draw(1, 4));
    s.out_width = static_cast<std::uint32_t>(draw(1, 5));
    s.groups = static_cast<std::uint16_t>(op == IMC_STAGE_CONV ? draw(1, 2) : 1);
    s.channel_end = s.out_channels = static_cast<std::uint32_t>(draw(1, 5)) * s.groups;
    s.weight_bits = static_cast<std::uint8_t>(draw(1, 8));
    s.out_bits = static_cast<std::uint8_t>(draw(4, 8));
    s.out_zero_point = static_cast<std::int32_t>(draw(-3, 9));
    s.out_min = draw(0, 1) ? 0 : static_cast<std::int32_t>(draw(-9, 2));
    s.out_max =
        s.out_min + (draw(0, 1) ? (1 << s.out_bits) - 1 : static_cast<std::int32_t>(draw(0, 99)));
    for (unsigned i = 0; i < s.streams; ++i) {
        imc_stream& in = s.in[i];
        in.bits = static_cast<std::uint8_t>(draw(1, 8));
        in.is_signed = static_cast<std::uint8_t>(draw(0, 1));
        in.channels =
            op == IMC_STAGE_CONV ? s.groups * static_cast<unsigned>(draw(1, 7)) : s.channel_end;
        in.height = (s.out_height - 1) * s.stride_h + (window ? s.kernel_h - s.pad_top : 1);
        in.width = (s.out_width - 1) * s.stride_w + (window ? s.kernel_w - s.pad_left : 1);
        const std::int32_t low = in.is_signed ? -(1 << (in.bits - 1)) : 0;
        in.pad_code = low + static_cast<std::int32_t>(draw(0, (1 << in.bits) - 1));
        c.inputs.emplace_back(std::size_t{in.height} * in.channels * in.width);
        for (auto& code : c.inputs.back())
            code = low + static_cast<std::int32_t>(draw(0, (1 << in.bits) - 1));
    }
    return c;
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

/// Section 11 of the fact sheet: 64 x 576 x 3136 at 8 / 8 bits takes 7 steps of 971 cycles.
TEST(ApEngine, EveryStageOfALayerTakesTheLayersTime)
{
    Case c;
    imc_stage& s = c.stage;
    s.op = IMC_STAGE_CONV;
    s.requant = IMC_REQUANT_NONE;
    s.streams = s.copies = 1;
    s.kernel_h = s.kernel_w = 3;
    s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = s.groups = 1;
    s.pad_left = s.pad_right = 1;
    s.out_channels = 64;
    s.channel_begin = 8;
    s.channel_end = 16;
    s.out_height = s.unit_rows = 1;
    s.engine_arg[ap_height] = 56;
    s.out_width = 56;
    s.weight_bits = 8;
    s.out_bits = 24;
    s.out_min = -(1 << 23);
    s.out_max = (1 << 23) - 1;
    s.in[0].channels = 64;
    s.in[0].height = 3;
    s.in[0].width = 56;
    s.in[0].bits = 8;
    c.inputs.emplace_back(3 * 64 * 56, 5);
    c.weights.assign(8 * 576, 3);
    c.requant.resize(8);
    Config config;
    const auto gemm_ps = [&](const Work& work) {
        std::uint64_t sum = 0;
        for (const auto& segment : work.segments)
            if (std::string(segment.operation) != "requantize") sum += segment.duration_ps;
        return sum;
    };
    EXPECT_EQ(gemm_ps(run(c, config).work), 6797u * 1000u);
    s.weight_bits = s.in[0].bits = 4;  // a change of precision is a change of loop bounds only
    EXPECT_EQ(gemm_ps(run(c, config).work), 7u * (8 + 128 + 11 + 22 * 9 + 8 * 18 + 18) * 1000u);
}

TEST(ApEngine, BatchSharesTheTimeOfOneLayerPass)
{
    Case c = make_case(IMC_STAGE_CONV, 5);
    c.weights.assign(std::size_t{c.stage.channel_end} * c.stage.in[0].channels / c.stage.groups *
                         c.stage.kernel_h * c.stage.kernel_w,
                     0);
    c.requant.resize(c.stage.channel_end);
    Config config;
    config.batch = 3;
    Ledger ledger;
    const auto cost = std::make_shared<const ApCost>(config, energies(), ledger);
    ApEngine engine(c.stage, cost, std::make_shared<WeightStore>());
    const auto blob = blob_of(c);
    engine.load(Blob(blob.data(), blob.size()));
    std::vector<std::int32_t> out(std::size_t{c.stage.channel_end} * c.stage.out_height *
                                  c.stage.out_width);
    std::uint64_t gemm = 0;
    for (std::uint32_t image = 0; image < 3; ++image) {
        Work work;
        engine.run(image, 0, c.stage.out_height, Rows(c), out.data(), nullptr, work);
        for (const auto& segment : work.segments)
            if (std::string(segment.operation) != "requantize") gemm += segment.duration_ps;
    }
    GemmShape shape{c.stage.out_channels,
                    std::uint64_t{c.stage.in[0].channels} / c.stage.groups * c.stage.kernel_h *
                        c.stage.kernel_w,
                    std::uint64_t{3} * c.stage.out_height * c.stage.out_width, c.stage.weight_bits,
                    c.stage.in[0].bits};
    EXPECT_EQ(gemm, gemm_cost(config, shape).cycles() * 1000);
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
