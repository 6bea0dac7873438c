// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/weights.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

WeightCodes quantize_uniform(const std::vector<float>& weights, unsigned out, unsigned bits,
                             bool per_channel)
{
    WeightCodes result;
    result.bits = bits;
    result.bits_mean = bits;
    result.codes.resize(weights.size());
    const unsigned scales = per_channel ? out : 1;
    const std::size_t share = weights.size() / scales;
    const double top = bits == 1 ? 1.0 : static_cast<double>((1 << (bits - 1)) - 1);
    for (unsigned s = 0; s < scales; ++s) {
        const float* begin = weights.data() + s * share;
        float largest = 0.0f;
        for (std::size_t i = 0; i < share; ++i)
            largest = std::max(largest, std::abs(begin[i]));
        const double scale = largest > 0.0f ? largest / top : 1.0;
        for (std::size_t i = 0; i < share; ++i)
            result.codes[s * share + i] =
                static_cast<std::int16_t>(std::clamp(std::nearbyint(begin[i] / scale), -top, top));
        result.scale.push_back(scale);
    }
    return result;
}

std::shared_ptr<QBlockBits> measure_blocks(const std::vector<std::int16_t>& codes, unsigned out,
                                           unsigned ou_rows, unsigned ou_columns)
{
    const auto k = static_cast<unsigned>(codes.size() / out);
    auto map = std::make_shared<QBlockBits>();
    map->ou_rows = ou_rows;
    map->ou_columns = ou_columns;
    map->rows = (k + ou_rows - 1) / ou_rows;
    map->columns = (out + ou_columns - 1) / ou_columns;
    std::vector<std::uint16_t> ones(std::size_t{map->rows} * map->columns, 0);  // OR of magnitudes
    for (unsigned o = 0; o < out; ++o) {
        const std::int16_t* row = codes.data() + std::size_t{o} * k;
        for (unsigned v = 0; v < map->rows; ++v) {
            std::uint16_t any = 0;
            for (unsigned i = v * ou_rows; i < std::min(k, (v + 1) * ou_rows); ++i)
                any |= static_cast<std::uint16_t>(std::abs(row[i]));
            ones[std::size_t{v} * map->columns + o / ou_columns] |= any;
        }
    }
    map->bits.resize(ones.size());
    std::transform(ones.begin(), ones.end(), map->bits.begin(), [](std::uint16_t any) {
        return static_cast<std::uint8_t>(any == 0 ? 0 : 32 - __builtin_clz(any));
    });
    return map;
}

double mean_bits(const QBlockBits& map, unsigned out, unsigned k)
{
    double bits = 0.0;
    for (unsigned v = 0; v < map.rows; ++v)
        for (unsigned h = 0; h < map.columns; ++h) {
            const unsigned rows = std::min(map.ou_rows, k - v * map.ou_rows),
                           columns = std::min(map.ou_columns, out - h * map.ou_columns);
            bits +=
                static_cast<double>(map.bits[std::size_t{v} * map.columns + h]) * rows * columns;
        }
    return bits / (static_cast<double>(out) * k);
}

}  // namespace imc::compiler
