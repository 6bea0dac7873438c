// SPDX-License-Identifier: Apache-2.0
/// CAM platforms as a user runs them.
#include "common/random.h"
#include "compiler/data/npy.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/import/onnx_import.h"
#include "run_command.h"
#include "support/onnx_builder.h"

#include <cmath>
#include <fstream>

namespace imc::app {
namespace {

std::vector<float> drawn(std::uint64_t seed, std::size_t count, double low, double high)
{
    std::vector<float> numbers(count);
    for (std::size_t i = 0; i < count; ++i)
        numbers[i] = static_cast<float>(low + (high - low) * random_uniform(random_key(seed), i));
    return numbers;
}

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

/// The mean over 7 x 7 is a shift by 5 and a factor that the tables hold; the function behind it
/// takes the mean.
TEST_F(CamRun, AFunctionBehindAMeanTakesTheMean)
{
    test::OnnxBuilder model;
    model.input("x", {0, 3, 7, 7}).output("y", {0, 6});
    model.constant(test::floats("w", {8, 3, 3, 3}, drawn(1, 216, -0.4, 0.4)))
        .constant(test::floats("v", {6, 8}, drawn(2, 48, -1.0, 1.0)));
    model.node("Conv", {"x", "w"}, "c", {{"pads", test::Dims{1, 1, 1, 1}}})
        .node("Relu", {"c"}, "r")
        .node("GlobalAveragePool", {"r"}, "g")
        .node("Tanh", {"g"}, "s")
        .node("Flatten", {"s"}, "f")
        .node("Gemm", {"f", "v"}, "y", {{"transB", 1}});
    vp.write("m.onnx", model.bytes());
    constexpr std::size_t images = 20, pixels = 3 * 7 * 7;
    const auto input = drawn(3, images * pixels, 0.0, 2.0);
    compiler::write_npy(vp.folder() + "/in.npy", {{images, 3, 7, 7}, input});
    const auto outcome = vp.run("infer m.onnx in.npy --output out.npy --quiet --scenario " +
                                VpProcess::scenario("infer_cam"));
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto array = compiler::read_npy(vp.folder() + "/out.npy");
    const auto& coded = std::get<std::vector<float>>(array.data);
    const std::string bytes = model.bytes();
    const auto graph = compiler::import_onnx_bytes(bytes.data(), bytes.size(), "m.onnx");
    const auto exact = compiler::FloatEvaluator(graph).run(input.data(), images);
    ASSERT_EQ(coded.size(), exact.size());
    double error = 0.0, power = 0.0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        error += (coded[i] - exact[i]) * (coded[i] - exact[i]);
        power += exact[i] * exact[i];
    }
    EXPECT_LT(std::sqrt(error / power), 0.06) << "64 x 64 codes; a lost factor 49/32 gave 0.24";
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
