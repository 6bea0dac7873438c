// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_network.h"

#include "common/error.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/graph/passes.h"
#include "compiler/import/onnx_import.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "support/codebook_eval.h"
#include "support/data_folder.h"
#include "support/show_images.h"

namespace {

using namespace imc::compiler;
using imc::test::CodebookEvaluator;
using imc::test::shows;

std::vector<float> pixels_of(const std::string& path, std::size_t count, std::size_t size)
{
    std::ifstream file(path, std::ios::binary);
    const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    std::vector<float> pixels;
    for (std::size_t i = 0; i < std::min(bytes.size(), count * size); ++i)
        pixels.push_back(static_cast<float>(bytes[i]) / 255.0f);
    return pixels;
}

QuantOptions with_codes(unsigned weight_codes, unsigned input_codes)
{
    QuantOptions options;
    options.scheme = Scheme::codebook;
    options.codebook.weight_codes = weight_codes;
    options.codebook.input_codes = input_codes;
    return options;
}

/// Share of `count` images whose predictions by codebooks and in float differ.
double disagreement(const Graph& graph, const QNet& net, const float* images, std::size_t count)
{
    const auto size = static_cast<std::size_t>(graph.shape(graph.input).size());
    FloatEvaluator floats(graph);
    const auto logits = floats.run(images, count);
    const auto expected = predictions(logits, static_cast<int>(logits.size() / count));
    CodebookEvaluator codes(net);
    unsigned different = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto own = codes.logits(images + i * size);
        different += std::max_element(own.begin(), own.end()) - own.begin() != expected[i];
    }
    return static_cast<double>(different) / static_cast<double>(count);
}

TEST(CodebookNetwork, MnistNetworksKeepTheirPredictions)
{
    IMC_NEEDS_DATA(data);
    const auto images = pixels_of(data + "/mnist/t10k_first2000_u8_28x28.bin", 200, 784);
    const auto calibration = pixels_of(data + "/mnist/calib_train_500_u8_28x28.bin", 100, 784);
    for (const char* name : {"mnist_mlp_784_512_512_10", "mnist_lenet5"}) {
        const Graph graph = import_onnx(data + "/mnist/" + name + ".onnx");
        const QNet net = quantize_codebook(graph, with_codes(16, 16), shows(calibration));
        EXPECT_EQ(net.scheme, "codebook");
        EXPECT_LE(disagreement(graph, net, images.data(), 200), 0.03) << name;
    }
}

TEST(CodebookNetwork, ZeroIsACodeWhereverPaddingNeedsIt)
{
    Graph graph = import_onnx(
        std::string(IMC_SOURCE_DIR) + "/scenarios/networks/resnet20_cifar10.onnx", {true});
    const std::vector<float> image(3072, 0.5f);
    const QNet net = quantize_codebook(graph, with_codes(8, 8), shows(image));
    EXPECT_TRUE(net.weights_synthetic);
    for (const auto& layer : net.layers) {
        if (layer.op != IMC_STAGE_CONV || layer.geometry.pad_top == 0) continue;
        const QTensor& in = net.tensors[layer.inputs[0]];
        EXPECT_EQ(in.centroids.at(static_cast<std::size_t>(in.zero_point)), 0.0) << layer.name;
        EXPECT_LE(in.centroids.size(), 8u);
    }
    const QTensor& out = net.tensors[net.output];
    EXPECT_TRUE(out.centroids.empty());
    EXPECT_GT(out.scale, 0.0);
}

TEST(CodebookNetwork, ImagesMayHaveMoreCodesThanWhatLayersReadOfEachOther)
{
    const Graph graph =
        import_onnx(std::string(IMC_SOURCE_DIR) + "/scenarios/networks/mlp_mnist.onnx", {true});
    std::vector<float> image(784);
    for (std::size_t i = 0; i < image.size(); ++i)
        image[i] = static_cast<float>(i) / 783.0f;
    QuantOptions options = with_codes(8, 8);
    options.codebook.image_codes = 32;
    const QNet net = quantize_codebook(graph, options, shows(image));
    bool first = true;
    for (const auto& layer : net.layers) {
        if (layer.op != IMC_STAGE_CONV) continue;
        EXPECT_EQ(net.tensors[layer.inputs[0]].centroids.size(), first ? 32u : 8u) << layer.name;
        EXPECT_EQ(layer.codebook->input_codes, first ? 32u : 8u) << layer.name;
        first = false;
    }
    options.codebook.image_codes = 1;
    EXPECT_THROW(quantize_codebook(graph, options, shows(image)), imc::InputError);
}

TEST(CodebookNetwork, OptionsOutOfRangeAreNamed)
{
    const Graph graph =
        import_onnx(std::string(IMC_SOURCE_DIR) + "/scenarios/networks/mlp_mnist.onnx", {true});
    const std::vector<float> image(784, 0.5f);
    EXPECT_THROW(quantize_codebook(graph, with_codes(65, 16), shows(image)), imc::InputError);
    EXPECT_THROW(quantize_codebook(graph, with_codes(16, 1), shows(image)), imc::InputError);
    EXPECT_THROW(quantize_codebook(graph, with_codes(16, 16), shows({})), imc::InputError);
    QuantOptions tree = with_codes(12, 16);
    tree.codebook.tree = true;
    EXPECT_THROW(quantize_codebook(graph, tree, shows(image)), imc::InputError);
}

}  // namespace
