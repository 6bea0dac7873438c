// SPDX-License-Identifier: Apache-2.0
/// What runs on associative processors report, and what they refuse.
#include "associative_run.h"
#include "traced_energy.h"

#include <map>
#include <regex>
#include <sstream>

namespace imc::app {
namespace {

using AssociativeBooks = AssociativeRun;

const std::string small = " --set network.onnx=networks/resnet20_cifar10.onnx";

/// Cells wear with what is written, not with the images that wait, nor with a cycle that is
/// charged. Three images share their way in, so their interval is a little shorter.
TEST_F(AssociativeBooks, LifetimeFollowsTheIntervalOfImages)
{
    const auto years = [&](const std::string& arguments) {
        return run("alexnet_ap_8bit", small + arguments)["lifetime_s"].get<double>();
    };
    const double one = years("");
    EXPECT_NEAR(years(" --set run.images=3"), one, 0.1 * one);
    EXPECT_NEAR(years(" --set platform.associative.preset_cycle=true"), one, 0.01 * one);
    EXPECT_NEAR(years(" --set platform.associative.endurance=1e12") * 1e4, one, 1e-6 * one);
}

/// A unit's energy is counted once for its compute APs; how much of it each step took nobody
/// counted, so slices within it have none (docs/outputs.md). The sum is the books'.
TEST_F(AssociativeBooks, EnergyStandsOnTheUnitNotOnItsSteps)
{
    const auto outcome = vp.run("run --quiet " + VpProcess::scenario("alexnet_ap_8bit") +
                                " --out r" + quiet + small);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto summary = json::parse(vp.text_of("r/summary.json"));
    std::istringstream lines(vp.text_of("r/activities.csv"));
    std::string line;
    std::getline(lines, line);
    double cap = 0.0;
    std::map<std::string, unsigned> steps;
    while (std::getline(lines, line)) {
        std::vector<std::string> cells;
        std::istringstream row(line);
        for (std::string cell; std::getline(row, cell, ',');)
            cells.push_back(cell);
        if (cells[3] != "cap") continue;
        cap += std::stod(cells[7]) * 1e-12;
        for (const char* name : {"load", "multiply", "reduce", "read", "requantize"})
            if (cells[4] == name) {
                ++steps[name];
                EXPECT_EQ(cells[7], "0") << line;
            }
    }
    EXPECT_EQ(steps.size(), 5u);
    for (const auto& row : summary["components"])
        if (row["name"] == "cap") {
            EXPECT_NEAR(cap, row["dynamic_energy_j"].get<double>(), 1e-9 * cap);
        }
    EXPECT_GT(cap, 0.0);
}

/// Operands that go to many tiles as one packet are charged by the links of their tree, in the
/// books as in the trace.
TEST_F(AssociativeBooks, CopiesOnTheNetworkAreTracedAsTheyAreCharged)
{
    const auto outcome =
        vp.run("run --quiet " + VpProcess::scenario("alexnet_ap_8bit") + " --out r" + quiet +
               small + " --set platform.associative.load=network");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const double books = booked_joules(json::parse(vp.text_of("r/summary.json")));
    EXPECT_NEAR(traced_joules(vp.text_of("r/activities.csv")), books, 1e-9 * books);
}

TEST_F(AssociativeBooks, BitsOfATurnAreNamed)
{
    const auto outcome = vp.run("check " + VpProcess::scenario("alexnet_ap_8bit") + small +
                                " --set run.precision=[w8a8,w17a4]");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_NE(outcome.err.find("'w17a4' has bits outside 1 to 16"), std::string::npos)
        << outcome.err;
}

/// Crossbars hold one precision.
TEST_F(AssociativeBooks, PrecisionsOfAMixedChipAreRefused)
{
    const std::string mixed = VpProcess::scenario("resnet18_mixed") +
                              " --set network.onnx=networks/resnet20_cifar10.onnx"
                              " --set run.images=2 --set run.precision=[w8a8,w4a4]";
    for (const char* command : {"check ", "run --quiet "}) {
        const auto outcome = vp.run(command + mixed);
        EXPECT_EQ(outcome.status, 2);
        EXPECT_NE(outcome.err.find("runs on tiles that hold one precision"), std::string::npos)
            << outcome.err;
    }
}

TEST_F(AssociativeBooks, ABatchIsWholeAndOfOnePrecision)
{
    const auto refused = [&](const std::string& command) {
        const auto outcome = vp.run(command);
        EXPECT_EQ(outcome.status, 2);
        return outcome.err;
    };
    const std::string scenario = VpProcess::scenario("alexnet_ap_8bit") + small;
    for (const std::string command : {"check ", "run --quiet --out r "})
        EXPECT_NE(refused(command + scenario + " --set platform.associative.batch=64")
                      .find("1 images are no whole batches of 64"),
                  std::string::npos);
    EXPECT_NE(refused("check " + scenario +
                      " --set platform.associative.batch=2 --set run.images=2"
                      " --set run.precision=[w8a8,w4a4]")
                  .find("images of a batch share one precision"),
              std::string::npos);
    // two images of a batch cost no more than twice one of them
    const std::string network = small + " --set platform.associative.load=network";
    const auto single = run("alexnet_ap_8bit", network);
    const auto batch =
        run("alexnet_ap_8bit", network + " --set platform.associative.batch=4 --set run.images=4");
    EXPECT_LE(batch["energy_j"].get<double>(), single["energy_j"].get<double>());
}

/// Registers of pooling, look-ups and per-channel scaling are checked before anything runs: each
/// width that `vp check` accepts runs.
TEST_F(AssociativeBooks, ColumnsOfWordOperationsAreChecked)
{
    const std::string mixed = VpProcess::scenario("resnet18_mixed") +
                              " --set network.onnx=networks/vgg16_bn_cifar10.onnx"
                              " --set platform.associative.columns=";
    std::string columns = "40";
    unsigned refusals = 0;
    for (;; ++refusals) {
        const auto checked = vp.run("check " + mixed + columns);
        if (checked.status == 0) break;
        std::smatch needed;
        ASSERT_TRUE(std::regex_search(
            checked.err, needed, std::regex("need (\\d+) columns, the arrays have " + columns)))
            << checked.err;
        ASSERT_GT(std::stoul(needed[1]), std::stoul(columns));
        // The least of that layer: with one less it is still the one that does not fit.
        std::smatch layer;
        ASSERT_TRUE(std::regex_search(checked.err, layer, std::regex("layer '[^']*'")));
        const auto below = vp.run("check " + mixed + std::to_string(std::stoul(needed[1]) - 1));
        EXPECT_EQ(below.status, 2);
        EXPECT_NE(below.err.find(layer[0].str() + ": its operations need " + needed[1].str()),
                  std::string::npos)
            << below.err;
        columns = needed[1];
    }
    EXPECT_GT(refusals, 0u);
    run("resnet18_mixed",
        " --set network.onnx=networks/vgg16_bn_cifar10.onnx"
        " --set platform.associative.columns=" +
            columns);
}

/// Dot products of 576 rows of 16 x 16 bits: 32 columns of operands, 42 of sums, three flags.
TEST_F(AssociativeBooks, SixteenBitsRunOnTheColumnsTheyNeed)
{
    const std::string wide = small +
                             " --set quantization.weight_bits=16"
                             " --set quantization.activation_bits=16";
    run("alexnet_ap_8bit", wide);
    const auto refused = vp.run("check " + VpProcess::scenario("alexnet_ap_8bit") + wide +
                                " --set platform.associative.columns=76");
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find("need 77 columns, the arrays have 76"), std::string::npos)
        << refused.err;
}

/// Any network takes uniform precisions in turn; each image costs the products of its own.
TEST_F(AssociativeBooks, UniformPrecisionsTakeTurns)
{
    const auto turns =
        run("alexnet_ap_8bit", small + " --set run.images=2 --set run.precision=[w8a8,w4a2]");
    const auto wide = run("alexnet_ap_8bit", small);
    const auto narrow = run("alexnet_ap_8bit", small +
                                                   " --set quantization.weight_bits=4"
                                                   " --set quantization.activation_bits=2");
    const std::string name = "layer2.1.conv1";
    EXPECT_LT(cycles(narrow, name), cycles(wide, name));
    EXPECT_EQ(cycles(turns, name), (cycles(wide, name) + cycles(narrow, name)) / 2);
    const auto refused = vp.run("check " + VpProcess::scenario("alexnet_ap_8bit") + small +
                                " --set run.precision=[int8,w4a4]");
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find("mixes names of HAWQ-V3 with uniform bits"), std::string::npos);
}

/// 64 x 576 x 3,136 products at once: 8 dot products an array make 25,088 arrays; conv1, 64 x 147 x
/// 12,544 with 32 an array, as many. 4,096 of them on the chip no more.
TEST_F(AssociativeBooks, UnlimitedArraysAreCountedNotBuilt)
{
    const auto summary =
        run("resnet18_hawq_int4", " --set platform.associative.resources=unlimited");
    EXPECT_EQ(layer(summary, "layer1.0.conv1")["observed"]["cap.arrays"], 25088);
    EXPECT_EQ(layer(summary, "conv1")["observed"]["cap.arrays"], 25088);
    for (const auto& row : summary["components"])
        EXPECT_TRUE(row["name"] != "cap" || row["area_mm2"] == 0);
    // 25,088 x 4,800 rows x 96 columns x 0.22 um2
    EXPECT_NE(summary["warnings"].dump().find("takes 2543 mm2 of compute arrays at once"),
              std::string::npos)
        << summary["warnings"].dump();
}

}  // namespace
}  // namespace imc::app
