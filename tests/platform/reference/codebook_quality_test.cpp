// SPDX-License-Identifier: Apache-2.0
/// The composer's loop to a given loss of quality, on the network that ships with the platform;
/// counted again with the tests' own evaluation of codebooks.
#include "run/codebook_quality.h"
#include "compiler/data/dataset.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/import/onnx_import.h"
#include "compiler/quantize/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/codebook_eval.h"
#include "support/error_line.h"
#include "support/show_images.h"

namespace {

using namespace imc;
using namespace imc::compiler;

constexpr std::size_t few = 24;  // an image is 4.17 % of the predictions

struct Glyphs {
    Graph graph = import_onnx(std::string(IMC_SOURCE_DIR) + "/scenarios/networks/glyphnet.onnx");
    std::vector<float> all, pixels;
    std::size_t count = 0;
    CalibrationSource source;
    QuantOptions options;

    explicit Glyphs(std::size_t images = few)
    {
        DatasetDescription description;
        description.images =
            std::string(IMC_SOURCE_DIR) + "/scenarios/data/glyphs_calibration_images.npy";
        all = load_dataset(description, input_form(graph)).images(0, images);
        show(0, images);
        options.scheme = Scheme::codebook;
    }

    /// Images `first` to `last` are those that are calibrated and counted on.
    void show(std::size_t first, std::size_t last)
    {
        const auto size = static_cast<std::ptrdiff_t>(graph.shape(graph.input).size());
        pixels.assign(all.begin() + static_cast<std::ptrdiff_t>(first) * size,
                      all.begin() + static_cast<std::ptrdiff_t>(last) * size);
        count = last - first;
        source.observe = test::shows(pixels);
    }

    QNet composed(unsigned w, unsigned u)
    {
        options.codebook.weight_codes = w;
        options.codebook.input_codes = u;
        return quantize(graph, options, source);
    }

    /// Predictions that codebooks of these sizes change, of `count`.
    unsigned changed(const QNet& net) const
    {
        const auto logits = FloatEvaluator(graph).run(pixels.data(), count);
        const auto wanted = predictions(logits, static_cast<int>(logits.size() / count));
        unsigned different = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const auto own =
                test::CodebookEvaluator(net).logits(pixels.data() + i * pixels.size() / count);
            different += std::max_element(own.begin(), own.end()) - own.begin() != wanted[i];
        }
        return different;
    }

    unsigned changed(unsigned w, unsigned u) { return changed(composed(w, u)); }
};

/// Codes of the layer that has the most, and of the tensor among those multiplied that has the
/// most.
std::pair<unsigned, unsigned> sizes_of(const QNet& net)
{
    unsigned w = 0;
    std::size_t u = 0;
    for (const auto& layer : net.layers)
        if (layer.op == IMC_STAGE_CONV) w = std::max(w, layer.codebook->weight_codes);
    for (const auto& layer :
         net.layers)  // tensors that are added or averaged have codes of their own
        if (layer.op == IMC_STAGE_CONV)
            u = std::max(u, net.tensors[layer.inputs[0]].centroids.size());
    return {w, static_cast<unsigned>(u)};
}

TEST(QualityLoop, TakesTheFirstTablesThatKeepTheBoundAndNoLargerOnes)
{
    Glyphs glyphs;
    glyphs.options.codebook.quality_loss = 0.05;  // one image of 24
    const QNet net = run::quantize_to_quality(glyphs.graph, glyphs.options, glyphs.source);
    EXPECT_LE(glyphs.changed(net), 1u);
    const auto [w, u] = sizes_of(net);
    EXPECT_GT(w * u, 16u) << "4 x 4 keep so tight a bound: the test shows nothing";
    // What comes before in the order of w x u, of equal ones the smaller w, does not keep it.
    for (const unsigned before_w : {4u, 8u, 16u, 32u, 64u})
        for (const unsigned before_u : {4u, 8u, 16u, 32u, 64u})
            if (std::make_pair(before_w * before_u, before_w) < std::make_pair(w * u, w)) {
                EXPECT_GT(glyphs.changed(before_w, before_u), 1u)
                    << before_w << " x " << before_u << " would do instead of " << w << " x " << u;
            }
}

TEST(QualityLoop, ALooseBoundLeavesTheSmallestTables)
{
    Glyphs glyphs;
    glyphs.options.codebook.quality_loss = 1.0;
    const QNet net = run::quantize_to_quality(glyphs.graph, glyphs.options, glyphs.source);
    EXPECT_EQ(sizes_of(net), std::make_pair(4u, 4u));
}

/// 64 images: sizes are judged on the last 32 with tables of the first 32, and then composed of
/// all.
TEST(QualityLoop, EnoughImagesAreHeldOutToJudgeOn)
{
    Glyphs glyphs(64), first(64), last(64);
    first.show(0, 32);
    const unsigned w = 4, u = 4;
    const QNet fitted = first.composed(w, u);
    first.show(32, 64);
    const double changed = first.changed(fitted) / 32.0;
    ASSERT_GT(changed, 0.0);
    // Just what 4 x 4 changes on the held-out half lets them pass; a little less does not.
    glyphs.options.codebook.quality_loss = changed + 1e-6;
    EXPECT_EQ(sizes_of(run::quantize_to_quality(glyphs.graph, glyphs.options, glyphs.source)),
              std::make_pair(w, u));
    glyphs.options.codebook.quality_loss = changed - 1e-6;
    const QNet larger = run::quantize_to_quality(glyphs.graph, glyphs.options, glyphs.source);
    EXPECT_GT(sizes_of(larger).first * sizes_of(larger).second, 16u);
    // What comes out was fitted to all 64 images.
    const auto [w2, u2] = sizes_of(larger);
    const QNet all = last.composed(w2, u2);
    for (std::size_t l = 0; l < all.layers.size(); ++l)
        EXPECT_EQ(larger.layers[l].weights, all.layers[l].weights) << all.layers[l].name;
}

TEST(QualityLoop, ABoundOutOfReachIsRefusedInOneLine)
{
    Glyphs glyphs;
    glyphs.options.codebook.product_bits = 2;  // products -1, 0, 1: no sizes help
    glyphs.options.codebook.quality_loss = 0.01;
    const auto line = test::error_line(
        [&] { run::quantize_to_quality(glyphs.graph, glyphs.options, glyphs.source); });
    EXPECT_NE(line.find("quantization.codebook.quality_loss: 0.01 is out of reach"),
              std::string::npos)
        << line;
    EXPECT_NE(line.find("24 calibration images"), std::string::npos) << line;
    EXPECT_NE(line.find("retrain"), std::string::npos) << line;
}

TEST(QualityLoop, SyntheticWeightsHaveNoQualityToKeep)
{
    Glyphs glyphs;
    const Graph synthetic =
        import_onnx(std::string(IMC_SOURCE_DIR) + "/scenarios/networks/mlp_mnist.onnx", {true});
    glyphs.options.codebook.quality_loss = 0.1;
    const auto line = test::error_line(
        [&] { run::quantize_to_quality(synthetic, glyphs.options, glyphs.source); });
    EXPECT_NE(line.find("synthetic weights"), std::string::npos) << line;
}

}  // namespace
