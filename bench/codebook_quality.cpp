// SPDX-License-Identifier: Apache-2.0
/// Top-1 of a network on codebooks of every size, beside its float top-1, as CSV:
/// codebook_quality MODEL.onnx IMAGES LABELS CALIBRATION [FORMAT [COUNT [SIZES]]]. IMAGES and
/// CALIBRATION hold (N, C, H, W), LABELS bytes, each with or without an NPY head. FORMAT: u8 =
/// bytes taken as value / 255, pixels = bytes as they are, f32 = floats. SIZES as 4,16,64.
#include "common/error.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/import/onnx_import.h"
#include "compiler/quantize/quantize.h"
#include "run/codebook_quality.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <systemc>

namespace {

using namespace imc;

std::vector<char> bytes_of(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) throw InputError(path + ": cannot be read");
    std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.size() > 10 && std::memcmp(bytes.data(), "\x93NUMPY", 6) == 0) {
        const auto head =
            10 + static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]);
        bytes.erase(bytes.begin(), bytes.begin() + head);
    }
    return bytes;
}

std::vector<float> numbers_of(const std::string& path, const std::string& format)
{
    const auto bytes = bytes_of(path);
    std::vector<float> numbers;
    if (format == "f32") {
        numbers.resize(bytes.size() / 4);
        std::memcpy(numbers.data(), bytes.data(), numbers.size() * 4);
        return numbers;
    }
    const float divisor = format == "u8" ? 255.0f : 1.0f;
    for (const char byte : bytes)
        numbers.push_back(static_cast<float>(static_cast<unsigned char>(byte)) / divisor);
    return numbers;
}

int measure(int argc, char** argv)
{
    if (argc < 5)
        throw InputError(
            "usage: codebook_quality MODEL IMAGES LABELS CALIBRATION "
            "[u8|pixels|f32 [COUNT [SIZES]]]");
    const std::string format = argc > 5 ? argv[5] : "u8";
    const auto graph = compiler::import_onnx(argv[1]);
    const auto size = static_cast<std::size_t>(graph.shape(graph.input).size());
    const auto images = numbers_of(argv[2], format), calibration = numbers_of(argv[4], format);
    std::size_t count = images.size() / size;
    if (argc > 6) count = std::min(count, static_cast<std::size_t>(std::atoi(argv[6])));
    const auto label_bytes = bytes_of(argv[3]);
    const std::vector<int> labels(label_bytes.begin(),
                                  label_bytes.begin() + static_cast<std::ptrdiff_t>(count));

    compiler::FloatEvaluator floats(graph);
    const auto logits = floats.run(images.data(), count);
    const double float_top1 = compiler::top1(
        compiler::predictions(logits, static_cast<int>(logits.size() / count)), labels);
    compiler::CalibrationSource source;
    source.observe = [&](const compiler::Graph& g,
                         const compiler::FloatEvaluator::Observer& observer) {
        const std::size_t used = std::min<std::size_t>(calibration.size() / size, 200);
        compiler::FloatEvaluator(g).run(calibration.data(), used, observer);
    };
    std::vector<unsigned> sizes;
    std::stringstream list(argc > 7 ? argv[7] : "4,8,16,32,64");
    for (std::string size_text; std::getline(list, size_text, ',');)
        sizes.push_back(static_cast<unsigned>(std::stoul(size_text)));
    std::printf("weight_codes,input_codes,images,float_top1,top1,loss_points\n");
    for (const unsigned w : sizes)
        for (const unsigned u : sizes) {
            compiler::QuantOptions options;
            options.scheme = compiler::Scheme::codebook;
            options.codebook.weight_codes = w;
            options.codebook.input_codes = u;
            const auto net = compiler::quantize(graph, options, source);
            const double top1 =
                compiler::top1(imc::run::reference_predictions(net, images.data(), count), labels);
            std::printf("%u,%u,%zu,%.4f,%.4f,%.2f\n", w, u, count, float_top1, top1,
                        100.0 * (float_top1 - top1));
            std::fflush(stdout);
        }
    return 0;
}

}  // namespace

int sc_main(int argc, char** argv)
{
    try {
        return measure(argc, argv);
    } catch (const InputError& error) {
        std::fprintf(stderr, "codebook_quality: %s\n", error.what());
        return 2;
    }
}

int main(int argc, char** argv)
{
    return sc_main(argc, argv);
}
