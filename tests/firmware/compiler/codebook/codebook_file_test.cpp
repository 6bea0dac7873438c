// SPDX-License-Identifier: Apache-2.0
/// Files of trained codebooks: what they hold, how the composer takes them, how bad ones are
/// refused.
#include "compiler/quantize/codebook_file.h"

#include "common/error.h"
#include "compiler/graph/graph.h"
#include "compiler/quantize/codebook_network.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/error_line.h"
#include "support/show_images.h"
#include "support/temp_folder.h"

namespace {

using namespace imc;
using namespace imc::compiler;

const std::string good =
    R"({"format": "imcvp-codebooks", "version": 1,
"tensors": [{"name": "x", "centroids": [0, 0.5, 2]}],
"layers": [{"name": "fc", "centroids": [[-1, 0.25], [0, 0.5, 3]]}]})";

class CodebookFileTest : public testing::Test {
protected:
    CodebookFile read(const std::string& text)
    {
        std::ofstream(path) << text;
        return read_codebook_file(path);
    }
    static std::string changed(const std::string& old, const std::string& replacement)
    {
        std::string text = good;
        return text.replace(text.find(old), old.size(), replacement);
    }
    std::string refusal(const std::string& old, const std::string& replacement)
    {
        return test::error_line([&] { read(changed(old, replacement)); });
    }
    imc::test::TempFolder folder;
    std::string path = folder.path("codebook_file_test.json");
};

TEST_F(CodebookFileTest, ReadsEveryNumber)
{
    const CodebookFile file = read(good);
    EXPECT_EQ(file.tensors.at("x").centroid, (std::vector<double>{0, 0.5, 2}));
    ASSERT_EQ(file.layers.at("fc").size(), 2u);
    EXPECT_EQ(file.layers.at("fc")[0].centroid, (std::vector<double>{-1, 0.25}));
    EXPECT_EQ(file.layers.at("fc")[1].centroid, (std::vector<double>{0, 0.5, 3}));
}

TEST_F(CodebookFileTest, RefusesBadFilesInOneLine)
{
    const std::pair<const char*, const char*> bad[] = {
        {"imcvp-codebooks", "other"},
        {"\"version\": 1", "\"version\": 2"},
        {"[0, 0.5, 2]", "[0, 2, 0.5]"},
        {"[0, 0.5, 2]", "[0, 0, 2]"},
        {"[0, 0.5, 2]", "[1]"},
        {"[0, 0.5, 2]", "7"},
        {"[0, 0.5, 2]", "[0, null]"},
        {"[0, 0.5, 2]", "[0, 1e999]"},
        {"[[-1, 0.25], [0, 0.5, 3]]", "[]"},
        {"[-1, 0.25]", "0.25"},
        {"\"layers\"", "\"other\""},
        {"]]}]}", ""},
        {R"([{"name": "x")", R"([{"name": "x", "centroids": [0, 1]}, {"name": "x")"},
    };
    for (const auto& [old, replacement] : bad) {
        const auto line = refusal(old, replacement);
        EXPECT_EQ(line.rfind("quantization.parameters: " + path, 0), 0u)
            << old << " -> " << replacement << ": " << line;
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    }
    EXPECT_NE(refusal("[0, 0.5, 2]", "[0, 2, 0.5]").find("tensor 'x': centroids do not ascend"),
              std::string::npos);
    EXPECT_THROW(read_codebook_file("/nonexistent/x.json"), InputError);
}

/// y = (x0 w00 + x1 w01 + b0, ...), two inputs and two outputs.
Graph two_by_two()
{
    Graph graph;
    graph.name = "two";
    graph.values = {{"x", {2, 1, 1}, 0, {}}, {"y", {2, 1, 1}, 1, {}}};
    graph.tensors = {{"w", {2, 2}, std::vector<float>{-0.9f, 0.3f, 0.1f, 2.0f}, {}},
                     {"b", {2}, std::vector<float>{0.125f, -0.5f}, {}}};
    graph.nodes.resize(2);
    graph.nodes[0].name = "x";
    graph.nodes[0].output = 0;
    graph.nodes[1].op = Op::gemm;
    graph.nodes[1].name = "fc";
    graph.nodes[1].inputs = {0};
    graph.nodes[1].output = 1;
    graph.nodes[1].weight = 0;
    graph.nodes[1].bias = 1;
    graph.input = 0;
    graph.outputs = {1};
    return graph;
}

QNet composed(const Graph& graph, const std::string& path)
{
    QuantOptions options;
    options.scheme = Scheme::codebook;
    options.codebook.parameters = path;
    return quantize_codebook(graph, options, test::shows(std::vector<float>(64 * 2, 0.7f)));
}

TEST_F(CodebookFileTest, TheComposerTakesCentroidsAndBiasesAsTheyAre)
{
    read(good);
    const QNet net = composed(two_by_two(), path);
    EXPECT_EQ(net.tensors[net.input].centroids, (std::vector<double>{0, 0.5, 2}));
    const QLayer& layer = net.layers.at(0);
    const QCodebook& t = *layer.codebook;
    // Nearest of (-1, 0.25) to -0.9 and 0.3; of (0, 0.5, 3) to 0.1 and 2.
    EXPECT_EQ(layer.weights, (std::vector<std::int16_t>{0, 1, 0, 2}));
    ASSERT_EQ(t.scopes, 2u);
    EXPECT_NEAR(t.product[0 * 3 + 2] / t.sum_scale, -1.0 * 2, 1e-3);         // scope 0, -1 x 2
    EXPECT_NEAR(t.product[(3 + 2) * 3 + 1] / t.sum_scale, 3.0 * 0.5, 1e-3);  // scope 1, 3 x 0.5
    // Images that read 0.7, coded 0.5, move no bias.
    EXPECT_NEAR(t.bias[0] / t.sum_scale, 0.125, 1e-3);
    EXPECT_NEAR(t.bias[1] / t.sum_scale, -0.5, 1e-3);
}

TEST_F(CodebookFileTest, AFileOfAnotherNetworkIsRefusedByName)
{
    const auto line = [&](const std::string& text) {
        std::ofstream(path) << text;
        return test::error_line([&] { composed(two_by_two(), path); });
    };
    EXPECT_NE(line(changed("\"fc\"", "\"other\"")).find("layer 'fc' has no codebook"),
              std::string::npos);
    EXPECT_NE(line(changed("\"x\"", "\"z\"")).find("tensor 'x' has no codebook"),
              std::string::npos);
    EXPECT_NE(line(changed("[0, 0.5, 2]}", "[0, 1]}, {\"name\": \"z\", \"centroids\": [0, 1]}"))
                  .find("1 of the file's 2 tensors"),
              std::string::npos);
    EXPECT_NE(line(changed("[{\"name\": \"fc\"",
                           "[{\"name\": \"z\", \"centroids\": [[0, 1]]}, {\"name\": \"fc\""))
                  .find("1 of the file's 2 layers"),
              std::string::npos);
    EXPECT_NE(line(changed("[-1, 0.25]", "[-1, 0.25], [0, 1]")).find("3 trained codebooks for 2"),
              std::string::npos);
}

}  // namespace
