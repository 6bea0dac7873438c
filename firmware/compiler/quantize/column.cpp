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

/// Scale of codes -2^(b-1) .. 2^(b-1)-1 with least squared error over some weights: the largest
/// magnitude shrunk step by step.
class ScaleSearch {
public:
    explicit ScaleSearch(unsigned bits)
        : m_low(-std::exp2(bits - 1)), m_high(std::exp2(bits - 1) - 1.0)
    {
    }
    double best(const std::vector<float>& weights) const
    {
        float largest = 0.0f;
        for (const float w : weights)
            largest = std::max(largest, std::abs(w));
        if (largest == 0.0f) return 1.0;
        double best = 0.0, least = 1e300;
        for (int percent = 100; percent >= 40; percent -= 2) {
            const double scale = largest * percent / 100.0 / -m_low;
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

ColumnCodes quantize_column_weights(const ColumnLayer& layer, const QuantOptions& options)
{
    const unsigned k = layer.channels * layer.kernel;
    ColumnCodes result;
    result.tile_rows = tile_channels(layer, options) * layer.kernel;
    result.tiles = (k + result.tile_rows - 1) / result.tile_rows;
    result.codes.resize(std::size_t{layer.out} * k);
    result.scale.resize(std::size_t{result.tiles} * layer.out);
    const ScaleSearch search(options.weight_bits);
    const Granularity share = options.column.weights;
    const double whole = share == Granularity::layer ? search.best(*layer.weights) : 0.0;
    for (unsigned t = 0; t < result.tiles; ++t) {
        const unsigned first = t * result.tile_rows, last = std::min(k, first + result.tile_rows);
        const auto rows = [&](unsigned begin, unsigned end) {
            std::vector<float> part;
            for (unsigned o = begin; o < end; ++o)
                part.insert(part.end(), layer.weights->begin() + std::size_t{o} * k + first,
                            layer.weights->begin() + std::size_t{o} * k + last);
            return part;
        };
        const double array = share == Granularity::array ? search.best(rows(0, layer.out)) : 0.0;
        for (unsigned o = 0; o < layer.out; ++o) {
            const double scale = share == Granularity::layer   ? whole
                                 : share == Granularity::array ? array
                                                               : search.best(rows(o, o + 1));
            result.scale[std::size_t{t} * layer.out + o] = scale;
            for (unsigned i = first; i < last; ++i) {
                const std::size_t at = std::size_t{o} * k + i;
                result.codes[at] =
                    static_cast<std::int16_t>(search.code((*layer.weights)[at], scale));
            }
        }
    }
    return result;
}

}  // namespace imc::compiler
