// SPDX-License-Identifier: Apache-2.0
/// CAM platforms as a user runs them.
#include "run_command.h"

namespace imc::app {
namespace {

class CamRun : public RunCommand {};

/// A block for every neuron of the CIFAR-10 network (65,034 of them) on the larger of the paper's
/// sizes.
TEST_F(CamRun, EightChipsAgreeWithTheReference)
{
    const auto outcome = vp.run("run --quiet " + VpProcess::scenario("cifar10_rapidnn_8chip") +
                                " --out r --set host.cpu=native");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto json = summary();
    EXPECT_EQ(json["platform"]["chips"], 8);
    EXPECT_EQ(json["reference"]["mismatches"], 0);
    EXPECT_EQ(json["reference"]["compared"], 10);
}

/// Gated rows leak only while they work: time and outputs stay.
TEST_F(CamRun, PowerGatingTakesLeakageAndNothingElse)
{
    const auto run = [&](const char* gate, const std::string& out) {
        const auto outcome =
            vp.run("run --quiet " + VpProcess::scenario("mnist_rapidnn") + " --out " + out +
                   " --set host.cpu=native --set platform.cam.power_gate=" + gate);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return summary(out);
    };
    const auto leaking = run("false", "leaking"), gated = run("true", "gated");
    for (const auto& json : {leaking, gated}) {
        EXPECT_EQ(json["platform"]["energy_mode"], "device");
        EXPECT_EQ(json["platform"]["neurons_a_block"], 1);  // 1,034 neurons, 32,000 blocks
        EXPECT_EQ(json["quantization"]["codebook"]["weight_codes"], 16);
        EXPECT_EQ(json["quantization"]["codebook"]["product_bits"], 16);
    }
    EXPECT_EQ(leaking["latency_s"], gated["latency_s"]);
    EXPECT_EQ(vp.text_of("leaking/outputs.npy"), vp.text_of("gated/outputs.npy"));
    EXPECT_LT(gated["energy_j"].get<double>(), 0.01 * leaking["energy_j"].get<double>());
    for (const auto& json : {leaking, gated})
        EXPECT_EQ(json["reference"]["mismatches"], 0);
}

TEST_F(CamRun, CountersThatCannotHoldACountAreRefused)
{
    const auto outcome = vp.run("run --quiet " + VpProcess::scenario("mnist_rapidnn") +
                                " --out r --set platform.cam.counter_bits=1");
    EXPECT_NE(outcome.status, 0);
    EXPECT_THAT(outcome.err, HasSubstr("platform.cam.counter_bits: layer "));
}

/// The sizes that the bound chose are told where the result is.
TEST_F(CamRun, SizesThatQualityLossChoseAreInTheSummaryAndOnTheConsole)
{
    const auto outcome =
        vp.run("run " + VpProcess::scenario("glyphs_rapidnn") +
               " --out r --set host.cpu=native --set run.images=1 --set "
               "quantization.calibration.count=24 --set quantization.codebook.quality_loss=1");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto book = summary()["quantization"]["codebook"];
    EXPECT_EQ(book["weight_codes"], 4);
    EXPECT_EQ(book["input_codes"], 4);
    EXPECT_EQ(book["quality_loss"], 1.0);
    EXPECT_THAT(outcome.out + outcome.err,
                HasSubstr("4 x 4 codes (weights x inputs), products of 16 bit, chosen by "
                          "quality_loss 1"));
}

}  // namespace
}  // namespace imc::app
