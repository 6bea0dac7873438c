// SPDX-License-Identifier: Apache-2.0
#include "crossbar/engine/crossbar_engine.h"

#include "common/error.h"
#include "common/random.h"

#include <gtest/gtest.h>

#include <cstring>

namespace {

using namespace imc;
using namespace imc::crossbar;

/// Every key the engines ask for at 1 pJ.
Technology unit_technology()
{
    Technology t;
    t.name = "unit";
    for (const char* key :
         {"crossbar.cell_read_pj", "crossbar.cell_write_pj", "crossbar.cell_verify_pj",
          "dac.drive_pj", "sample_hold.sample_pj", "shift_add.add_pj", "shift_add.merge_pj",
          "controller.lookup_pj", "register.bit_pj", "buffer.read_bit_pj", "buffer.write_bit_pj",
          "bus.bit_pj", "digital.requantize_pj", "digital.add_pj", "digital.compare_pj",
          "digital.multiply_pj", "digital.lookup_pj"})
        t.set(key, {1.0, "pJ", "test"});
    return t;
}

struct Conversions : ConversionAccount {
    std::uint64_t conversions = 0, clipped = 0;
    std::uint64_t converted(std::uint64_t n, std::uint64_t c, double, Work&) override
    {
        conversions += n;
        clipped += c;
        return 0;
    }
};

struct Rows : InputRows {
    std::vector<std::int32_t> codes;  // [row][channel][width]
    std::size_t row_size = 0;
    const std::int32_t* row(unsigned, std::uint32_t y) const override
    {
        return codes.data() + y * row_size;
    }
};

/// A blob with 8-bit weights and requantisation entries.
std::vector<std::uint8_t> blob_of(const std::vector<std::int8_t>& weights,
                                  const std::vector<imc_requant>& entries)
{
    const std::size_t head = (sizeof(imc_blob_header) + 2 * sizeof(imc_section) + 15) / 16 * 16;
    const std::size_t requant_at = (head + weights.size() + 15) / 16 * 16;
    std::vector<std::uint8_t> blob(requant_at + entries.size() * sizeof(imc_requant));
    const imc_blob_header header{IMC_BLOB_MAGIC, 2};
    const imc_section sections[2] = {
        {IMC_SECTION_WEIGHTS_I8, 1, head, weights.size()},
        {IMC_SECTION_REQUANT, sizeof(imc_requant), requant_at, entries.size()}};
    std::memcpy(blob.data(), &header, sizeof header);
    std::memcpy(blob.data() + sizeof header, sections, sizeof sections);
    std::memcpy(blob.data() + head, weights.data(), weights.size());
    std::memcpy(blob.data() + requant_at, entries.data(), entries.size() * sizeof(imc_requant));
    return blob;
}

imc_stage conv_stage()
{
    imc_stage s{};
    s.op = IMC_STAGE_CONV;
    s.requant = IMC_REQUANT_NONE;
    s.streams = s.copies = s.unit_rows = s.groups = 1;
    s.out_channels = s.channel_end = 5;
    s.out_height = s.out_width = 4;
    s.kernel_h = s.kernel_w = 3;
    s.stride_h = s.stride_w = 2;
    s.dilation_h = s.dilation_w = 1;
    s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
    s.weight_bits = 8;
    s.out_min = -1000000;
    s.out_max = 1000000;
    s.arrays = 96;
    s.in[0].channels = 6;
    s.in[0].height = s.in[0].width = 7;
    s.in[0].bits = 8;
    s.in[0].pad_code = 3;
    return s;
}

/// One output of conv_stage by the definition.
std::int64_t by_hand(const Rows& in, const std::vector<std::int8_t>& w, int o, int y, int x)
{
    std::int64_t sum = 0;
    for (int c = 0; c < 6; ++c)
        for (int kh = 0; kh < 3; ++kh)
            for (int kw = 0; kw < 3; ++kw) {
                const int iy = y * 2 - 1 + kh, ix = x * 2 - 1 + kw;
                const bool inside = iy >= 0 && iy < 7 && ix >= 0 && ix < 7;
                const int a = inside ? in.codes[iy * in.row_size + c * 7 + ix] : 3;
                sum += a * w[((o * 6 + c) * 3 + kh) * 3 + kw];
            }
    return sum;
}

class EngineTest : public testing::Test {
protected:
    void SetUp() override
    {
        for (int i = 0; i < 5 * 54; ++i)
            weights.push_back(static_cast<std::int8_t>(random_bits(1, i)));
        in.row_size = 6 * 7;
        for (int i = 0; i < 7 * 42; ++i)
            in.codes.push_back(static_cast<std::int32_t>(random_bits(2, i) % 256));
    }
    std::vector<std::int8_t> weights;
    Rows in;
    Ledger ledger;
    Conversions conversions;
    Technology technology = unit_technology();
};

TEST_F(EngineTest, ConvolutionEqualsItsDefinitionForOneAndSeveralRowsAUnit)
{
    auto cost = std::make_shared<CrossbarCost>(Config{}, technology, ledger);
    const auto bytes = blob_of(weights, std::vector<imc_requant>(5, imc_requant{7, 0, 0, 0, 0}));
    for (const unsigned rows : {1u, 2u}) {
        CrossbarEngine engine(conv_stage(), cost, conversions);
        engine.load(Blob(bytes.data(), bytes.size()));
        std::vector<std::int32_t> out(5 * rows * 4);
        for (unsigned first = 0; first < 4; first += rows) {
            Work work;
            engine.run(0, first, rows, in, out.data(), nullptr, work);
            EXPECT_GT(work.duration_ps, 0u);
            for (int o = 0; o < 5; ++o)
                for (unsigned r = 0; r < rows; ++r)
                    for (int x = 0; x < 4; ++x)
                        ASSERT_EQ(out[(o * rows + r) * 4 + x],
                                  by_hand(in, weights, o, first + r, x) + 7);
        }
    }
    EXPECT_GT(conversions.conversions, 0u);
    EXPECT_EQ(conversions.clipped, 0u);  // nine one-bit rows never clip a 4-bit magnitude
}

TEST_F(EngineTest, CellsThatHoldTheirLevelTakeNoPulse)
{
    auto cost = std::make_shared<CrossbarCost>(Config{}, technology, ledger);
    const std::vector<imc_requant> requant(5);
    CrossbarEngine engine(conv_stage(), cost, conversions);
    const auto pulses = [&] {
        const auto bytes = blob_of(weights, requant);
        std::uint64_t n = 0;
        for (const auto& count : engine.load(Blob(bytes.data(), bytes.size())).counts)
            if (count.event == cost->cell_write) n += count.times;
        return n;
    };
    weights[7] = 5;  // 101 in positive cells
    EXPECT_GT(pulses(), 270u);
    EXPECT_EQ(pulses(), 0u);
    weights[7] = 6;  // 110
    EXPECT_EQ(pulses(), 2u);
    weights[7] = -6;  // positive cells cleared, negative ones set
    EXPECT_EQ(pulses(), 4u);
}

TEST_F(EngineTest, ConverterNoiseOfNextToNothingChangesNothing)
{
    // Real devices take another path through the code; as their faults vanish it must give what
    // ideal ones give, negative inputs and converters that saturate included.
    for (const SignMode sign : {SignMode::diff_analog, SignMode::diff_digital})
        for (const unsigned signed_inputs : {0u, 1u})
            for (const unsigned dac_bits : {1u, 2u, 8u})
                for (const bool lossless : {true, false}) {
                    Config config;
                    config.activation = Activation::full_array;
                    config.sign = sign;
                    config.dac_bits = dac_bits;
                    config.cell_bits = 2;
                    config.adc_bits = 6;
                    config.adc_lossless = lossless;
                    imc_stage stage = conv_stage();
                    stage.in[0].is_signed = signed_inputs;
                    Rows inputs = in;
                    for (auto& code : inputs.codes)
                        code -= signed_inputs ? 128 : 0;
                    const auto bytes = blob_of(weights, std::vector<imc_requant>(5));
                    std::vector<std::int32_t> out[2];
                    for (const bool real : {false, true}) {
                        config.device.adc_sigma = real ? 1e-9 : 0.0;
                        auto cost = std::make_shared<CrossbarCost>(config, technology, ledger);
                        CrossbarEngine engine(stage, cost, conversions);
                        engine.load(Blob(bytes.data(), bytes.size()));
                        out[real].resize(5 * 4 * 4);
                        Work work;
                        engine.run(0, 0, 4, inputs, out[real].data(), nullptr, work);
                    }
                    EXPECT_EQ(out[0], out[1])
                        << static_cast<int>(sign) << signed_inputs << dac_bits;
                    if (lossless) {
                        EXPECT_EQ(out[1][3], by_hand(inputs, weights, 0, 0, 3));
                    }
                }
}

TEST_F(EngineTest, PartialSumsOfTwoSlicesAddUpToTheWhole)
{
    auto cost = std::make_shared<CrossbarCost>(Config{}, technology, ledger);
    imc_stage worker = conv_stage(), owner = conv_stage();
    worker.role = IMC_ROLE_PSUM_WORKER;
    owner.role = IMC_ROLE_PSUM_OWNER;
    const auto bytes = blob_of(weights, std::vector<imc_requant>(5));
    CrossbarEngine first(worker, cost, conversions), second(owner, cost, conversions);
    first.load(Blob(bytes.data(), bytes.size()));
    second.load(Blob(bytes.data(), bytes.size()));
    std::vector<std::int64_t> psums(5 * 4);
    std::vector<std::int32_t> out(5 * 4);
    Work work;
    first.run(0, 1, 1, in, nullptr, psums.data(), work);
    second.run(0, 1, 1, in, out.data(), psums.data(), work);
    for (int o = 0; o < 5; ++o)
        for (int x = 0; x < 4; ++x)
            EXPECT_EQ(out[o * 4 + x], 2 * by_hand(in, weights, o, 1, x));
}

TEST_F(EngineTest, RefusesBlobsAndStagesThatDoNotFit)
{
    auto cost = std::make_shared<CrossbarCost>(Config{}, technology, ledger);
    const auto few = blob_of({1, 2, 3}, std::vector<imc_requant>(5));
    CrossbarEngine engine(conv_stage(), cost, conversions);
    EXPECT_THROW(engine.load(Blob(few.data(), few.size())), InputError);
    const auto entries = blob_of(weights, std::vector<imc_requant>(4));
    EXPECT_THROW(engine.load(Blob(entries.data(), entries.size())), InputError);
    imc_stage crowded = conv_stage();
    crowded.arrays = 0;
    const auto good = blob_of(weights, std::vector<imc_requant>(5));
    CrossbarEngine full(crowded, cost, conversions);
    EXPECT_THROW(full.load(Blob(good.data(), good.size())), InputError);
    imc_stage add = conv_stage();
    add.op = IMC_STAGE_ADD;
    EXPECT_THROW(CrossbarEngine(add, cost, conversions), InputError);
}

}  // namespace
