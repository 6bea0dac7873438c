// SPDX-License-Identifier: Apache-2.0
/// Operators that the accelerator leaves to the firmware count in an image's latency and have rows.
#include "support/onnx_builder.h"
#include "vp_process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <vector>

namespace imc::app {
namespace {

/// A convolution and a classifier of ten outputs, with or without Softmax behind.
std::string network(bool softmax)
{
    test::OnnxBuilder model;
    model.input("x", {0, 3, 8, 8}).output("y");
    std::vector<float> filters(4 * 27), classifier(10 * 256);
    for (std::size_t i = 0; i < filters.size(); ++i)
        filters[i] = 0.01f * static_cast<float>(i * 7 % 31) - 0.15f;
    for (std::size_t i = 0; i < classifier.size(); ++i)
        classifier[i] = 0.02f * static_cast<float>(i * 13 % 37) - 0.36f;
    model.constant(test::floats("f", {4, 3, 3, 3}, filters));
    model.constant(test::floats("c", {10, 256}, classifier));
    model.node("Conv", {"x", "f"}, "a", {{"pads", test::Dims{1, 1, 1, 1}}});
    model.node("Relu", {"a"}, "b").node("Flatten", {"b"}, "d");
    model.node("Gemm", {"d", "c"}, softmax ? "e" : "y", {{"transB", 1}});
    if (softmax) model.node("Softmax", {"e"}, "y", {{"axis", 1}});
    return model.bytes();
}

class HostOperators : public testing::Test {
protected:
    HostOperators()
    {
        vp.write("softmax.onnx", network(true));
        vp.write("plain.onnx", network(false));
    }
    nlohmann::json run(const std::string& model, const std::string& more = "",
                       const std::string& out = "r") const
    {
        const auto outcome =
            vp.run("run --quiet " + VpProcess::scenario("infer_crossbar") +
                   " --set network.onnx=" + vp.folder() + "/" + model +
                   ".onnx --set trace='{perfetto: true, csv: true}' --out " + out + " " + more);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        auto json = nlohmann::json::parse(vp.text_of(out + "/summary.json"));
        json.erase("simulation");
        json.erase("command");
        return json;
    }
    /// The row before "(shared)".
    static nlohmann::json last_row(const nlohmann::json& json)
    {
        return json["layers"][json["layers"].size() - 2];
    }

    std::vector<std::string> sorted_lines(const std::string& name) const
    {
        std::vector<std::string> lines;
        std::istringstream text(vp.text_of(name));
        for (std::string line; std::getline(text, line);)
            lines.push_back(line);
        std::sort(lines.begin(), lines.end());
        return lines;
    }

    VpProcess vp;
};

TEST_F(HostOperators, SoftmaxIsARowWithItsTimeAndInsideTheLatency)
{
    const auto plain = run("plain"), json = run("softmax");
    const auto row = last_row(json);
    EXPECT_EQ(row["name"], "softmax");
    EXPECT_EQ(row["engine"], "host");
    EXPECT_EQ(json["layers"].size(), plain["layers"].size() + 1);
    const double softmax_s = row["latency_s"],
                 longer_s = json["latency_s"].get<double>() - plain["latency_s"].get<double>();
    EXPECT_GT(softmax_s, 0.0);
    EXPECT_GE(longer_s, softmax_s);
    // Between the output and the operator lie completion, interrupt and wake-up: some hundred
    // instructions and accesses.
    EXPECT_LT(longer_s, softmax_s + 5e-6);
    // The accelerator works as before.
    EXPECT_EQ(json["energy_j"], plain["energy_j"]);
    EXPECT_EQ(row["energy_j"], 0.0);
    EXPECT_THAT(vp.text_of("r/activities.csv"), testing::HasSubstr("softmax"));
}

TEST_F(HostOperators, TheRowsInstructionsTakeItsTime)
{
    // 1 pJ an instruction shows their number; an instruction takes a cycle of 1 GHz.
    const auto json = run("softmax", "--set technology.host.instruction_pj=1 --set run.images=3");
    const auto row = last_row(json);
    const double instructions = row["external_energy_j"].get<double>() * 1e12;
    const double cycles = row["latency_s"].get<double>() * 1e9;
    EXPECT_GT(instructions, 10 * 20) << "ten exponentials";
    EXPECT_GE(cycles, instructions - 1);
    EXPECT_LT(cycles, instructions + 100) << "one access to a device";
    double external = 0;
    for (const auto& layer : json["layers"])
        external += layer["external_energy_j"].get<double>();
    EXPECT_NEAR(external / json["external_energy_j"].get<double>(), 1.0, 1e-9);
}

TEST_F(HostOperators, TheQuantumMovesNothing)
{
    const auto base = run("softmax", "--set run.images=3", "base");
    for (const char* quantum : {"'100 ns'", "'100 us'"}) {
        EXPECT_EQ(base,
                  run("softmax", std::string("--set run.images=3 --set host.quantum=") + quantum,
                      "changed"));
        EXPECT_EQ(vp.text_of("base/outputs.npy"), vp.text_of("changed/outputs.npy"));
        EXPECT_EQ(vp.text_of("base/layers.csv"), vp.text_of("changed/layers.csv"));
        // A CPU that runs ahead reports its functions earlier, not otherwise.
        EXPECT_EQ(sorted_lines("base/activities.csv"), sorted_lines("changed/activities.csv"))
            << quantum;
    }
}

TEST_F(HostOperators, OnTheNativeHostCodeTakesNoTime)
{
    const auto rv64 = run("softmax", "", "rv64"),
               native = run("softmax", "--set host.cpu=native", "n");
    EXPECT_EQ(vp.text_of("rv64/outputs.npy"), vp.text_of("n/outputs.npy"));
    EXPECT_EQ(last_row(native)["name"], "softmax");
    EXPECT_LT(last_row(native)["latency_s"], last_row(rv64)["latency_s"]);
    EXPECT_EQ(native["energy_j"], rv64["energy_j"]);
}

}  // namespace
}  // namespace imc::app
