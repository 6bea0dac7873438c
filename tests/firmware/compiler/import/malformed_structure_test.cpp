// SPDX-License-Identifier: Apache-2.0
/// Files and graphs that must be refused.
#include "firmware/compiler/import/malformed.h"
#include "support/temp_folder.h"

namespace {

using namespace imc::test;
using testing::AllOf;
using testing::HasSubstr;

TEST_P(Malformed, IsRefusedInOneLineThatNamesThePlace)
{
    EXPECT_THAT(
        refusal(GetParam().model().bytes()),
        AllOf(HasSubstr("m.onnx: "), HasSubstr(GetParam().place), HasSubstr(GetParam().says)));
}

OnnxBuilder two_inputs()
{
    return image().input("x2", {0, 3, 8, 8}).node("Add", {"x", "x2"}, "y");
}

OnnxBuilder subgraph()
{
    return image().node("If", {"x"}, "y");
}

OnnxBuilder wrong_output_shape()
{
    OnnxBuilder b;
    return b.input("x", {0, 3, 8, 8}).output("y", {0, 5, 8, 8}).node("Relu", {"x"}, "y");
}

INSTANTIATE_TEST_SUITE_P(
    Structure, Malformed,
    testing::Values(
        Bad{"opset_old", [] { return image(5).node("Relu", {"x"}, "y"); }, "m.onnx", "opset 5"},
        Bad{"opset_new", [] { return image(99).node("Relu", {"x"}, "y"); }, "m.onnx", "opset 99"},
        Bad{"no_nodes", [] { return image(); }, "m.onnx", "no graph with nodes"},
        Bad{"no_input",
            [] { return OnnxBuilder().weight("w", {1}).node("Relu", {"w"}, "y").output("y"); },
            "m.onnx", "no input"},
        Bad{"no_output",
            [] {
                return OnnxBuilder().input("x", {0, 3}).node("Relu", {"x"}, "y");
            },
            "m.onnx", "no output"},
        Bad{"two_inputs", two_inputs, "'x2'", "one input is supported"},
        Bad{"open_height",
            [] {
                return OnnxBuilder().input("x", {1, 3, 0, 8}).node("Relu", {"x"}, "y").output("y");
            },
            "'x'", "dimension 2 is open"},
        Bad{"rank_five",
            [] {
                return OnnxBuilder()
                    .input("x", {1, 3, 8, 8, 8})
                    .node("Relu", {"x"}, "y")
                    .output("y");
            },
            "'x'", "5 dimensions"},
        Bad{"absurd_input",
            [] {
                return OnnxBuilder()
                    .input("x", {1, 1 << 20, 1 << 20, 4})
                    .node("Relu", {"x"}, "y")
                    .output("y");
            },
            "'x'", "2^28"},
        Bad{"negative_input",
            [] {
                return OnnxBuilder().input("x", {1, -3, 8, 8}).node("Relu", {"x"}, "y").output("y");
            },
            "'x'", "dimension 1"},
        Bad{"cycle",
            [] {
                return image()
                    .node("Add", {"x", "b"}, "a")
                    .node("Relu", {"a"}, "b")
                    .node("Relu", {"b"}, "y");
            },
            "n_", "cycle"},
        Bad{"unknown_tensor", [] { return image().node("Relu", {"nowhere"}, "y"); }, "'nowhere'",
            "no input, initializer or node gives it"},
        Bad{"written_twice",
            [] { return image().node("Relu", {"x"}, "y").node("Relu", {"x"}, "y"); }, "n_y",
            "something else writes too"},
        Bad{"initializer_twice",
            [] {
                return conv({4, 3, 1, 1}).weight("w", {4, 3, 1, 1});
            },
            "'w'", "there twice"},
        Bad{"output_unknown",
            [] {
                return OnnxBuilder().input("x", {0, 3}).node("Relu", {"x"}, "z").output("y");
            },
            "'y'", "gives it"},
        Bad{"output_shape", wrong_output_shape, "'y'", "declared 5 but comes out as 3"},
        Bad{"unknown_operator", [] { return image().node("NonMaxSuppression", {"x"}, "y"); },
            "'n_y' (NonMaxSuppression)", "not supported"},
        Bad{"foreign_domain", [] { return image().node("ai.example.Relu", {"x"}, "y"); },
            "ai.example.Relu", "not supported"},
        Bad{"subgraph", subgraph, "(If)", "not supported"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(MalformedFiles, AreRefusedInOneLine)
{
    TempFolder folder;
    const std::string good = conv({4, 3, 3, 3}).bytes();
    const auto says = [&](const std::string& bytes) {
        return error_line([&] { imc::compiler::import_onnx(folder.write("m.onnx", bytes)); });
    };
    EXPECT_THAT(error_line([&] { imc::compiler::import_onnx(folder.path("none.onnx")); }),
                HasSubstr("cannot be opened"));
    EXPECT_THAT(error_line([&] { imc::compiler::import_onnx(folder.path("")); }),
                HasSubstr("is a folder"));
    EXPECT_THAT(says(""), HasSubstr("is empty"));
    EXPECT_THAT(says("this is no protobuf"), HasSubstr("not an ONNX model"));
    EXPECT_THAT(says(good.substr(0, good.size() / 2)), HasSubstr("cut short"));
    for (std::size_t length = 1; length < good.size();
         ++length)  // whatever is left of a file, it is one line
        error_line([&] { imc::compiler::import_onnx_bytes(good.data(), length, "m.onnx"); });
}

TEST(MalformedFiles, FlippedBytesNeverCrash)
{
    const std::string good = conv({4, 3, 3, 3}, {{"pads", Dims{1, 1, 1, 1}}}).bytes();
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const int flip : {1, 128, 255}) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ flip);
            try {
                imc::compiler::import_onnx_bytes(bad.data(), bad.size(), "m.onnx");
            } catch (const imc::InputError& error) {
                EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
            }
        }
}

}  // namespace
