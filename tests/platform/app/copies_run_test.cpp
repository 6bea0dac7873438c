// SPDX-License-Identifier: Apache-2.0
/// Copies of layers and slots of edges, simulated: balance never slows a network down, and an edge
/// blocks exactly below the fewest rows that `vp check` accepts.
#include "support/onnx_builder.h"
#include "vp_process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace imc::app {
namespace {

using testing::HasSubstr;

/// Two branches of unlike depth that join twice: by concatenation and by addition.
std::string forked_network()
{
    test::OnnxBuilder model;
    model.input("x", {0, 3, 16, 16}).output("y");
    const auto conv = [&](const char* in, const char* out, std::int64_t from, std::int64_t to,
                          std::int64_t kernel) {
        std::vector<float> w(static_cast<std::size_t>(to * from * kernel * kernel));
        for (std::size_t i = 0; i < w.size(); ++i)
            w[i] = 0.01f * static_cast<float>(i * 7 % 31) - 0.15f;
        const std::string name = std::string("w_") + out;
        const std::int64_t pad = kernel / 2;
        model.constant(test::floats(name, {to, from, kernel, kernel}, w));
        model.node("Conv", {in, name}, out, {{"pads", test::Dims{pad, pad, pad, pad}}});
    };
    conv("x", "stem", 3, 8, 3);
    conv("stem", "deep1", 8, 8, 3);
    conv("deep1", "deep2", 8, 8, 5);
    conv("deep2", "deep3", 8, 8, 3);
    conv("stem", "flat", 8, 8, 1);
    model.node("Concat", {"deep3", "flat"}, "both", {{"axis", 1}});
    conv("both", "mixed", 16, 8, 3);
    model.node("Add", {"mixed", "stem"}, "sum").node("Relu", {"sum"}, "rect");
    model.node("GlobalAveragePool", {"rect"}, "y");
    return model.bytes();
}

class Copies : public testing::Test {
protected:
    std::string design(const std::string& network) const
    {
        return " --set run.schedule=pipelined --set network.onnx=" + network + " --set trace='{}'";
    }
    nlohmann::json run(const std::string& arguments) const
    {
        const auto outcome =
            vp.run("run --quiet " + VpProcess::scenario("resnet18_isaac") + arguments + " --out r");
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return nlohmann::json::parse(vp.text_of("r/summary.json"));
    }
    /// Images a second with `replicate`; outputs are compared unless the run is for time alone.
    double speed(const std::string& arguments, const std::string& replicate) const
    {
        const auto json = run(arguments + " --set mapping.replicate=" + replicate);
        EXPECT_EQ(json["reference"]["mismatches"], 0);
        return json["throughput_ips"];
    }
    void expect_faster(const std::string& arguments, double factor) const
    {
        const double none = speed(arguments, "none"), balance = speed(arguments, "balance");
        EXPECT_GT(balance, factor * none);
    }

    VpProcess vp;
};

TEST_F(Copies, BalanceSpeedsResNet20UpAndKeepsItsOutputs)
{
    expect_faster(design("networks/resnet20_cifar10.onnx") + " --images 3", 8.0);
}

TEST_F(Copies, BalanceSpeedsResNet18Up)
{
    expect_faster(design("networks/resnet18_cifar10.onnx") + " --images 2 --timing-only", 4.0);
}

TEST_F(Copies, BalanceSpeedsAForkedNetworkUpAndKeepsItsOutputs)
{
    vp.write("forked.onnx", forked_network());
    expect_faster(design(vp.folder() + "/forked.onnx") + " --images 4 --set network.weights=file",
                  1.5);
}

TEST_F(Copies, NoCopyTakesAFurtherChip)
{
    const auto json = run(design("networks/resnet18_cifar10.onnx") + " --images 1 --timing-only");
    EXPECT_EQ(json["platform"]["chips"], 1);
    EXPECT_GT(json["platform"]["tiles_used"], 100);  // a copy a layer takes 75
}

/// The identity of a residual block of two 3 x 3 convolutions: three rows (architecture.md).
class SkipEdge : public testing::Test {
protected:
    Outcome command(const std::string& name, unsigned rows, const std::string& more = "") const
    {
        return vp.run(name + VpProcess::scenario("resnet20_bwq") +
                      " --set run.schedule=pipelined --set trace='{}' "
                      "--set 'mapping.buffer_rows={\"conv1:layer1.0.add\": " +
                      std::to_string(rows) + "}'" + more);
    }
    VpProcess vp;
};

TEST_F(SkipEdge, OneRowTooFewIsRefusedByCheckAndTheMinimumIsNot)
{
    const auto shallow = command("check ", 2);
    EXPECT_EQ(shallow.status, 2);
    EXPECT_EQ(std::count(shallow.err.begin(), shallow.err.end(), '\n'), 1) << shallow.err;
    EXPECT_THAT(shallow.err, HasSubstr("edge 'conv1:layer1.0.add' has 2 row(s) but can block "
                                       "below 3; give at least 3"));
    EXPECT_EQ(command("check ", 3).status, 0);
}

TEST_F(SkipEdge, OneRowTooFewForcedStarvesWithItsDiagnosis)
{
    const auto forced = command("run --quiet ", 2, " --set mapping.force=true --out r");
    EXPECT_EQ(forced.status, 1);
    EXPECT_THAT(forced.err, HasSubstr("starved"));
    const std::string diagnosis = vp.text_of("r/diagnosis.txt");
    EXPECT_THAT(diagnosis, HasSubstr("(conv1) image 0 row 2 of 32 waits for credits"));
    EXPECT_THAT(diagnosis, HasSubstr("has 2 slots, all taken"));
    EXPECT_THAT(diagnosis, HasSubstr("(layer1.0.add) image 0 row 0 of 32 waits for input rows"));
}

TEST_F(SkipEdge, TheMinimumRunsToTheReferencesOutputs)
{
    const auto outcome = command("run --quiet ", 3, " --out r");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const auto json = nlohmann::json::parse(vp.text_of("r/summary.json"));
    EXPECT_EQ(json["reference"]["mismatches"], 0);
    EXPECT_GT(json["reference"]["compared"], 0);
}

TEST_F(SkipEdge, AWindowThatDoesNotFitIsRefusedEvenWhenForced)
{
    const auto outcome = vp.run("check " + VpProcess::scenario("resnet20_bwq") +
                                " --set mapping.force=true "
                                "--set 'mapping.buffer_rows={\"conv1:layer1.0.conv1\": 2}'");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.err, HasSubstr("reads 3 at once"));
}

}  // namespace
}  // namespace imc::app
