// SPDX-License-Identifier: Apache-2.0
/// Top-1 of a network on codebooks of every size, beside its float top-1, as CSV:
/// codebook_quality MODEL.onnx IMAGES LABELS CALIBRATION [FORMAT [COUNT [SIZES [SCOPE [FLOAT
/// PARAMETERS]]]]].
/// IMAGES and CALIBRATION hold (N, C, H, W), LABELS bytes, each with or without an NPY head.
/// FORMAT: u8 = bytes taken as value / 255, pixels = bytes as they are, f32 = floats. COUNT:
/// images, 0 = all. SIZES as 4,16,64. SCOPE: layer or channel, what has a weight codebook; with
/// -nearest behind it layers are not fitted to their inputs, with -same operands of additions and
/// average pools have no more codes than other inputs, with -image64 the images have 64 codes.
/// FLOAT: the network to compare with, if MODEL.onnx was retrained to the codebooks of PARAMETERS,
/// which decide the sizes then.
#include "run/codebook_quality.h"
#include "common/error.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/import/onnx_import.h"
#include "compiler/quantize/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

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

/// Codes of the layer that has the most, and of the tensor among those that layers multiply.
std::pair<unsigned, std::size_t> sizes_of(const compiler::QNet& net)
{
    std::pair<unsigned, std::size_t> most{0, 0};
    for (const auto& layer : net.layers)
        if (layer.op == IMC_STAGE_CONV)
            most = {std::max(most.first, layer.codebook->weight_codes),
                    std::max(most.second, net.tensors[layer.inputs[0]].centroids.size())};
    return most;
}

/// What changes from the float network's answers to those on codebooks.
struct Paired {
    unsigned lost = 0;     ///< right in float, wrong on codebooks
    unsigned gained = 0;   ///< the other way round
    unsigned changed = 0;  ///< another answer, right or wrong
    std::size_t count = 0;

    Paired(const std::vector<int>& floats, const std::vector<int>& codes,
           const std::vector<int>& labels)
        : count(labels.size())
    {
        for (std::size_t i = 0; i < count; ++i) {
            lost += floats[i] == labels[i] && codes[i] != labels[i];
            gained += floats[i] != labels[i] && codes[i] == labels[i];
            changed += floats[i] != codes[i];
        }
    }

    double loss() const { return (double(lost) - double(gained)) / static_cast<double>(count); }
    /// Half width of the 95 % interval of the loss, both networks having seen the same images.
    double interval() const
    {
        const double discordant = (double(lost) + double(gained)) / static_cast<double>(count);
        return 1.96 * std::sqrt((discordant - loss() * loss()) / static_cast<double>(count));
    }
    /// McNemar's exact test: the chance of so uneven a split of the discordant images if codes cost
    /// nothing (two-sided).
    double chance() const
    {
        const unsigned n = lost + gained, least = std::min(lost, gained);
        double term = std::pow(0.5, n), sum = 0;
        for (unsigned k = 0; k <= least; ++k) {
            sum += term;
            term *= double(n - k) / (k + 1);
        }
        return std::min(1.0, 2 * sum);
    }
};

struct Settings {
    std::string format = "u8";
    std::size_t count = 0;
    std::vector<unsigned> sizes{4, 8, 16, 32, 64};
    bool per_channel = false, compensate = true, same = false, fine_images = false;
    std::string float_network, parameters;

    Settings(int argc, char** argv) : float_network(argv[1])
    {
        if (argc > 5) format = argv[5];
        if (argc > 6) count = static_cast<std::size_t>(std::atoi(argv[6]));
        if (argc > 7) {
            sizes.clear();
            std::stringstream list(argv[7]);
            for (std::string text; std::getline(list, text, ',');)
                sizes.push_back(static_cast<unsigned>(std::stoul(text)));
        }
        const std::string scope = argc > 8 ? argv[8] : "layer";
        per_channel = scope.rfind("channel", 0) == 0;
        compensate = scope.find("-nearest") == std::string::npos;
        same = scope.find("-same") != std::string::npos;
        fine_images = scope.find("-image64") != std::string::npos;
        if (argc > 10) {
            float_network = argv[9];
            parameters = argv[10];
            sizes = {0};
        }
    }
};

/// What the float network answers, and how sure it is of every class.
struct FloatAnswers {
    std::vector<int> predicted;
    std::vector<double> probability;  ///< [image][class], softmax of the logits
    std::size_t classes = 0;

    FloatAnswers(const std::string& network, const std::vector<float>& images, std::size_t count)
    {
        const auto graph = compiler::import_onnx(network);
        const auto logits = compiler::FloatEvaluator(graph).run(images.data(), count);
        classes = logits.size() / count;
        predicted = compiler::predictions(logits, static_cast<int>(classes));
        for (std::size_t i = 0; i < count; ++i) {
            const float* own = logits.data() + i * classes;
            double sum = 0;
            for (std::size_t c = 0; c < classes; ++c)
                sum += std::exp(double(own[c]) - own[predicted[i]]);
            for (std::size_t c = 0; c < classes; ++c)
                probability.push_back(std::exp(double(own[c]) - own[predicted[i]]) / sum);
        }
    }

    /// Loss of `codes` to be expected if the float network's probabilities are right: does not
    /// depend on which of the uncertain images happen to be right here.
    double expected_loss(const std::vector<int>& codes) const
    {
        double sum = 0;
        for (std::size_t i = 0; i < codes.size(); ++i)
            sum += probability[i * classes + static_cast<std::size_t>(predicted[i])] -
                   probability[i * classes + static_cast<std::size_t>(codes[i])];
        return sum / static_cast<double>(codes.size());
    }
};

int measure(int argc, char** argv)
{
    if (argc < 5)
        throw InputError(
            "usage: codebook_quality MODEL IMAGES LABELS CALIBRATION "
            "[u8|pixels|f32 [COUNT [SIZES [layer|channel[-nearest][-same][-image64] [FLOAT_MODEL "
            "PARAMETERS]]]]]");
    const Settings settings(argc, argv);
    const auto graph = compiler::import_onnx(argv[1]);
    const auto size = static_cast<std::size_t>(graph.shape(graph.input).size());
    const auto images = numbers_of(argv[2], settings.format),
               calibration = numbers_of(argv[4], settings.format);
    const std::size_t there = images.size() / size,
                      count = settings.count == 0 ? there : std::min(there, settings.count);
    const auto label_bytes = bytes_of(argv[3]);
    const std::vector<int> labels(label_bytes.begin(),
                                  label_bytes.begin() + static_cast<std::ptrdiff_t>(count));
    const FloatAnswers floats(settings.float_network, images, count);
    compiler::CalibrationSource source;
    source.observe = [&](const compiler::Graph& g,
                         const compiler::FloatEvaluator::Observer& observer) {
        compiler::FloatEvaluator(g).run(calibration.data(), calibration.size() / size, observer);
    };
    std::printf(
        "weight_codes,input_codes,images,float_top1,top1,loss_points,interval_points,"
        "changed_points,lost,gained,mcnemar_p,expected_points\n");
    for (const unsigned w : settings.sizes)
        for (const unsigned u : settings.sizes) {
            compiler::QuantOptions options;
            options.scheme = compiler::Scheme::codebook;
            if (settings.parameters.empty()) {
                options.codebook.weight_codes = w;
                options.codebook.input_codes = u;
            }
            if (settings.same) options.codebook.residual_codes = u;
            if (settings.fine_images) options.codebook.image_codes = 64;
            options.codebook.parameters = settings.parameters;
            options.codebook.per_channel = settings.per_channel;
            options.codebook.compensate = settings.compensate;
            const auto net = compiler::quantize(graph, options, source);
            const auto codes = imc::run::reference_predictions(net, images.data(), count);
            const Paired paired(floats.predicted, codes, labels);
            auto [most_w, most_u] = sizes_of(net);
            if (settings.fine_images) most_u = u;
            std::printf("%u,%zu,%zu,%.4f,%.4f,%.2f,%.2f,%.2f,%u,%u,%.3f,%.2f\n", most_w, most_u,
                        count, compiler::top1(floats.predicted, labels),
                        compiler::top1(codes, labels), 100.0 * paired.loss(),
                        100.0 * paired.interval(),
                        100.0 * paired.changed / static_cast<double>(count), paired.lost,
                        paired.gained, paired.chance(), 100.0 * floats.expected_loss(codes));
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
