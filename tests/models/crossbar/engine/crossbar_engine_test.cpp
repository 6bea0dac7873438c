// SPDX-License-Identifier: Apache-2.0
#include "crossbar/engine/crossbar_engine.h"

#include "common/error.h"
#include "common/random.h"
#include "models/crossbar/engine/engine_parts.h"

#include <gtest/gtest.h>

#include <map>

namespace {

using namespace imc;
using namespace imc::crossbar;
using namespace imc::test;

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

TEST_F(EngineTest, EveryPartThatIsChargedIsBusy)
{
    for (const Activation activation : {Activation::operation_unit, Activation::full_array}) {
        Config config;
        config.activation = activation;
        auto cost = std::make_shared<CrossbarCost>(config, technology, ledger);
        const auto bytes =
            blob_of(weights, std::vector<imc_requant>(5, imc_requant{7, 0, 0, 0, 0}));
        CrossbarEngine engine(conv_stage(), cost, conversions);
        engine.load(Blob(bytes.data(), bytes.size()));
        std::vector<std::int32_t> out(5 * 4);
        Work work;
        engine.run(0, 0, 1, in, out.data(), nullptr, work);
        std::map<ComponentId, std::uint64_t> busy_ps, charged;
        for (const Segment& s : work.segments) {
            busy_ps[s.component] += s.duration_ps;
            EXPECT_LE(s.offset_ps + s.duration_ps, work.duration_ps) << s.operation;
        }
        for (const auto& c : work.counts)
            if (c.times != 0) charged[ledger.events()[c.event].component] += c.times;
        for (const auto& [component, times] : charged)
            EXPECT_GT(busy_ps[component], 0u) << ledger.components()[component].name;
        // Four positions of 54 codes of 8 bits in, 5 of 16 bits out, over 64 wires: 4 x (7 + 2)
        // cycles at 1.2 GHz.
        EXPECT_EQ(busy_ps[cost->bus], 30'000u);
        EXPECT_EQ(busy_ps[cost->registers], busy_ps[cost->bus]);
        // Bitlines of an operation unit go straight to its converters (bwq.md 2.5).
        EXPECT_EQ(charged.count(cost->sample_hold), activation == Activation::full_array ? 1u : 0u);
    }
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
                for (const double adc_bits : {16.0, 6.0, 1.5}) {
                    const bool lossless = adc_bits == 16.0;
                    Config config;
                    config.activation = Activation::full_array;
                    config.sign = sign;
                    config.dac_bits = dac_bits;
                    config.cell_bits = 2;
                    config.adc_bits = adc_bits;
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
                        << static_cast<int>(sign) << signed_inputs << dac_bits << ' ' << adc_bits;
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
