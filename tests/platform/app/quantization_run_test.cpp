// SPDX-License-Identifier: Apache-2.0
/// What quantisation could not give is refused or said; errors in files it reads name the file.
#include "run_command.h"

namespace imc::app {
namespace {

using testing::Contains;
using testing::Not;

class QuantizationRun : public RunCommand {
protected:
    std::string refused(const std::string& arguments) const
    {
        const auto outcome =
            vp.run("check " + VpProcess::scenario("resnet18_bwq") + " " + arguments);
        EXPECT_EQ(outcome.status, 2);
        return outcome.err;
    }
};

/// The first layer of the MLP, 784 x 512 weights of 8 bits, alone needs more than the mean allows.
TEST_F(QuantizationRun, AMeanOutOfReachIsRefusedWithTheReason)
{
    const std::string error = refused("--set network.onnx=networks/mlp_mnist.onnx");
    EXPECT_THAT(error, HasSubstr("quantization.weight_bits_mean: 0.567 bits are out of reach, 4.8 "
                                 "come out: the first layer"));
    EXPECT_THAT(error, HasSubstr("has 60 % of the weights"));
}

TEST_F(QuantizationRun, AMeanThatIsReachedSaysNothing)
{
    ASSERT_EQ(run("--set quantization.weight_bits_mean=3").status, 0);
    const auto json = summary();
    EXPECT_NEAR(json["quantization"]["weight_bits_mean"], 3.0, 0.01);
    EXPECT_THAT(json["warnings"].dump(), Not(HasSubstr("came out")));
    EXPECT_THAT(json["warnings"].dump(), Not(HasSubstr("no weight bit left")));
}

TEST_F(QuantizationRun, WholeBitsALayerThatMissTheMeanAndLayersWithoutBitsAreWarnedOf)
{
    // 1 bit is the least a layer has, and the first keeps 8
    ASSERT_EQ(
        run("--set quantization.granularity=layer --set quantization.weight_bits_mean=0.5").status,
        0);
    EXPECT_THAT(summary()["warnings"].dump(),
                HasSubstr("quantization.weight_bits_mean: 0.5 bits were asked for and 1.0"));
    const auto outcome = vp.run("run " + VpProcess::scenario("resnet20_bwq") +
                                " --set quantization.weight_bits_mean=0.0129 --out few");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(summary("few")["warnings"].dump(), HasSubstr("has no weight bit left"));
    EXPECT_THAT(outcome.err + outcome.out, HasSubstr("has no weight bit left"));
}

TEST_F(QuantizationRun, ErrorsInABitMapNameItsLine)
{
    vp.write("map.txt", "# blocks\nlayer conv1 three 2\n");
    const std::string error =
        refused("--set quantization.weight_bits_mean=0 --set quantization.bit_map=" + vp.folder() +
                "/map.txt");
    EXPECT_EQ(error.find(vp.folder() + "/map.txt:2: 'layer NAME ROWS COLUMNS' is expected"),
              error.find(vp.folder()))
        << error;
    EXPECT_THAT(error, Not(HasSubstr("network.onnx")));
}

/// Layers without weights have no bits of them, in every output.
TEST_F(QuantizationRun, LayersWithoutWeightsHaveNoWeightBits)
{
    ASSERT_EQ(run("").status, 0);
    unsigned with = 0, without = 0;
    const auto json = summary();
    for (const auto& layer : json["layers"]) {
        const bool weights = layer["macs"] > 0;
        (weights ? with : without) += 1;
        EXPECT_EQ(layer["weight_bits_mean"] > 0, weights) << layer["name"];
    }
    EXPECT_GT(with, 20u);
    EXPECT_GT(without, 9u);
    ASSERT_EQ(vp.run("compile " + VpProcess::scenario("resnet20_bwq") + " -o p.bin").status, 0);
    const auto text = vp.run("disasm p.bin").out;
    const auto add = text.find("'layer1.0.add' add");
    ASSERT_NE(add, std::string::npos);
    EXPECT_THAT(text.substr(add, text.find('\n', add) - add), Not(HasSubstr("weight bits")));
}

/// BWQ's banks have no sample-and-hold and no dequantisation; equal runs differ in nothing but the
/// simulation's own figures, whatever their folder.
TEST_F(QuantizationRun, ComponentsWithoutUseHaveNoRowAndFoldersLeaveNoTrace)
{
    ASSERT_EQ(run("", "one").status, 0);
    ASSERT_EQ(run("", "other/place").status, 0);
    auto a = summary("one"), b = summary("other/place");
    std::vector<std::string> names;
    for (const auto& component : a["components"])
        names.push_back(component["name"]);
    EXPECT_THAT(names, Not(Contains("sample_hold")));
    EXPECT_THAT(names, Not(Contains("dequantize")));
    EXPECT_THAT(names, Contains("adc"));
    EXPECT_THAT(names, Contains("external.dram"));
    a.erase("simulation");
    b.erase("simulation");
    EXPECT_EQ(a, b);
    for (const char* file : {"layers.csv", "components.csv", "events.csv", "scenario.lock.yaml",
                             "console.log", "timeline.csv"})
        EXPECT_EQ(vp.text_of(std::string("one/") + file),
                  vp.text_of(std::string("other/place/") + file))
            << file;
}

}  // namespace
}  // namespace imc::app
