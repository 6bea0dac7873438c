// SPDX-License-Identifier: Apache-2.0
#include "run/calibrate.h"

#include "run/images.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::run {

namespace {

constexpr unsigned default_count =
    64;  ///< images of a file; ranges of 8-bit networks settle well before that

/// Squared error of a histogram's numbers when [low, high] is cut into 2^bits - 1 steps.
double squared_error(const compiler::Histogram& histogram, double low, double high, unsigned bits)
{
    const double step = (high - low) / (std::exp2(bits) - 1);
    double sum = 0.0;
    const auto& bins = histogram.bins();
    for (std::size_t i = 0; i < bins.size(); ++i) {
        if (bins[i] == 0) continue;
        const double x =
            (static_cast<double>(i) + 0.5 - compiler::Histogram::half_bins) * histogram.bin_width();
        const double rounded = low + step * std::nearbyint((std::clamp(x, low, high) - low) / step);
        sum += static_cast<double>(bins[i]) * (x - rounded) * (x - rounded);
    }
    return sum;
}

compiler::ValueRange least_squares_range(const compiler::Histogram& histogram, unsigned bits)
{
    constexpr int steps = 80;  // clip from 100 % down to 20 % of the range
    const double min = histogram.min(), max = histogram.max();
    double best = -1.0;
    compiler::ValueRange range{histogram.min(), histogram.max()};
    for (int i = 0; i < steps; ++i) {
        const double part = 1.0 - 0.01 * i;
        const double error = squared_error(histogram, part * min, part * max, bits);
        if (best >= 0.0 && error >= best) continue;
        best = error;
        range = {static_cast<float>(part * min), static_cast<float>(part * max)};
    }
    return range;
}

/// The images that decide ranges; `used` says in words which.
ImageSet calibration_images(const compiler::Graph& graph, const config::RunConfig& config,
                            std::string& used)
{
    const auto& calibration = config.quantization.calibration;
    const unsigned count = calibration.count ? calibration.count : default_count;
    const auto form = compiler::input_form(graph);
    ImageSet images;
    if (calibration.images.given()) {
        images = image_file(calibration.images.path.string(), config.dataset, form, count);
        used = fmt::format("{} images of {}", images.count, calibration.images.name);
    } else if (config.dataset.images.given()) {
        images = first_images(config.dataset, form, count);
        used = fmt::format("the first {} images of the dataset itself", images.count);
    } else {
        images = synthetic_images(graph.shape(graph.input), config.network.seed,
                                  ImagePurpose::calibration, std::max(1u, calibration.count));
        used = fmt::format("{} seeded image{}", images.count, images.count == 1 ? "" : "s");
    }
    return images;
}

}  // namespace

compiler::ValueRange range_of(const compiler::Histogram& histogram,
                              const config::CalibrationConfig& config, unsigned bits)
{
    if (histogram.count() == 0 || histogram.min() == histogram.max())
        return {histogram.min(), histogram.max()};
    if (config.method == config::RangeMethod::mse) return least_squares_range(histogram, bits);
    if (config.method == config::RangeMethod::minmax) return {histogram.min(), histogram.max()};
    const double share = config.percentile / 100.0;
    const double low = histogram.min() < 0 ? histogram.quantile(1.0 - share) : histogram.min();
    return {static_cast<float>(low), static_cast<float>(histogram.quantile(share))};
}

compiler::CalibrationSource calibration_source(const config::RunConfig& config, std::string& used)
{
    compiler::CalibrationSource source;
    source.ranges = [&config, &used](const compiler::Graph& graph) {
        const auto images = calibration_images(graph, config, used);
        const auto histograms = compiler::collect_ranges(graph, images.pixels.data(), images.count);
        compiler::Ranges ranges;
        for (const auto& histogram : histograms)
            ranges.push_back(range_of(histogram, config.quantization.calibration,
                                      config.quantization.activation_bits));
        return ranges;
    };
    source.observe = [&config, &used](const compiler::Graph& graph,
                                      const compiler::FloatEvaluator::Observer& observer) {
        const auto images = calibration_images(graph, config, used);
        compiler::FloatEvaluator(graph).run(images.pixels.data(), images.count, observer);
    };
    return source;
}

}  // namespace imc::run
