// SPDX-License-Identifier: GPL-2.0-only
/// The firmware on both hosts, against an accelerator whose outputs the test knows.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "firmware/runtime/platform.h"

namespace {

using imc::host::HostConfig;
using imc::test::Job;
using imc::test::Kind;
using imc::test::Platform;
using sc_core::SC_NS;
using sc_core::sc_time;
using testing::HasSubstr;

/// Real outputs of an image: dequantised as the port says.
std::vector<double> expected_values(unsigned image)
{
    const auto bytes = Platform::input(image);
    const auto sum = std::accumulate(bytes.begin(), bytes.end(), 0u);
    std::vector<double> values;
    for (unsigned i = 0; i < imc::test::outputs; ++i)
        values.push_back(0.0625 * (imc::test::stub_output(sum, i) - 3));
    return values;
}

class OnBothHosts : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Host, OnBothHosts, testing::Values(Kind::native, Kind::rv64),
                         [](const auto& p) { return p.param == Kind::native ? "native" : "rv64"; });

TEST_P(OnBothHosts, SoftmaxOfEveryImageIsRightToSinglePrecision)
{
    Platform platform("platform", GetParam(), Job{});
    imc::test::run();
    ASSERT_EQ(platform.exit_code(), 0) << platform.console();
    for (unsigned image = 0; image < 3; ++image) {
        const auto values = expected_values(image);
        const auto results = platform.results(image);
        double sum = 0;
        for (const double v : values)
            sum += std::exp(v);
        for (unsigned i = 0; i < values.size(); ++i)
            ASSERT_NEAR(results[i], std::exp(values[i]) / sum, 1e-7 * std::exp(values[i]) / sum);
    }
    EXPECT_THAT(platform.console(), HasSubstr("3 image(s) done"));
    EXPECT_GE(platform.host->statistics().interrupts, 1u);
    EXPECT_EQ(platform.host->statistics().bus_errors, 0u);
}

TEST_P(OnBothHosts, DescriptorsComeInTheOrderOfTheSeamsPage)
{
    Platform platform("platform", GetParam(), Job{2, {IMC_HOST_ARGMAX}, 3});
    imc::test::run();
    ASSERT_EQ(platform.exit_code(), 0) << platform.console();
    std::vector<unsigned> opcodes;
    for (const imc_descriptor& d : platform.accelerator.executed)
        opcodes.push_back(d.opcode);
    EXPECT_EQ(opcodes, (std::vector<unsigned>{IMC_OP_CONFIG, IMC_OP_LOAD, IMC_OP_LOAD, IMC_OP_FENCE,
                                              IMC_OP_INPUT, IMC_OP_STEP, IMC_OP_STEP, IMC_OP_STEP,
                                              IMC_OP_OUTPUT, IMC_OP_INPUT, IMC_OP_STEP, IMC_OP_STEP,
                                              IMC_OP_STEP, IMC_OP_OUTPUT}));
    const auto values = expected_values(1);
    const auto best = std::max_element(values.begin(), values.end()) - values.begin();
    EXPECT_EQ(platform.results(1)[0], static_cast<float>(best));
}

/// Blob 1 belongs to step 2 and comes with every other image, behind the step before, so that it is
/// on its way while that one works.
TEST_P(OnBothHosts, BlobsThatComeWithImagesAreLoadedAStepAhead)
{
    Job job{2, {IMC_HOST_ARGMAX}, 3};
    job.reload = 2;
    Platform platform("platform", GetParam(), job);
    imc::test::run();
    ASSERT_EQ(platform.exit_code(), 0) << platform.console();
    std::vector<unsigned> opcodes;
    for (const imc_descriptor& d : platform.accelerator.executed)
        opcodes.push_back(d.opcode);
    EXPECT_EQ(opcodes, (std::vector<unsigned>{IMC_OP_CONFIG, IMC_OP_LOAD, IMC_OP_FENCE,
                                              IMC_OP_INPUT, IMC_OP_STEP, IMC_OP_LOAD, IMC_OP_STEP,
                                              IMC_OP_STEP, IMC_OP_OUTPUT, IMC_OP_INPUT, IMC_OP_STEP,
                                              IMC_OP_STEP, IMC_OP_STEP, IMC_OP_OUTPUT}));
}

TEST_P(OnBothHosts, ATinyRingWrapsAndStillEveryImageComesOut)
{
    Platform platform("platform", GetParam(), Job{20, {}, 5});
    platform.accelerator.ring_limit = 8;
    imc::test::run();
    ASSERT_EQ(platform.exit_code(), 0) << platform.console();
    for (unsigned image = 0; image < 20; ++image) {
        const auto values = expected_values(image);
        for (unsigned i = 0; i < values.size(); ++i)
            ASSERT_EQ(platform.results(image)[i], static_cast<float>(values[i])) << image;
    }
}

TEST_P(OnBothHosts, AnErrorInterruptEndsInAPanicWithItsCode)
{
    Platform platform("platform", GetParam(), Job{});
    platform.accelerator.fail_at = 5;
    imc::test::run();
    EXPECT_EQ(platform.exit_code(), 64 + IMC_ERROR_BAD_STAGE);
    EXPECT_THAT(platform.console(), HasSubstr("accelerator error at descriptor 5"));
    EXPECT_THAT(platform.console(), HasSubstr("PANIC 71: stage does not fit"));
}

TEST_P(OnBothHosts, ADamagedProgramIsRefused)
{
    Platform platform("platform", GetParam(), Job{});
    platform.program[sizeof(imc_program_header) + 3] ^= 1;
    imc::test::run();
    EXPECT_EQ(platform.exit_code(), 4);
    EXPECT_THAT(platform.console(), HasSubstr("table CRC"));
    EXPECT_TRUE(platform.accelerator.executed.empty());
}

TEST_P(OnBothHosts, ADamagedHeaderIsRefused)
{
    Platform platform("platform", GetParam(), Job{});
    platform.program[offsetof(imc_program_header, output)] ^= 1;
    imc::test::run();
    EXPECT_EQ(platform.exit_code(), 4);
    EXPECT_THAT(platform.console(), HasSubstr("header CRC"));
}

TEST_P(OnBothHosts, AMissingBootBlockIsRefused)
{
    Platform platform("platform", GetParam(), Job{});
    platform.boot.magic = 0;
    imc::test::run();
    EXPECT_EQ(platform.exit_code(), 1);
}

TEST_P(OnBothHosts, AnotherDeviceAtTheAddressIsRefused)
{
    Platform platform("platform", GetParam(), Job{});
    platform.accelerator.id = 0x12345678;
    imc::test::run();
    EXPECT_EQ(platform.exit_code(), 2);
}

TEST_P(OnBothHosts, AnotherRegisterMapIsRefused)
{
    Platform platform("platform", GetParam(), Job{});
    platform.accelerator.version = 0x00020000;
    imc::test::run();
    EXPECT_EQ(platform.exit_code(), 3);
}

TEST_P(OnBothHosts, AnEmptyAddressIsABusErrorAndEndsTheRun)
{
    Platform platform("platform", GetParam(), Job{});
    platform.boot.regs_base = IMC_REGS_ADDRESS + 3 * 0x10000;
    imc::test::run();
    EXPECT_EQ(platform.exit_code(), 8);
    EXPECT_THAT(platform.console(), HasSubstr("trap"));
}

TEST_P(OnBothHosts, AHeapWithoutRoomIsAPanic)
{
    Platform platform("platform", GetParam(), Job{});
    platform.boot.heap_bytes = 100;
    imc::test::run();
    EXPECT_EQ(platform.exit_code(), 6);
}

/// The hosts differ in time only: outputs, text and commands are the same bits.
TEST(BothHosts, GiveIdenticalResultsTextAndCommands)
{
    const Job job{12, {IMC_HOST_LOG_SOFTMAX}, 0};
    Platform native("native", Kind::native, job), second("second", Kind::native, job),
        rv64("rv64", Kind::rv64, job);
    imc::test::run();
    ASSERT_EQ(native.exit_code(), 0) << native.console();
    ASSERT_EQ(rv64.exit_code(), 0) << rv64.console();
    EXPECT_EQ(native.console(), rv64.console());
    EXPECT_EQ(native.console(), second.console());
    ASSERT_EQ(native.accelerator.executed.size(), rv64.accelerator.executed.size());
    for (std::size_t i = 0; i < native.accelerator.executed.size(); ++i)
        EXPECT_EQ(std::memcmp(&native.accelerator.executed[i], &rv64.accelerator.executed[i],
                              sizeof(imc_descriptor)),
                  0)
            << i;
    for (unsigned image = 0; image < 12; ++image) {
        const auto a = native.results(image), b = rv64.results(image), c = second.results(image);
        EXPECT_EQ(std::memcmp(a.data(), b.data(), 4 * a.size()), 0);
        EXPECT_EQ(std::memcmp(a.data(), c.data(), 4 * a.size()), 0);
    }
    EXPECT_FALSE(native.host->statistics().instructions.has_value());
    EXPECT_GT(*rv64.host->statistics().instructions, 10'000u);
}

/// Images complete while the CPU works on earlier ones, and yet the quantum moves nothing.
TEST(Quantum, FirmwareEndsAtTheSameTimeFromTenInstructionsToAHundredMicroseconds)
{
    std::vector<std::unique_ptr<Platform>> platforms;
    for (const double ns : {10., 100., 1000., 10'000., 100'000.}) {
        HostConfig config;
        config.quantum = sc_time(ns, SC_NS);
        const std::string name = "platform" + std::to_string(platforms.size());
        platforms.push_back(std::make_unique<Platform>(name.c_str(), Kind::rv64,
                                                       Job{12, {IMC_HOST_SOFTMAX}, 0}, config));
        platforms.back()->accelerator.image_time = sc_time(17, sc_core::SC_US);
    }
    imc::test::run();
    for (const auto& platform : platforms) {
        ASSERT_EQ(platform->exit_code(), 0) << platform->console();
        EXPECT_EQ(platform->soc.finisher.finish_time(),
                  platforms.front()->soc.finisher.finish_time());
        EXPECT_EQ(platform->host->statistics().instructions,
                  platforms.front()->host->statistics().instructions);
        EXPECT_EQ(platform->host->statistics().register_accesses,
                  platforms.front()->host->statistics().register_accesses);
    }
}

}  // namespace
