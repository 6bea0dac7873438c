// SPDX-License-Identifier: Apache-2.0
/// Which images decide the ranges of activations, and that a run says so.
#include "vp_process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace imc::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class Calibration : public testing::Test {
protected:
    static std::string shipped(const std::string& name)
    {
        return std::string(IMC_SOURCE_DIR) + "/scenarios/" + name;
    }
    /// Runs glyphnet on eight test images with `calibration` in the scenario; returns summary.json.
    nlohmann::json summary(const std::string& calibration)
    {
        vp.write("g.yaml", "name: g\nnetwork: {onnx: \"" + shipped("networks/glyphnet.onnx") +
                               "\", weights: file}\nquantization: {scheme: uniform" + calibration +
                               "}\nplatform: \"" + shipped("platforms/crossbar_infer.yaml") +
                               "\"\ntechnology: \"" +
                               shipped("technologies/isaac_full_array.yaml") +
                               "\"\ndataset: {images: \"" + shipped("data/glyphs_test_images.npy") +
                               "\", labels: \"" + shipped("data/glyphs_test_labels.npy") +
                               "\"}\nhost: {cpu: native}\nrun: {images: 8, input: dataset}\n");
        outcome = vp.run("run g.yaml --out out");
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return nlohmann::json::parse(vp.text_of("out/summary.json"));
    }

    VpProcess vp;
    Outcome outcome;
};

TEST_F(Calibration, NamedImagesDecideTheRanges)
{
    const auto json = summary(", calibration: {images: \"" +
                              shipped("data/glyphs_calibration_images.npy") + "\", count: 16}");
    EXPECT_THAT(json["quantization"]["calibrated_on"].get<std::string>(),
                testing::MatchesRegex("16 images of .*glyphs_calibration_images.npy"));
    EXPECT_THAT(json["warnings"].dump(), Not(HasSubstr("ranges of activations")));
}

/// Never images of noise where the user has real ones; and the accuracy that owes something to the
/// test images is marked.
TEST_F(Calibration, WithoutThemTheDatasetsFirstImagesDoAndTheRunSaysSo)
{
    const auto json = summary("");
    EXPECT_EQ(json["quantization"]["calibrated_on"], "the first 64 images of the dataset itself");
    EXPECT_THAT(json["warnings"].dump(), HasSubstr("ranges of activations come from the first 64"));
    EXPECT_THAT(outcome.out + outcome.err, HasSubstr("ranges of activations come from"));
    EXPECT_GE(json["accuracy"]["top1"].get<double>(), 0.8);
}

}  // namespace
}  // namespace imc::app
