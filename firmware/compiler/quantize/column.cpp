// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/column.h"

#include "common/error.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

bool is_column_layer(unsigned kernel, unsigned groups, bool first)
{
    return kernel > 1 && groups == 1 && !first;
}

namespace {

/// Scale of codes low .. high with least squared error over some weights: the largest magnitude
/// shrunk step by step.
class ScaleSearch {
public:
    ScaleSearch(double low, double high) : m_low(low), m_high(high) {}
    double best(const std::vector<float>& weights) const
    {
        float largest = 0.0f;
        for (const float w : weights)
            largest = std::max(largest, std::abs(w));
        if (largest == 0.0f) return 1.0;
        double best = 0.0, least = 1e300;
        for (int percent = 100; percent >= 40; percent -= 2) {
            const double scale = largest * percent / 100.0 / std::max(-m_low, m_high);
            double error = 0.0;
            for (const float w : weights) {
                const double e = code(w, scale) * scale - w;
                error += e * e;
            }
            if (error < least) {
                least = error;
                best = scale;
            }
        }
        return best;
    }
    double code(float weight, double scale) const
    {
        return std::clamp(std::nearbyint(weight / scale), m_low, m_high);
    }

private:
    double m_low, m_high;
};

ScaleSearch search_of(const QuantOptions& options)
{
    if (options.column.split_polarity) return {0.0, std::exp2(options.weight_bits) - 1.0};
    return {-std::exp2(options.weight_bits - 1), std::exp2(options.weight_bits - 1) - 1.0};
}

unsigned tile_channels(const ColumnLayer& layer, const QuantOptions& options)
{
    const unsigned n = std::min(options.column.array_rows / layer.kernel, layer.channels);
    if (n == 0)
        throw InputError(
            fmt::format("quantization.column.array_rows: a kernel of {} cells does not "
                        "fit {} rows",
                        layer.kernel, options.column.array_rows));
    return n;
}

}  // namespace

namespace {

/// Codes of one polarity (`sign` 1 or -1 of split ones, 0 = both signs in one code), and their
/// scales to [tile][out] at `scales`.
void quantize_part(const ColumnLayer& layer, const QuantOptions& options, int sign,
                   ColumnCodes& result, double* scales)
{
    const unsigned k = layer.channels * layer.kernel;
    const ScaleSearch search = search_of(options);
    const Granularity share = options.column.weights;
    const auto part_of = [&](float w) { return sign == 0 ? w : std::max(sign * w, 0.0f); };
    const auto part = [&](unsigned row_begin, unsigned row_end, unsigned begin, unsigned end) {
        std::vector<float> weights;
        for (unsigned o = begin; o < end; ++o)
            for (unsigned i = row_begin; i < row_end; ++i)
                weights.push_back(part_of((*layer.weights)[std::size_t{o} * k + i]));
        return weights;
    };
    const double whole = share == Granularity::layer ? search.best(part(0, k, 0, layer.out)) : 0.0;
    for (unsigned t = 0; t < result.tiles; ++t) {
        const unsigned first = t * result.tile_rows, last = std::min(k, first + result.tile_rows);
        const double array =
            share == Granularity::array ? search.best(part(first, last, 0, layer.out)) : 0.0;
        for (unsigned o = 0; o < layer.out; ++o) {
            const double scale = share == Granularity::layer ? whole
                                 : share == Granularity::array
                                     ? array
                                     : search.best(part(first, last, o, o + 1));
            scales[std::size_t{t} * layer.out + o] = scale;
            for (unsigned i = first; i < last; ++i) {
                const std::size_t at = std::size_t{o} * k + i;
                const double code = search.code(part_of((*layer.weights)[at]), scale);
                result.codes[at] += static_cast<std::int16_t>(sign < 0 ? -code : code);
            }
        }
    }
}

}  // namespace

ColumnCodes quantize_column_weights(const ColumnLayer& layer, const QuantOptions& options)
{
    const unsigned k = layer.channels * layer.kernel;
    ColumnCodes result;
    result.tile_rows = tile_channels(layer, options) * layer.kernel;
    result.tiles = (k + result.tile_rows - 1) / result.tile_rows;
    result.codes.assign(std::size_t{layer.out} * k, 0);
    const std::size_t scales = std::size_t{result.tiles} * layer.out;
    if (options.column.split_polarity && options.weight_bits > 15)
        throw InputError(
            "quantization.weight_bits: magnitudes of 16 bits and a sign do not fit a weight; use "
            "at "
            "most 15 with column: {split_polarity: true}");
    if (options.column.split_polarity) {
        result.scale.resize(2 * scales);
        quantize_part(layer, options, 1, result, result.scale.data());
        quantize_part(layer, options, -1, result, result.scale.data() + scales);
    } else {
        result.scale.resize(scales);
        quantize_part(layer, options, 0, result, result.scale.data());
    }
    return result;
}

}  // namespace imc::compiler
