// SPDX-License-Identifier: Apache-2.0
/// Fitting weights and codebooks to coded inputs; expected values by hand or by brute force.
#include "compiler/quantize/codebook_fit.h"

#include "common/error.h"
#include "common/random.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/import/onnx_import.h"
#include "compiler/quantize/codebook_calibrate.h"
#include "compiler/quantize/geometry.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "support/show_images.h"

namespace {

using namespace imc::compiler;

TEST(AdaptedWeights, UndoWhatCodingDoesToAnInput)
{
    // One input: q = 2 x. Least squares: w' = w E[xq] / E[qq] = w / 2, pulled towards w by 0.3
    // E[qq].
    const InputMoments doubled{{4.0}, {2.0}};
    EXPECT_NEAR(adapted_weights({1.0f}, 1, 1, doubled)[0], (2.0 + 1.2) / (4.0 + 1.2), 1e-6);
    // Coded inputs that are the float ones ask for no change, whatever their covariance.
    const InputMoments same{{2.0, 0.5, 0.5, 1.0}, {2.0, 0.5, 0.5, 1.0}};
    const auto kept = adapted_weights({0.3f, -0.7f}, 1, 2, same);
    EXPECT_NEAR(kept[0], 0.3, 1e-6);
    EXPECT_NEAR(kept[1], -0.7, 1e-6);
    // Inputs that never move leave the weights alone.
    EXPECT_EQ(adapted_weights({0.3f}, 1, 1, {{0.0}, {0.0}})[0], 0.3f);
    EXPECT_THROW(adapted_weights({0.3f}, 1, 2, same), imc::InputError);
}

TEST(RefitCentroids, FreeCentroidsAreTheBestForTheSums)
{
    // Independent inputs of variance 1 and 3 share a code: the weighted mean, damping 0.1 x 2 each.
    const std::vector<Codebook> books{Codebook{{0.0, 5.0}}};
    const auto one = refit_centroids({1.0f, 2.0f}, 1, 2, books, {0, 0}, {1, 0, 0, 3});
    EXPECT_NEAR(one[0].centroid[0], (1.2 * 1 + 3.2 * 2) / 4.4, 1e-9);
    EXPECT_EQ(one[0].centroid[1], 5.0);  // no weight has it
    // Two outputs, one book: both count; with a book each, each for itself.
    const auto shared = refit_centroids({1.0f, 3.0f}, 2, 1, books, {0, 0}, {1.0});
    EXPECT_NEAR(shared[0].centroid[0], 2.0, 1e-9);
    const auto apart = refit_centroids({1.0f, 3.0f}, 2, 1, {books[0], books[0]}, {0, 1}, {1.0});
    EXPECT_NEAR(apart[0].centroid[0], 1.0, 1e-9);
    EXPECT_NEAR(apart[1].centroid[1], 3.0, 1e-9);
}

TEST(RefitCentroids, NoNeighbourFitsTheSumsBetter)
{
    constexpr unsigned inputs = 12, outputs = 3;
    const auto random = [](std::uint64_t key, std::uint64_t n) {
        return imc::random_normal(imc::random_key(key, 3), n);
    };
    std::vector<double> covariance(inputs * inputs);
    for (unsigned a = 0; a < inputs; ++a)
        for (unsigned b = 0; b < inputs; ++b)
            for (unsigned cause = 0; cause < 20; ++cause)
                covariance[a * inputs + b] += random(cause, a) * random(cause, b);
    std::vector<float> weights;
    std::vector<std::uint8_t> codes;
    for (unsigned n = 0; n < inputs * outputs; ++n) {
        weights.push_back(static_cast<float>(random(77, n)));
        codes.push_back(static_cast<std::uint8_t>(n % 3));
    }
    double trace = 0;
    for (unsigned k = 0; k < inputs; ++k)
        trace += covariance[k * inputs + k];
    const auto error = [&](const std::vector<double>& c) {  // damped as the header says
        double sum = 0;
        for (unsigned o = 0; o < outputs; ++o)
            for (unsigned a = 0; a < inputs; ++a)
                for (unsigned b = 0; b < inputs; ++b) {
                    const double h =
                        covariance[a * inputs + b] + (a == b ? 0.1 * trace / inputs : 0.0);
                    sum += (weights[o * inputs + a] - c[codes[o * inputs + a]]) * h *
                           (weights[o * inputs + b] - c[codes[o * inputs + b]]);
                }
        return sum;
    };
    const auto found = refit_centroids(weights, outputs, inputs, {Codebook{{-1.0, 0.0, 1.0}}},
                                       codes, covariance)[0]
                           .centroid;
    for (unsigned c = 0; c < 3; ++c)
        for (const double step : {-0.01, 0.01}) {
            auto other = found;
            other[c] += step;
            EXPECT_GT(error(other), error(found)) << c << " " << step;
        }
}

/// Moments by the textbook, window by window, of what two evaluations give.
TEST(CodebookCalibration, MomentsAreThoseOfTheWindows)
{
    const Graph graph =
        import_onnx(std::string(IMC_SOURCE_DIR) + "/scenarios/networks/glyphnet.onnx");
    const Node* second = nullptr;  // a 3 x 3 convolution with padding
    for (const Node& node : graph.nodes)
        if (node.name == "block1.conv1") second = &node;
    ASSERT_NE(second, nullptr);
    const int value = second->inputs[0];
    constexpr std::size_t count = 4;
    std::vector<float> images;
    for (std::size_t n = 0; n < count * 576; ++n)
        images.push_back(static_cast<float>(imc::random_bits(9, n) % 256));
    const auto halves = [value](int v, float* numbers, std::size_t n) {
        for (std::size_t i = 0; i < n && v == value; ++i)
            numbers[i] = 0.5f * std::floor(2 * numbers[i]);
    };
    const CodebookCalibration calibration(graph, imc::test::shows(images), halves);
    EXPECT_FALSE(calibration.worth_it(10));  // four images say little
    const auto found = calibration.moments(value, layer_geometry(*second, graph.shape(value)));
    const auto x = FloatEvaluator(graph).run_values(images.data(), count, {value})[0];
    const Shape shape = graph.shape(value);
    const auto at = [&](std::size_t image, int k, int y, int column) {
        const int c = k / 9, iy = y + k / 3 % 3 - 1, ix = column + k % 3 - 1;
        if (iy < 0 || ix < 0 || iy >= shape.h || ix >= shape.w) return 0.0;
        return double(x[((image * shape.c + c) * shape.h + iy) * shape.w + ix]);
    };
    const int fan_in = shape.c * 9;
    for (const auto& [a, b] :
         std::vector<std::pair<int, int>>{{0, 0}, {0, 4}, {40, 13}, {143, 143}}) {
        double sums[5] = {};
        for (std::size_t image = 0; image < count; ++image)
            for (int y = 0; y < shape.h; ++y)
                for (int column = 0; column < shape.w; ++column) {
                    const double xa = at(image, a, y, column), xb = at(image, b, y, column),
                                 qa = 0.5 * std::floor(2 * xa), qb = 0.5 * std::floor(2 * xb);
                    const double terms[5] = {xa, qa, qb, qa * qb, xa * qb};
                    for (int t = 0; t < 5; ++t)
                        sums[t] += terms[t] / double(count * shape.h * shape.w);
                }
        const std::size_t pair = std::size_t(a) * fan_in + b;
        EXPECT_NEAR(found.mean[a], sums[0], 1e-4);
        EXPECT_NEAR(found.coded_mean[a], sums[1], 1e-4);
        EXPECT_NEAR(found.moments.coded[pair], sums[3] - sums[1] * sums[2], 1e-4);
        EXPECT_NEAR(found.moments.cross[pair], sums[4] - sums[0] * sums[2], 1e-4);
    }
}

}  // namespace
