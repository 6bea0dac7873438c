// SPDX-License-Identifier: Apache-2.0
/// Rules of requantisation, chosen by `quantization.requant`: each runs as the reference computes
/// it, and where an engine lacks one the compiler says so.
#include "support/onnx_builder.h"
#include "vp_process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <map>

namespace imc::app {
namespace {

using testing::HasSubstr;

/// Convolutions, a per-channel affine layer, pieces joined, an addition, pools and a sigmoid's
/// table: all that rounds.
std::string network_of_all_operators()
{
    test::OnnxBuilder model;
    model.input("x", {0, 3, 12, 12}).output("y");
    const auto conv = [&](const char* in, const char* out, std::int64_t from, std::int64_t to) {
        std::vector<float> w(static_cast<std::size_t>(to * from * 9));
        for (std::size_t i = 0; i < w.size(); ++i)
            w[i] = 0.01f * static_cast<float>(i * 7 % 31) - 0.15f;
        const std::string name = std::string("w_") + out;
        model.constant(test::floats(name, {to, from, 3, 3}, w));
        model.node("Conv", {in, name}, out, {{"pads", test::Dims{1, 1, 1, 1}}});
    };
    conv("x", "stem", 3, 8);
    model.node("Relu", {"stem"}, "rect");
    conv("rect", "deep", 8, 8);
    model.node("Add", {"deep", "rect"}, "sum");
    model.constant(test::floats("gain", {1, 8, 1, 1}, {1, -0.5f, 0.3f, 2, 0.1f, -1, 0.7f, 0}));
    model.constant(test::floats("shift", {1, 8, 1, 1}, {0.1f, 0, -1, 0.2f, 3, 0, 0.5f, -2}));
    model.node("Mul", {"sum", "gain"}, "scaled").node("Add", {"scaled", "shift"}, "affine");
    model.node("MaxPool", {"affine"}, "pooled",
               {{"kernel_shape", test::Dims{2, 2}}, {"strides", test::Dims{2, 2}}});
    conv("pooled", "left", 8, 8);
    model.node("AveragePool", {"pooled"}, "right",
               {{"kernel_shape", test::Dims{3, 3}}, {"pads", test::Dims{1, 1, 1, 1}}});
    model.node("Concat", {"left", "right"}, "both", {{"axis", 1}});
    conv("both", "mixed", 16, 4);
    model.node("GlobalAveragePool", {"mixed"}, "y");
    return model.bytes();
}

class Requant : public testing::Test {
protected:
    std::string arguments(const std::string& scenario, const std::string& rule,
                          const std::string& more) const
    {
        return VpProcess::scenario(scenario) + " --set quantization.requant=" + rule + more;
    }
    /// Runs under `rule`; the outputs' bytes.
    std::string outputs(const std::string& scenario, const std::string& rule,
                        const std::string& more) const
    {
        const auto outcome =
            vp.run("run --quiet " + arguments(scenario, rule, more) + " --set trace='{}' --out r");
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        const auto json = nlohmann::json::parse(vp.text_of("r/summary.json"));
        EXPECT_GT(json["reference"]["compared"], 0);
        EXPECT_EQ(json["reference"]["mismatches"], 0) << rule;
        return vp.text_of("r/outputs.npy");
    }
    std::string image(const std::string& scenario, const std::string& rule) const
    {
        const auto outcome = vp.run("compile " + arguments(scenario, rule, " -o p.bin"));
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return vp.text_of("p.bin");
    }
    void expect_refusal(const std::string& scenario, const std::string& rule,
                        const std::string& words) const
    {
        const auto outcome = vp.run("check " + arguments(scenario, rule, ""));
        EXPECT_EQ(outcome.status, 2);
        EXPECT_THAT(outcome.err, HasSubstr("quantization.requant: ")) << scenario;
        EXPECT_THAT(outcome.err, HasSubstr(words)) << scenario;
    }

    VpProcess vp;
};

TEST_F(Requant, EachRuleHasAnImageOfItsOwnAndRunsAsTheReference)
{
    std::map<std::string, std::string> images, codes;
    for (const char* rule : {"automatic", "dyadic", "onnx", "tflite"}) {
        images[rule] = image("resnet20_bwq", rule);
        codes[rule] = outputs("resnet20_bwq", rule, "");
    }
    EXPECT_EQ(images["automatic"], images["dyadic"]) << "the network is in floating point";
    EXPECT_NE(images["dyadic"], images["onnx"]);
    EXPECT_NE(images["dyadic"], images["tflite"]);
    EXPECT_NE(images["onnx"], images["tflite"]);
    EXPECT_NE(codes["dyadic"], codes["tflite"]) << "averages keep their input's scale";
}

TEST_F(Requant, EveryOperatorOfEachRuleRunsAsTheReference)
{
    vp.write("all.onnx", network_of_all_operators());
    const std::string more =
        " --images 2 --set network.weights=file --set network.onnx=" + vp.folder() + "/all.onnx";
    std::map<std::string, std::string> codes;
    for (const char* rule : {"dyadic", "onnx", "tflite"})
        codes[rule] = outputs("resnet18_isaac", rule,
                              more +
                                  " --set quantization.weight_bits=8 "
                                  "--set quantization.activation_bits=8 "
                                  "--set quantization.input_layer_bits=8");
    EXPECT_NE(codes["dyadic"], codes["tflite"]);
}

TEST_F(Requant, SumsOfColumnsTakeTheOnnxRule)
{
    outputs("resnet20_column", "onnx", "");
}

TEST_F(Requant, WhatAnEngineLacksIsRefusedInOneLine)
{
    expect_refusal("vgg16_ap_4bit", "onnx", "associative processors");
    expect_refusal("resnet18_hawq_int4", "tflite", "associative processors");
    expect_refusal("mnist_rapidnn", "dyadic", "codebook");
    expect_refusal("resnet20_column", "tflite", "53 bits");
    expect_refusal("resnet18_isaac", "tflite", "saturates");  // 16 x 16 bits over 4,608 rows
    EXPECT_EQ(vp.run("check " + arguments("vgg16_ap_4bit", "dyadic", "")).status, 0);
}

}  // namespace
}  // namespace imc::app
