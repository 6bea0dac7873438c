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
    EXPECT_EQ(leaking["latency_s"], gated["latency_s"]);
    EXPECT_EQ(vp.text_of("leaking/outputs.npy"), vp.text_of("gated/outputs.npy"));
    EXPECT_LT(gated["energy_j"].get<double>(), 0.01 * leaking["energy_j"].get<double>());
    for (const auto& json : {leaking, gated})
        EXPECT_EQ(json["reference"]["mismatches"], 0);
}

}  // namespace
}  // namespace imc::app
