// SPDX-License-Identifier: Apache-2.0
/// Plain layers on real devices do the work of ideal ones: as faults vanish, every event, the time
/// and every value are the same.
#include "common/random.h"
#include "models/crossbar/engine/engine_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace {

using namespace imc;
using namespace imc::crossbar;
using namespace imc::test;

struct Machine {
    const char* name;
    Activation activation;
    Skipping skipping;
    ZeroInputs zero_inputs;
    bool gated;
};

const Machine machines[]{
    {"Units", Activation::operation_unit, Skipping::none, ZeroInputs::formed, false},
    {"GatedUnits", Activation::operation_unit, Skipping::none, ZeroInputs::formed, true},
    {"Bwq", Activation::operation_unit, Skipping::bwq, ZeroInputs::formed, false},
    {"SreFormed", Activation::operation_unit, Skipping::sre, ZeroInputs::formed, false},
    {"SreFixed", Activation::operation_unit, Skipping::sre, ZeroInputs::fixed, false},
    {"SreRows", Activation::operation_unit, Skipping::sre, ZeroInputs::ignored, false},
    {"Sme", Activation::operation_unit, Skipping::sme, ZeroInputs::formed, false},
    {"Whole", Activation::full_array, Skipping::none, ZeroInputs::formed, false},
    {"GatedWhole", Activation::full_array, Skipping::none, ZeroInputs::formed, true},
};

/// What a load and four rows took and gave.
struct Done {
    std::map<EventId, std::uint64_t> events, programming;
    std::uint64_t duration_ps = 0, programming_ps = 0, conversions = 0, clipped = 0;
    std::vector<std::int32_t> out;
};

class RealDevices : public testing::TestWithParam<std::tuple<Machine, SignMode>> {
protected:
    RealDevices()
    {
        const std::uint8_t bits[6] = {8, 3, 0, 5, 1, 7};
        planes.assign(bits, bits + 6);
        for (int i = 0; i < 5 * 54; ++i) {
            const int p = planes[i % 54 / 9];  // the weight fits the block of its nine rows
            const int magnitude = (1 << std::min(p, 7)) - 1;
            const int code = static_cast<int>(random_bits(1, i) % 256) - 128;
            weights.push_back(static_cast<std::int8_t>(std::clamp(code, -magnitude, magnitude)));
        }
        in.row_size = 6 * 7;
        for (int i = 0; i < 7 * 42; ++i)
            in.codes.push_back(i % 3 == 0 ? 0 : static_cast<std::int32_t>(random_bits(2, i) % 256));
        const auto& [machine, sign] = GetParam();
        config.activation = machine.activation;
        config.skipping = machine.skipping;
        config.zero_inputs = machine.zero_inputs;
        config.gate_zero_inputs = machine.gated;
        config.sign = sign;
        config.write_pulses = 3;
        if (config.activation == Activation::full_array) config.adc_bits = 3;  // clips
    }
    Done run()
    {
        const std::vector<imc_requant> requant(5);
        const auto bytes = blob_of({{IMC_SECTION_WEIGHTS_I8, 1, weights.data(), weights.size()},
                                    {IMC_SECTION_REQUANT, sizeof(imc_requant), requant.data(), 5},
                                    {IMC_SECTION_BLOCK_BITS, 1, planes.data(), planes.size()}});
        auto cost = std::make_shared<CrossbarCost>(config, technology, ledger);
        Conversions conversions;
        CrossbarEngine engine(conv_stage(), cost, conversions);
        Done done;
        const Work load = engine.load(Blob(bytes.data(), bytes.size()));
        done.programming_ps = load.duration_ps;
        for (const auto& count : load.counts)
            done.programming[count.event] += count.times;
        for (const auto& seen : load.observations)
            done.programming[1000 + seen.observation] += seen.n;
        done.out.resize(5 * 4 * 4);
        Work work;
        engine.run(0, 0, 4, in, done.out.data(), nullptr, work);
        done.duration_ps = work.duration_ps;
        for (const auto& count : work.counts)
            done.events[count.event] += count.times;
        done.conversions = conversions.conversions;
        done.clipped = conversions.clipped;
        return done;
    }

    std::vector<std::uint8_t> planes;
    std::vector<std::int8_t> weights;
    Rows in;
    Config config;
    Ledger ledger;
    Technology technology = unit_technology();
};

TEST_P(RealDevices, TakeTheEventsTimeAndValuesOfIdealOnes)
{
    const Done ideal = run();
    config.device.adc_sigma = 1e-12;
    const Done real = run();
    EXPECT_EQ(real.events, ideal.events);
    EXPECT_EQ(real.duration_ps, ideal.duration_ps);
    EXPECT_EQ(real.conversions, ideal.conversions);
    EXPECT_EQ(real.clipped, ideal.clipped);
    EXPECT_EQ(real.out, ideal.out);
    EXPECT_EQ(real.programming, ideal.programming);
    EXPECT_EQ(real.programming_ps, ideal.programming_ps);
}

TEST_P(RealDevices, ThatVaryGiveOtherValuesInTheSameTime)
{
    const Done ideal = run();
    config.device.device_sigma = 0.3;
    const Done real = run();
    EXPECT_EQ(real.events, ideal.events);
    EXPECT_EQ(real.duration_ps, ideal.duration_ps);
    EXPECT_NE(real.out, ideal.out);
}

TEST_P(RealDevices, TuningTakesAnotherTurnOfAWordlineForEachAttempt)
{
    const Done ideal = run();
    config.device.cycle_sigma = 0.2;
    config.device.verify_tolerance = 1e-12;  // never met
    config.device.verify_tries = 4;
    const Done real = run();
    for (const auto& [event, times] : ideal.programming)
        EXPECT_EQ(real.programming.at(event), event < 1000 ? 4 * times : times);
    // The nine rows of the third block hold no planes: nothing is written there.
    std::uint64_t written = 0;
    for (int row = 0; row < 54; ++row)
        for (int o = 0; o < 5; ++o)
            if (weights[o * 54 + row] != 0) {
                ++written;
                break;
            }
    const double read_ns =
        config.activation == Activation::full_array ? config.read_ns : config.ou_cycle_ns;
    EXPECT_EQ(real.programming_ps,
              static_cast<std::uint64_t>(std::llround(static_cast<double>(128 + 3 * written) * 3 *
                                                      (config.write_pulse_ns + read_ns) * 1000.0)));
    EXPECT_EQ(written, 45u);
}

INSTANTIATE_TEST_SUITE_P(Machines, RealDevices,
                         testing::Combine(testing::ValuesIn(machines),
                                          testing::Values(SignMode::diff_analog,
                                                          SignMode::diff_digital)),
                         [](const auto& info) {
                             return std::string(std::get<0>(info.param).name) +
                                    (std::get<1>(info.param) == SignMode::diff_analog ? "Analog"
                                                                                      : "Digital");
                         });

TEST(BlocksWithoutPlanes, AreNeitherReadNorConverted)
{
    // Empty cells that leak and converters five codes off would show in every sum.
    Config config;
    config.skipping = Skipping::bwq;
    config.sign = SignMode::diff_digital;
    config.device.adc_sigma = 5.0;
    config.device.on_off_ratio = 10.0;
    config.device.compensate_offset = false;
    const std::vector<std::int8_t> weights(5 * 54, 0);
    const std::vector<std::uint8_t> planes(6, 0);
    const std::vector<imc_requant> requant(5);
    const auto bytes = blob_of({{IMC_SECTION_WEIGHTS_I8, 1, weights.data(), weights.size()},
                                {IMC_SECTION_REQUANT, sizeof(imc_requant), requant.data(), 5},
                                {IMC_SECTION_BLOCK_BITS, 1, planes.data(), planes.size()}});
    Rows in;
    in.row_size = 6 * 7;
    in.codes.assign(7 * 42, 255);
    Ledger ledger;
    Conversions conversions;
    auto cost = std::make_shared<CrossbarCost>(config, unit_technology(), ledger);
    CrossbarEngine engine(conv_stage(), cost, conversions);
    engine.load(Blob(bytes.data(), bytes.size()));
    std::vector<std::int32_t> out(5 * 4, 1);
    Work work;
    engine.run(0, 0, 1, in, out.data(), nullptr, work);
    EXPECT_EQ(out, std::vector<std::int32_t>(5 * 4, 0));
    EXPECT_EQ(conversions.conversions, 0u);
    EXPECT_EQ(conversions.clipped, 0u);
}

TEST(ConverterBow, LiesInTheRangeOfTheConverterThatIsCharged)
{
    // One weight of 64 at inputs of 255 a cycle each of 8 bits: slices of one bit see sums of 255
    // or 0. Converters of 9 bits, lossless or not, have their bow at 255.5: 20 codes more.
    for (const bool lossless : {false, true}) {
        Config config;
        config.activation = Activation::full_array;
        config.dac_bits = 8;
        config.adc_bits = 9;
        config.adc_lossless = lossless;
        config.device.adc_inl = 20.0;
        imc_stage stage = conv_stage();
        stage.in[0].pad_code = 0;
        std::vector<std::int8_t> weights(5 * 54, 0);
        weights[4] = 64;        // output 0, centre of the kernel
        weights[54 + 4] = -64;  // output 1
        Rows in;
        in.row_size = 6 * 7;
        in.codes.assign(7 * 42, 255);
        const auto bytes = blob_of(weights, std::vector<imc_requant>(5));
        Ledger ledger;
        Conversions conversions;
        auto cost = std::make_shared<CrossbarCost>(config, unit_technology(), ledger);
        CrossbarEngine engine(stage, cost, conversions);
        engine.load(Blob(bytes.data(), bytes.size()));
        std::vector<std::int32_t> out(5 * 4);
        Work work;
        engine.run(0, 0, 1, in, out.data(), nullptr, work);
        for (int x = 0; x < 4; ++x) {
            EXPECT_EQ(out[x], 64 * (255 + 20)) << lossless;
            EXPECT_EQ(out[4 + x], -64 * (255 + 20));  // the magnitude's converter is the same
            EXPECT_EQ(out[8 + x], 0);                 // nothing is no offset
        }
    }
}

}  // namespace
