// SPDX-License-Identifier: Apache-2.0
#include "common/parallel.h"
#include "common/random.h"
#include "compiler/quantize/bwq.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

/// Mean bits of each layer: min(top, c params^-gamma), c by bisection so that the mean over all
/// weights is the target.
std::vector<double> layer_means(const std::vector<BwqLayer>& layers, const QuantOptions& options)
{
    double all = 0.0;
    for (const auto& l : layers)
        all += static_cast<double>(l.out) * l.k;
    std::vector<double> means(layers.size());
    const double top = options.weight_bits;
    const double target =
        options.weight_bits_mean > 0.0 ? std::min(options.weight_bits_mean, top) : top;
    const auto mean_with = [&](double log_c) {
        double bits = 0.0;
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const double params = static_cast<double>(layers[i].out) * layers[i].k;
            means[i] =
                layers[i].is_first
                    ? options.input_layer_bits
                    : std::min(top, std::exp(log_c - options.layer_gamma * std::log(params)));
            if (options.whole_layers) means[i] = std::max(1.0, std::nearbyint(means[i]));
            bits += means[i] * params;
        }
        return bits / all;
    };
    double low = -20.0, high = 40.0;
    for (int i = 0; i < 80; ++i) {
        const double middle = 0.5 * (low + high);
        (mean_with(middle) < target ? low : high) = middle;
    }
    mean_with(high);
    return means;
}

/// Bits of the blocks of a layer with mean `mean`: floor or ceiling of a uniform spread of +-1 bit
/// around it, kept within 0..top; the layer's mean is then met exactly (to a block) by moving
/// single blocks.
std::shared_ptr<QBlockBits> draw_map(const BwqLayer& layer, double mean, unsigned top,
                                     const QuantOptions& options, std::uint64_t key)
{
    auto map = std::make_shared<QBlockBits>();
    map->ou_rows = options.ou_rows;
    map->ou_columns = options.ou_columns;
    map->rows = (layer.k + options.ou_rows - 1) / options.ou_rows;
    map->columns = (layer.out + options.ou_columns - 1) / options.ou_columns;
    map->bits.resize(std::size_t{map->rows} * map->columns);
    const double spread = std::min({1.0, mean, top - mean});
    std::int64_t sum = 0;
    for (std::size_t b = 0; b < map->bits.size(); ++b) {
        const double x = mean + spread * (2.0 * random_uniform(key, 2 * b) - 1.0);
        const double floor = std::floor(x);
        const double bits = floor + (random_uniform(key, 2 * b + 1) < x - floor ? 1.0 : 0.0);
        map->bits[b] = static_cast<std::uint8_t>(std::clamp(bits, 0.0, static_cast<double>(top)));
        sum += map->bits[b];
    }
    const auto wanted =
        static_cast<std::int64_t>(std::llround(mean * static_cast<double>(map->bits.size())));
    for (std::uint64_t i = 0; sum != wanted && i < 64 * map->bits.size(); ++i) {
        auto& bits = map->bits[random_bits(key, (std::uint64_t{1} << 40) + i) % map->bits.size()];
        if (sum < wanted && bits < top) ++bits, ++sum;
        if (sum > wanted && bits > 0) --bits, --sum;
    }
    return map;
}

/// Weights of variance 2 / fan-in (He et al., ICCV 2015) keep activations in range whatever the map
/// holds.
double unit_scale(const std::vector<std::int16_t>& codes, unsigned k)
{
    std::int64_t energy = 0;
    for (const std::int16_t c : codes)
        energy += std::int64_t{c} * c;
    const double rms = std::sqrt(static_cast<double>(energy) / static_cast<double>(codes.size()));
    return rms > 0.0 ? std::sqrt(2.0 / k) / rms : 1.0;
}

/// One precision a layer: a block as large as the layer.
std::vector<WeightCodes> draw_layers(const std::vector<BwqLayer>& layers,
                                     const QuantOptions& options)
{
    const auto means = layer_means(layers, options);
    std::vector<WeightCodes> result(layers.size());
    parallel_for(layers.size(), 0, [&](std::size_t i) {
        const auto& l = layers[i];
        auto& codes = result[i];
        codes.bits = static_cast<unsigned>(means[i]);
        codes.bits_mean = codes.bits;
        codes.blocks = std::make_shared<QBlockBits>(
            QBlockBits{l.k, l.out, 1, 1, {static_cast<std::uint8_t>(codes.bits)}});
        draw_codes(codes, l.out, l.k, random_key(options.seed, 0x425351u, i));
        codes.blocks.reset();
        codes.scale = {unit_scale(codes.codes, l.k)};
    });
    return result;
}

}  // namespace

void draw_codes(WeightCodes& layer, unsigned out, unsigned k, std::uint64_t key)
{
    const QBlockBits& map = *layer.blocks;
    layer.codes.assign(std::size_t{out} * k, 0);
    const std::size_t block_weights = std::size_t{map.ou_rows} * map.ou_columns;
    for (unsigned h = 0; h < map.columns; ++h)
        for (unsigned v = 0; v < map.rows; ++v) {
            const std::size_t block = std::size_t{v} * map.columns + h;
            const unsigned bits = map.bits[block];
            if (bits == 0) continue;
            const unsigned mask = (1u << bits) - 1;
            unsigned any = 0;
            std::uint64_t index = block * block_weights, pool = 0;
            for (unsigned o = h * map.ou_columns; o < std::min(out, (h + 1) * map.ou_columns); ++o)
                for (unsigned i = v * map.ou_rows; i < std::min(k, (v + 1) * map.ou_rows); ++i) {
                    // Three weights a draw, 21 bits each: two magnitudes and a sign.
                    const unsigned third = index % 3;
                    if (third == 0 || pool == 0) pool = random_bits(key, index / 3);
                    ++index;
                    const auto r = static_cast<std::uint32_t>(pool >> (21 * third));
                    // The smaller of two uniform magnitudes: small weights are more frequent, as in
                    // trained layers.
                    const auto magnitude =
                        static_cast<std::int16_t>(std::min(r & mask, (r >> 10) & mask));
                    any |= static_cast<unsigned>(magnitude);
                    layer.codes[std::size_t{o} * k + i] =
                        (r >> 20 & 1) != 0 ? static_cast<std::int16_t>(-magnitude) : magnitude;
                }
            if ((any >> (bits - 1)) == 0)
                layer.codes[std::size_t{h * map.ou_columns} * k + v * map.ou_rows] =
                    static_cast<std::int16_t>(1 << (bits - 1));
        }
}

std::vector<WeightCodes> draw_bwq(const std::vector<BwqLayer>& layers, const QuantOptions& options)
{
    const bool given = !options.bit_map_file.empty();
    if (options.whole_layers) return draw_layers(layers, options);
    const auto maps = given ? read_bit_maps(options.bit_map_file, layers, options)
                            : std::vector<std::shared_ptr<QBlockBits>>{};
    const auto means = layer_means(layers, options);
    std::vector<WeightCodes> result(layers.size());
    parallel_for(layers.size(), 0, [&](std::size_t i) {
        const auto& l = layers[i];
        const unsigned top = l.is_first ? options.input_layer_bits : options.weight_bits;
        const std::uint64_t key = random_key(options.seed, 0x425751u, i);
        auto& codes = result[i];
        codes.blocks = given ? maps[i] : draw_map(l, means[i], top, options, key);
        codes.bits = top;
        draw_codes(codes, l.out, l.k, random_key(key, 1));
        codes.bits_mean = mean_bits(*codes.blocks, l.out, l.k);
        codes.scale = {unit_scale(codes.codes, l.k)};
    });
    return result;
}

}  // namespace imc::compiler
