// SPDX-License-Identifier: Apache-2.0
/// Bad images and labels as a user meets them: `vp run` and `vp check` name the key and its place
/// in the scenario, in one line, and leave nothing.
#include "vp_process.h"

#include "compiler/data/npy.h"

#include <gmock/gmock.h>

namespace imc::app {
namespace {

using testing::HasSubstr;

class DatasetCommand : public testing::Test {
protected:
    void SetUp() override
    {
        compiler::write_npy(file("i.npy"),
                            {{4, 1, 24, 24}, std::vector<std::uint8_t>(4 * 24 * 24, 7)});
        compiler::write_npy(file("l.npy"), {{4}, std::vector<std::int64_t>{0, 1, 2, 3}});
    }
    std::string file(const std::string& name) const { return vp.folder() + "/" + name; }

    /// Network and platform are shipped ones; `dataset` has its own line, the fourth.
    void write(const std::string& dataset, const std::string& calibration = "") const
    {
        vp.write("s.yaml",
                 "network: {onnx: networks/glyphnet.onnx}\n"
                 "platform: platforms/crossbar_infer.yaml\n"
                 "quantization: {calibration: {" +
                     calibration +
                     "}}\n"
                     "dataset: {" +
                     dataset +
                     "}\n"
                     "run: {images: 2, input: dataset}\n"
                     "host: {cpu: native}\n"
                     "trace: {perfetto: false, vcd: false, csv: false, html: false}\n");
    }
    /// The same line of run and check, which leave nothing.
    std::string refusal() const
    {
        const auto run = vp.run("run s.yaml --out r"), check = vp.run("check s.yaml");
        EXPECT_EQ(run.status, 2) << run.out;
        EXPECT_EQ(check.status, 2) << check.out;
        EXPECT_EQ(run.err, check.err);
        EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
        for (const auto& entry : std::filesystem::directory_iterator(vp.folder()))
            EXPECT_NE(entry.path().filename().string().front(), 'r') << entry.path();
        return run.err;
    }

    VpProcess vp;
};

TEST_F(DatasetCommand, GoodOnesRun)
{
    write("images: i.npy, labels: l.npy");
    EXPECT_EQ(vp.run("check s.yaml").status, 0);
    EXPECT_EQ(vp.run("run s.yaml --out r").status, 0);
}

TEST_F(DatasetCommand, BadImagesAndLabelsAreNamedByTheirKeys)
{
    write("images: i.npy, labels: l.npy, first: 3");
    EXPECT_EQ(refusal(),
              "s.yaml:4:19: dataset.images: i.npy: holds 4 images, but 2 from number 3 on are "
              "asked for\n");
    compiler::write_npy(file("three.npy"), {{3}, std::vector<std::int64_t>{0, 1, 2}});
    write("images: i.npy, labels: three.npy", "images: i.npy");
    EXPECT_EQ(refusal(), "s.yaml:4:34: dataset.labels: three.npy: 3 labels for 4 images\n");
    compiler::write_npy(file("far.npy"), {{4}, std::vector<std::int64_t>{0, 16, 2, 3}});
    write("images: i.npy, labels: far.npy", "images: i.npy");
    EXPECT_EQ(refusal(),
              "s.yaml:4:34: dataset.labels: far.npy: label 16 is outside the network's "
              "16 classes\n");
    write("images: i.npy, labels: l.npy, mean: [1, 2], std: [1, 1]", "images: i.npy");
    EXPECT_THAT(refusal(), HasSubstr("s.yaml:4:47: dataset.mean: preprocessing: 2 entries"));
    write("images: i.npy, labels: l.npy, mean: [.nan], std: [1]");
    EXPECT_THAT(refusal(), HasSubstr("dataset.mean: '.nan' is not a number"));
}

TEST_F(DatasetCommand, CalibrationImagesAreNamedByTheirKey)
{
    compiler::write_npy(file("c.npy"), {{1, 1, 8, 8}, std::vector<std::uint8_t>(64, 7)});
    write("images: i.npy, labels: l.npy", "images: c.npy");
    EXPECT_EQ(refusal(),
              "s.yaml:3:38: quantization.calibration.images: c.npy: shape (1,1,8,8), "
              "but the network takes (N,1,24,24)\n");
}

}  // namespace
}  // namespace imc::app
