// SPDX-License-Identifier: Apache-2.0
/// Float evaluation against logits of another evaluator (torch, see shared/data) and the accuracies
/// measured there.
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/graph/passes.h"
#include "compiler/import/onnx_import.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "support/data_folder.h"
#include "support/npz.h"

namespace {

using imc::compiler::FloatEvaluator;
using imc::compiler::Graph;
using imc::compiler::import_onnx;
using imc::test::load_npz;

std::vector<std::uint8_t> bytes_of(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// (u8 / divisor - mean) / std by channel.
std::vector<float> normalized(const std::vector<std::uint8_t>& pixels, std::size_t plane,
                              float divisor, const std::vector<float>& mean,
                              const std::vector<float>& deviation)
{
    std::vector<float> images(pixels.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const std::size_t c = i / plane % mean.size();
        images[i] = (static_cast<float>(pixels[i]) / divisor - mean[c]) / deviation[c];
    }
    return images;
}

std::vector<int> labels_of(const std::string& path, std::size_t count)
{
    const auto bytes = bytes_of(path);
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b)
{
    EXPECT_EQ(a.size(), b.size());
    float largest = 0.0f;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

const std::vector<float> imagenet_mean{0.485f, 0.456f, 0.406f},
    imagenet_deviation{0.229f, 0.224f, 0.225f};

TEST(Golden, Resnet20OnExactImages)
{
    IMC_NEEDS_DATA(data);
    const auto pixels = bytes_of(data + "/cifar10-images/test_lossless_100_u8_chw.bin");
    const auto images = normalized(pixels, 1024, 255.0f, imagenet_mean, imagenet_deviation);
    const auto labels = labels_of(data + "/cifar10-images/test_lossless_100_labels_u8.bin", 100);
    const auto golden =
        load_npz<float>(data + "/resnet20-cifar10/golden_resnet20_lossless100.npz", "logits_fp32");
    for (const char* file : {"resnet20.onnx", "resnet20_convshortcut.onnx"})
        for (const bool fold : {false, true}) {
            Graph graph = import_onnx(data + "/resnet20-cifar10/" + file);
            if (fold) imc::compiler::fold_affine(graph);
            const auto logits = FloatEvaluator(graph).run(images.data(), 100);
            EXPECT_LT(largest_difference(logits, golden), 1e-4f) << file;
            EXPECT_DOUBLE_EQ(imc::compiler::top1(imc::compiler::predictions(logits, 10), labels),
                             0.94);
        }
}

TEST(Golden, MnistNetworksAndTheirAccuracy)
{
    IMC_NEEDS_DATA(data);
    const auto pixels = bytes_of(data + "/mnist/t10k_first2000_u8_28x28.bin");
    const auto images = normalized(pixels, 784, 255.0f, {0.0f}, {1.0f});
    const auto labels = labels_of(data + "/mnist/t10k_first2000_labels_u8.bin", 2000);
    for (const auto& [name, accuracy] :
         {std::pair{"mnist_mlp_784_512_512_10", 0.975}, {"mnist_lenet5", 0.9745}}) {
        const Graph graph = import_onnx(data + "/mnist/" + name + ".onnx");
        const auto golden = load_npz<float>(data + "/mnist/golden_" + name + ".npz", "logits_fp32");
        const auto logits = FloatEvaluator(graph).run(images.data(), 2000);
        EXPECT_LT(largest_difference(logits, golden), 1e-4f) << name;
        EXPECT_DOUBLE_EQ(imc::compiler::top1(imc::compiler::predictions(logits, 10), labels),
                         accuracy)
            << name;
    }
}

TEST(Golden, IsoletMlp)
{
    IMC_NEEDS_DATA(data);
    const auto bytes = bytes_of(data + "/isolet/isolet5_even_780_f32_617.bin");
    std::vector<float> features(bytes.size() / sizeof(float));
    std::memcpy(features.data(), bytes.data(), bytes.size());
    const Graph graph = import_onnx(data + "/isolet/isolet_mlp_617_512_512_26.onnx");
    const auto logits = FloatEvaluator(graph).run(features.data(), 780);
    const auto golden =
        load_npz<float>(data + "/isolet/golden_isolet_mlp_617_512_512_26.npz", "logits_fp32");
    EXPECT_LT(largest_difference(logits, golden), 1e-4f);
    const auto labels = labels_of(data + "/isolet/isolet5_even_780_labels_u8.bin", 780);
    EXPECT_NEAR(imc::compiler::top1(imc::compiler::predictions(logits, 26), labels), 0.9603, 5e-5);
}

TEST(Golden, SqueezenetOnTenImagenetImages)  // ceil-mode pools, concatenation
{
    IMC_NEEDS_DATA(data);
    auto pixels = bytes_of(data + "/squeezenet-imagenet/images_40_u8_chw_227.bin");
    pixels.resize(10 * 3 * 227 * 227);
    const auto images =
        normalized(pixels, 227 * 227, 1.0f, {123.0f, 117.0f, 104.0f}, {1.0f, 1.0f, 1.0f});
    const Graph graph = import_onnx(data + "/squeezenet-imagenet/squeezenet_v1.0.onnx");
    const auto scores = FloatEvaluator(graph).run(images.data(), 10);
    auto golden = load_npz<float>(data + "/squeezenet-imagenet/golden_fp32.npz", "scores");
    golden.resize(10 * 1000);
    EXPECT_LT(largest_difference(scores, golden), 1e-3f);  // scores up to about 40
}

TEST(Golden, Resnet8FloatAndQdq)
{
    IMC_NEEDS_DATA(data);
    const auto pixels = bytes_of(data + "/cifar10-images/test_lossless_100_u8_chw.bin");
    const std::vector<float> images(pixels.begin(), pixels.end());
    const auto labels = labels_of(data + "/cifar10-images/test_lossless_100_labels_u8.bin", 100);
    const Graph quantized = import_onnx(data + "/resnet8-cifar10-int8/resnet8_int8_qdq.onnx");
    const auto logits = FloatEvaluator(quantized).run(images.data(), 100);
    const auto golden = load_npz<float>(data + "/resnet8-cifar10-int8/golden_int8_lossless100.npz",
                                        "logits_qdq_float");
    // A float sum beside a rounding border may fall to the other side: a few logits, by a few steps
    // of 0.172.
    std::size_t different = 0;
    for (std::size_t i = 0; i < golden.size(); ++i)
        different += std::abs(logits[i] - golden[i]) > 1e-4f;
    EXPECT_LE(different, golden.size() / 20);
    EXPECT_LE(largest_difference(logits, golden), 3 * 0.173f);
    EXPECT_NEAR(imc::compiler::top1(imc::compiler::predictions(logits, 10), labels), 0.86, 0.011);
    const auto real_golden = load_npz<float>(
        data + "/resnet8-cifar10-int8/golden_int8_lossless100.npz", "logits_fp32_model");
    const Graph real = import_onnx(data + "/resnet8-cifar10-int8/resnet8_fp32.onnx");
    const auto real_logits = FloatEvaluator(real).run(images.data(), 100);
    EXPECT_DOUBLE_EQ(imc::compiler::top1(imc::compiler::predictions(real_logits, 10), labels),
                     0.88);
}

}  // namespace
