// SPDX-License-Identifier: Apache-2.0
/// Sizes of RNA blocks that cannot hold what a network asks of them are refused.
#include "cam/cost/parameters.h"
#include "compiler/emit/stage_blob.h"
#include "compiler/import/onnx_import.h"
#include "compiler/map/map.h"
#include "compiler/quantize/codebook_network.h"
#include "compiler/quantize/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "support/error_line.h"
#include "support/show_images.h"

namespace {

using namespace imc;
using namespace imc::compiler;

QNet composed(const std::string& network, std::size_t inputs, const CodebookScheme& scheme)
{
    std::vector<float> image;
    for (std::size_t i = 0; i < inputs; ++i)
        image.push_back(std::sin(0.37f * static_cast<float>(i)));
    QuantOptions options;
    options.codebook = scheme;
    const Graph graph = import_onnx(
        std::string(IMC_SOURCE_DIR) + "/scenarios/networks/" + network + ".onnx", {true});
    return quantize_codebook(graph, options, test::shows(image));
}

/// Lowers all stages of `net` on a chip whose blocks are as `cam` says.
void lower(const QNet& net, const cam::Config& cam)
{
    AcceleratorConfig config;
    config.tiles = {{IMC_ENGINE_CAM, 32}};
    config.cam = cam;
    config.technology = cam::default_technology();
    const auto lowering = make_lowering(IMC_ENGINE_CAM, config);
    for (const auto& placed : map_network(net, config, {}).stages)
        stage_blob(net, placed, *lowering);
}

void expect_refused(const QNet& net, const cam::Config& cam, const std::string& key,
                    const std::string& need)
{
    const auto line = test::error_line([&] { lower(net, cam); });
    EXPECT_EQ(line.rfind(key + ": ", 0), 0u) << line;
    EXPECT_NE(line.find(need), std::string::npos) << line;
}

TEST(CamLimits, ACrossbarHoldsAllProductsAndWeightCodes)
{
    CodebookScheme scheme;
    scheme.weight_codes = scheme.input_codes = 64;
    const QNet net = composed("mlp_mnist", 784, scheme);
    cam::Config cam;
    cam.crossbar_rows = 64;  // 4,096 cells
    // 64 x 64 products of 16 bits and 784 codes of 6 bits are 70,240 cells; 265^2 = 70,225.
    expect_refused(net, cam, "platform.cam.crossbar_rows", "needs 70240 cells");
    expect_refused(net, cam, "platform.cam.crossbar_rows", "at least 266 rows");
    cam.crossbar_rows = 265;
    expect_refused(net, cam, "platform.cam.crossbar_rows", "have 70225");
    cam.crossbar_rows = 266;
    EXPECT_NO_THROW(lower(net, cam));
}

TEST(CamLimits, ACounterHoldsTheLargestGroupOfEqualWeightCodes)
{
    CodebookScheme scheme;
    scheme.weight_codes = 4;
    const QNet net = composed("mlp_mnist", 784, scheme);
    std::uint64_t largest = 0;
    for (const auto& layer : net.layers) {
        const std::size_t outputs = net.tensors[layer.output].channels;
        const std::size_t fan_in = layer.weights.size() / outputs;
        for (std::size_t o = 0; o < outputs; ++o) {
            std::map<int, std::uint64_t> equal;
            for (std::size_t k = 0; k < fan_in; ++k)
                largest = std::max(largest, ++equal[layer.weights[o * fan_in + k]]);
        }
    }
    ASSERT_GT(largest, 255u);  // of 784 inputs with four codes some code has more than a quarter
    ASSERT_LT(largest, 512u);
    cam::Config cam;
    cam.counter_bits = 9;
    EXPECT_NO_THROW(lower(net, cam));
    cam.counter_bits = 8;
    expect_refused(net, cam, "platform.cam.counter_bits", "at least 9 bits");
    cam.counter_bits = 1;
    expect_refused(net, cam, "platform.cam.counter_bits", "a counter of 1 bits");
}

TEST(CamLimits, TheActivationMemoryHoldsTheTableOfAFunction)
{
    CodebookScheme scheme;
    const QNet fits = composed("functions_cifar10", 3072, scheme);
    cam::Config cam;
    EXPECT_NO_THROW(lower(fits, cam));
    cam.activation_rows = 63;
    expect_refused(fits, cam, "platform.cam.activation_rows", "64 rows, the memories have 63");
    scheme.activation_rows = 256;
    const QNet large = composed("functions_cifar10", 3072, scheme);
    cam.activation_rows = 64;
    expect_refused(large, cam, "platform.cam.activation_rows", "256 rows, the memories have 64");
    cam.activation_rows = 256;
    EXPECT_NO_THROW(lower(large, cam));
}

}  // namespace
