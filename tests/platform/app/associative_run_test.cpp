// SPDX-License-Identifier: Apache-2.0
/// Whole runs on associative processors: cycles of the fact sheet, the trade-off of precision, both
/// paths, precision changed between images, and a chip of two engines.
#include "vp_process.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace imc::app {
namespace {

using nlohmann::json;

class AssociativeRun : public testing::Test {
protected:
    json run(const std::string& scenario, const std::string& arguments = "") const
    {
        const auto outcome =
            vp.run("run --quiet " + VpProcess::scenario(scenario) + " --out r" + quiet + arguments);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        const auto summary = json::parse(vp.text_of("r/summary.json"));
        EXPECT_EQ(summary["reference"]["mismatches"], 0);
        EXPECT_GT(summary["reference"]["compared"].get<int>(), 0);
        return summary;
    }
    static json layer(const json& summary, const std::string& name)
    {
        for (const auto& row : summary["layers"])
            if (row["name"] == name) return row;
        ADD_FAILURE() << "no layer " << name;
        return {};
    }
    static double cycles(const json& summary, const std::string& name)
    {
        return layer(summary, name)["observed"]["cap.product_cycles"];
    }

    const std::string quiet =
        " --set trace.perfetto=false --set trace.vcd=false "
        "--set trace.html=false --set host.cpu=native ";
    VpProcess vp;
};

/// Fact 1.3 of bf-imna.md at its two ends (scripts/validate_ap.py runs all five configurations).
/// Unit checks of its section 11: 6 797 and 4 200 cycles; their sum over ResNet-18 at 8 bits is
/// 0.1142 ms there.
TEST_F(AssociativeRun, EnergyDelayProductFollowsThePrecision)
{
    const auto int4 = run("resnet18_hawq_int4"), int8 = run("resnet18_hawq_int8");
    EXPECT_LT(int4["edp_js"].get<double>(), int8["edp_js"].get<double>());
    EXPECT_EQ(cycles(int8, "layer1.0.conv1"), 6797);
    EXPECT_EQ(cycles(int4, "layer4.0.conv2"), 4200);
    double sum = 0.0;
    for (const auto& row : int8["layers"])
        sum += row["observed"].value("cap.product_cycles", 0.0);
    EXPECT_NEAR(sum * 1e-6, 0.1142, 5e-5);
    EXPECT_GT(int8["lifetime_s"].get<double>(), 0.0);
}

TEST_F(AssociativeRun, BothPathsGiveTheSameFigures)
{
    const std::string small = " --set network.onnx=networks/resnet20_cifar10.onnx";
    auto fast = run("alexnet_ap_8bit", small);
    auto exact = run("alexnet_ap_8bit", small + " --set platform.associative.path=pass_exact");
    for (json* summary : {&fast, &exact})
        for (const char* key : {"simulation", "command"})
            summary->erase(key);
    EXPECT_EQ(fast, exact);
}

/// Two images at two precisions on one program take what each takes alone, and nothing between:
/// layer4.0.conv2 needs 7 x (16 + 512 + 507 + 29) cycles at 8 bits and 4 200 at 4.
TEST_F(AssociativeRun, PrecisionChangesBetweenImages)
{
    const auto turns =
        run("resnet18_hawq_turns", "--set run.images=2 --set run.precision=[int8,int4]");
    EXPECT_EQ(cycles(turns, "layer4.0.conv2"), (7448.0 + 4200.0) / 2);
}

TEST_F(AssociativeRun, ChipOfTwoEngines)
{
    const auto summary = run("resnet18_mixed");
    EXPECT_EQ(layer(summary, "layer1.0.conv1")["engine"], "crossbar");
    EXPECT_EQ(layer(summary, "layer1.0.conv1.requantize")["engine"], "associative");
    EXPECT_EQ(layer(summary, "layer1.0.add")["engine"], "associative");
    EXPECT_EQ(layer(summary, "pool")["engine"], "associative");
}

TEST_F(AssociativeRun, LinksAndOutsideWeightsCostTimeAndTraffic)
{
    const auto ideal = run("resnet18_hawq_int4");
    const auto real = run("resnet18_hawq_int4",
                          "--set platform.associative.load=network "
                          "--set platform.associative.weights=dram");
    EXPECT_GT(real["latency_s"].get<double>(), ideal["latency_s"].get<double>());
    EXPECT_GT(real["energy_j"].get<double>(), ideal["energy_j"].get<double>());
    // 5.82 MiB of weights (bf-imna.md section 2) at 20 pJ a bit, beside what the image costs.
    const double weights = 5.82 * 1024 * 1024 * 8 * 20e-12;
    EXPECT_NEAR(real["external_energy_j"].get<double>() - ideal["external_energy_j"].get<double>(),
                weights, 0.01 * weights);
}

}  // namespace
}  // namespace imc::app
