// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/calibration.h"

#include "compiler/float_eval/ranges.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

/// Expected squared error of a histogram's numbers on a grid over [low, high] with `levels` steps:
/// uniform rounding inside, distance to the end outside.
double grid_error(const Histogram& histogram, double low, double high, double levels)
{
    const double step = (high - low) / levels;
    double error = 0.0;
    for (int i = 0; i < 2 * Histogram::half_bins; ++i) {
        const auto n = static_cast<double>(histogram.bins()[i]);
        if (n == 0.0) continue;
        const double x = (i - Histogram::half_bins + 0.5) * histogram.bin_width();
        const double beyond = std::max({0.0, low - x, x - high});
        error += n * (beyond > 0.0 ? beyond * beyond : step * step / 12.0);
    }
    return error;
}

ValueRange best_range(const Histogram& histogram, unsigned bits)
{
    const double levels = std::exp2(bits) - 1.0;
    ValueRange best{histogram.min(), histogram.max()};
    double least = grid_error(histogram, best.low, best.high, levels);
    for (int percent = 99; percent >= 10; --percent) {
        const float low = histogram.min() * static_cast<float>(percent) / 100.0f;
        const float high = histogram.max() * static_cast<float>(percent) / 100.0f;
        const double error = grid_error(histogram, low, high, levels);
        if (error < least) {
            least = error;
            best = {low, high};
        }
    }
    return best;
}

}  // namespace

Ranges calibrate(const Graph& graph, const float* images, std::size_t count,
                 const QuantOptions& options)
{
    const auto histograms = collect_ranges(graph, images, count);
    Ranges ranges(histograms.size());
    for (std::size_t v = 0; v < histograms.size(); ++v) {
        const Histogram& h = histograms[v];
        ranges[v] = {h.min(), h.max()};
        if (h.count() == 0 || h.min() == h.max()) continue;
        const double share = options.percentile / 100.0;
        if (options.range == RangeMethod::percentile)
            ranges[v] = {static_cast<float>(h.quantile(1.0 - share)),
                         static_cast<float>(h.quantile(share))};
        if (options.range == RangeMethod::mse) ranges[v] = best_range(h, options.activation_bits);
    }
    return ranges;
}

}  // namespace imc::compiler
