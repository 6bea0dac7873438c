// SPDX-License-Identifier: Apache-2.0
/// `vp infer`: a network of the user's on a scenario's platform.
#include "vp_process.h"

#include "compiler/data/npy.h"

#include <gmock/gmock.h>

#include "support/onnx_builder.h"

#include <algorithm>

namespace imc::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::size_t classes = 16, image_bytes = 24 * 24;

class InferCommand : public testing::Test {
protected:
    static std::string shipped(const std::string& name)
    {
        return std::string(IMC_SOURCE_DIR) + "/scenarios/" + name;
    }
    static std::vector<std::uint8_t> bytes_of(const std::string& name)
    {
        return std::get<std::vector<std::uint8_t>>(compiler::read_npy(shipped(name)).data);
    }
    /// The first `count` of the shipped test images.
    void write_images(const std::string& name, std::int64_t count) const
    {
        auto bytes = bytes_of("data/glyphs_test_images.npy");
        bytes.resize(static_cast<std::size_t>(count) * image_bytes);
        compiler::write_npy(vp.folder() + "/" + name, {{count, 1, 24, 24}, bytes});
    }
    Outcome infer(const std::string& files, const std::string& options = "") const
    {
        return vp.run("infer " + files + " --scenario " + shipped("infer_crossbar.yaml") +
                      " --output out.npy --quiet " + options);
    }
    std::vector<float> outputs() const
    {
        const auto array = compiler::read_npy(vp.folder() + "/out.npy");
        EXPECT_EQ(array.dims.size(), 2u);
        return std::get<std::vector<float>>(array.data);
    }

    const std::string model = shipped("networks/glyphnet.onnx");
    VpProcess vp;
};

/// A trained network on 8 bits recognises nearly all of its test images: the labels are the
/// expected values.
TEST_F(InferCommand, RecognisesTheImages)
{
    constexpr std::size_t count = 40;
    write_images("in.npy", count);
    const auto outcome =
        infer(model + " in.npy", "--calibrate " + shipped("data/glyphs_calibration_images.npy"));
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto scores = outputs();
    ASSERT_EQ(scores.size(), count * classes) << "a row an image";
    const auto labels = bytes_of("data/glyphs_test_labels.npy");
    std::size_t right = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto row = scores.begin() + static_cast<std::ptrdiff_t>(i * classes);
        right += static_cast<std::size_t>(std::max_element(row, row + classes) - row) == labels[i];
    }
    EXPECT_GE(right, count * 9 / 10);
    EXPECT_FALSE(vp.exists("out")) << "a run's folder stays only with --out";
}

TEST_F(InferCommand, FloatsAndBytesOfTheSameValuesGiveTheSameOutputs)
{
    write_images("in.npy", 3);
    const auto bytes =
        std::get<std::vector<std::uint8_t>>(compiler::read_npy(vp.folder() + "/in.npy").data);
    compiler::write_npy(vp.folder() + "/floats.npy",
                        {{3, 1, 24, 24}, std::vector<float>(bytes.begin(), bytes.end())});
    ASSERT_EQ(infer(model + " in.npy").status, 0);
    const auto from_bytes = outputs();
    const auto outcome = infer(model + " floats.npy", "--out kept");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outputs(), from_bytes);
    EXPECT_THAT(vp.text_of("kept/summary.json"), HasSubstr("\"status\": \"ok\""));
}

/// A model of integers alone, as TFLite's converters write it: weights 1 on the diagonal and one
/// grid before and behind give back the codes that went in.
TEST_F(InferCommand, CodesGoInAndComeOutWhereTheModelHasThem)
{
    test::OnnxBuilder b;
    b.input("x", {0, 4}).output("y").scale("s", 0.5f).int8s("z", {}, {-3});
    for (auto* info :
         {b.model.mutable_graph()->mutable_input(0), b.model.mutable_graph()->mutable_output(0)})
        info->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT8);
    b.int8s("w", {4, 4}, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
    b.scale("w_s", 1.0f).int8s("w_z", {}, {0});
    b.node("QLinearMatMul", {"x", "s", "z", "w", "w_s", "w_z", "s", "z"}, "y");
    vp.write("codes.onnx", b.bytes());
    compiler::write_npy(vp.folder() + "/codes.npy",
                        {{2, 4}, std::vector<std::int8_t>{-128, -3, 0, 127, 5, -77, 1, -1}});
    const auto outcome = infer("codes.onnx codes.npy");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outputs(), testing::ElementsAre(-128, -3, 0, 127, 5, -77, 1, -1));
}

/// Whoever typed three file names is not told about keys.
TEST_F(InferCommand, WhatIsWrongIsSaidInTheWordsThatWereTyped)
{
    write_images("in.npy", 1);
    vp.write("text.onnx", "no network");
    vp.write("text.npy", "no array");
    const std::pair<std::string, std::string> cases[]{
        {model + " missing.npy", "vp infer: there is no file 'missing.npy'"},
        {"missing.onnx in.npy", "vp infer: there is no file 'missing.onnx'"},
        {model + " in.npy --calibrate gone.npy", "vp infer: there is no file 'gone.npy'"},
        {"text.onnx in.npy", "text.onnx: "},
        {model + " text.npy", "text.npy: "},
    };
    for (const auto& [arguments, line] : cases) {
        const auto outcome = infer(arguments);
        EXPECT_EQ(outcome.status, 2) << arguments;
        EXPECT_THAT(outcome.err, StartsWith(line)) << arguments;
        EXPECT_THAT(outcome.err, testing::Not(HasSubstr("--set"))) << arguments;
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
        EXPECT_FALSE(vp.exists("out.npy"));
    }
    EXPECT_EQ(vp.run("infer " + model + " in.npy --output o.npy").status, 2) << "no scenario";
}

}  // namespace
}  // namespace imc::app
