// SPDX-License-Identifier: Apache-2.0
/// Whole runs on associative processors: cycles of the fact sheet, the trade-off of precision, both
/// paths, precision changed between images, and a chip of two engines.
#include "associative_run.h"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

namespace imc::app {
namespace {

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

/// 16-bit residual streams by 24-bit constants on 96 columns: products are made in halves.
TEST_F(AssociativeRun, ResidualNetworksRunAtTheMultipliersOfInference)
{
    const auto summary =
        run("infer_ap",
            "--set network.onnx=networks/resnet20_cifar10.onnx --set network.weights=synthetic "
            "--set run.images=1 --set run.input=synthetic");
    EXPECT_GT(layer(summary, "layer1.0.add")["energy_j"].get<double>(), 0.0);
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

/// Weights from main memory: 5.82 MiB (bf-imna.md section 2, INT4) cross the DMA and the memory
/// channel with the image, and 32 bytes of constants a channel; 20 pJ a bit. Each burst of 256
/// bytes takes at least its 20 ns at 12.8 GB/s and the memory's 50 ns.
TEST_F(AssociativeRun, OutsideWeightsComeByDmaWithEachImage)
{
    const auto resident = run("resnet18_hawq_int4");
    const auto outside = run("resnet18_hawq_int4", "--set platform.associative.weights=dram");
    const auto external = [](const json& s) { return s["external_energy_j"].get<double>(); };
    const double bytes = (external(outside) - external(resident)) / 20e-12 / 8;
    const double weights = 5.82 * 1024 * 1024, constants = 32.0 * (4800 + 1000);
    EXPECT_GT(bytes, weights + constants - 0.01 * weights);
    EXPECT_LT(bytes, weights + 2 * constants);  // and those of additions, heads of blobs
    const auto busy = [](const json& s, const std::string& name) {
        for (const auto& row : s["components"])
            if (row["name"] == name) return row["busy_s"].get<double>();
        return 0.0;
    };
    const double dma = busy(outside, "dma") - busy(resident, "dma");
    EXPECT_GT(dma, bytes / 256 * 70e-9);
    EXPECT_LT(dma, bytes / 256 * 90e-9);
    EXPECT_GT(outside["latency_s"].get<double>(), dma);
    EXPECT_LT(outside["latency_s"].get<double>(), dma + resident["latency_s"].get<double>());
    EXPECT_LT(outside["setup"]["latency_s"].get<double>(),
              resident["setup"]["latency_s"].get<double>());
}

/// A stage of a program as `vp disasm` shows it.
struct DisassembledStage {
    std::string layer;
    std::uint64_t channels = 0, positions = 0, length = 0;
    std::uint64_t weight_bits = 0, in_bits = 0;

    /// Section 9 of bf-imna.md for 64 arrays of 4,800 rows and a port of 1,024 bits.
    std::uint64_t cycles() const
    {
        const auto up = [](std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; };
        const std::uint64_t outputs = channels * positions;
        const std::uint64_t room = 64 * (4800 / length);
        const std::uint64_t steps = up(outputs, room), step = std::min(outputs, room);
        std::uint64_t least = ~0ull;  // bits of a row of each operand of the best tile
        for (std::uint64_t high = 1; high <= channels; ++high)
            if (up(step, high) <= positions)
                least = std::min(least, high * weight_bits + up(step, high) * in_bits);
        const std::uint64_t load = std::max(weight_bits + in_bits, up(length * least, 1024));
        std::uint64_t log = 0;
        while ((1ull << log) < length)
            ++log;
        const std::uint64_t out = weight_bits + in_bits + log;
        return steps * (load + 8 * weight_bits * in_bits + 11 + 22 * (log - 1) + 8 * out + out);
    }
};

std::vector<DisassembledStage> conv_stages(const std::string& text)
{
    static const std::regex head("  stage \\d+ '(.*)' conv on associative.*"),
        out("    out \\d+x(\\d+)x(\\d+) channels (\\d+)\\.\\.(\\d+) .*"),
        kernel("    kernel (\\d+)x(\\d+) .* groups 1 weights (\\d+) bits"),
        in("    in 0: (\\d+)x\\d+x\\d+ from channel 0 (\\d+) bits.*");
    std::vector<DisassembledStage> stages;
    bool inside = false;
    std::istringstream lines(text);
    std::smatch m;
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("  stage ", 0) == 0) {
            inside = std::regex_match(line, m, head);
            if (inside) stages.emplace_back().layer = m[1];
        } else if (inside && std::regex_match(line, m, out)) {
            stages.back().positions = std::stoull(m[1]) * std::stoull(m[2]);
            stages.back().channels = std::stoull(m[4]) - std::stoull(m[3]);
        } else if (inside && std::regex_match(line, m, kernel)) {
            stages.back().length = std::stoull(m[1]) * std::stoull(m[2]);
            stages.back().weight_bits = std::stoull(m[3]);
        } else if (inside && std::regex_match(line, m, in)) {
            stages.back().length *= std::stoull(m[1]);
            stages.back().in_bits = std::stoull(m[2]);
        }
    }
    return stages;
}

/// Issue 4, point 3: every layer takes what the formula says of its slowest cluster plus what that
/// one waited; where none waited it is the formula's. On narrow links some layers wait.
TEST_F(AssociativeRun, LayersExceedTheFormulaByTheirStalls)
{
    const std::string small = " --set network.onnx=networks/resnet20_cifar10.onnx";
    const std::string network = small + " --set platform.associative.load=network";
    ASSERT_EQ(
        vp.run("compile " + VpProcess::scenario("alexnet_ap_8bit") + network + " -o p.imcprog")
            .status,
        0);
    const auto stages = conv_stages(vp.run("disasm p.imcprog").out);
    ASSERT_GT(stages.size(), 200u);
    double waited[2] = {};
    for (const bool narrow : {false, true}) {
        const auto summary =
            run("alexnet_ap_8bit", network + (narrow ? " --set platform.noc.flit_bits=64" : ""));
        unsigned layers = 0;
        for (const auto& row : summary["layers"]) {
            if (!row["observed"].contains("map.links.steps_ps")) continue;
            ++layers;
            std::set<std::uint64_t> formulas;
            for (const auto& stage : stages)
                if (stage.layer == row["name"]) formulas.insert(stage.cycles() * 1000);
            ASSERT_FALSE(formulas.empty()) << row["name"];
            const auto observed = [&](const std::string& name) {
                return row["observed"].value("map.links." + name, std::uint64_t{0});
            };
            const std::uint64_t stall = observed("stall_ps");
            EXPECT_EQ(formulas.count(observed("unstalled_ps")), 1u) << row["name"];
            EXPECT_EQ(observed("steps_ps"), observed("unstalled_ps") + stall) << row["name"];
            if (stall == 0) {
                EXPECT_EQ(observed("steps_ps"), *formulas.rbegin()) << row["name"];
            }
            EXPECT_GE(row["latency_s"].get<double>(), 1e-12 * observed("steps_ps"));
            waited[narrow] += static_cast<double>(stall);
        }
        EXPECT_EQ(layers, 22u);  // 19 convolutions, two down-samplings, the classifier
    }
    EXPECT_GT(waited[1], 10 * waited[0]);
}

/// Weights and rows must fit the memory APs; what is missing is named before anything runs.
TEST_F(AssociativeRun, RefusesWeightsThatDoNotFitTheMemoryAps)
{
    const std::string small = "check " + VpProcess::scenario("resnet18_hawq_int8") +
                              " --set platform.associative.map_bytes=";
    EXPECT_EQ(vp.run(small + "1048576").status, 0);
    const auto refused = vp.run(small + "262144");
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find("set platform.associative.map_bytes to at least"), std::string::npos)
        << refused.err;
    const std::size_t at = refused.err.find("at least ") + 9;
    const std::uint64_t needed = std::stoull(refused.err.substr(at));
    EXPECT_EQ(vp.run(small + std::to_string(needed)).status, 0);
    EXPECT_EQ(vp.run(small + std::to_string(needed - 1)).status, 2);
}

}  // namespace
}  // namespace imc::app
