// SPDX-License-Identifier: Apache-2.0
/// docs/numbers.md, "Codebooks", word by word and one element at a time: the tests' own evaluation
/// of a codebook network.
#pragma once

#include "compiler/quantize/qnet.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace imc::test {

class CodebookEvaluator {
public:
    using Codes = std::vector<std::int64_t>;  ///< [c][h][w]

    explicit CodebookEvaluator(const compiler::QNet& net) : m_net(net) {}

    /// All tensors of one image. `image` holds real numbers.
    std::vector<Codes> run(const float* image)
    {
        std::vector<Codes> values(m_net.tensors.size());
        const auto& in = m_net.tensors[m_net.input];
        for (std::size_t i = 0; i < in.size(); ++i)
            values[m_net.input].push_back(nearest_real(in.centroids, image[i]));
        for (const auto& layer : m_net.layers)
            values[layer.output] = run_layer(layer, values);
        return values;
    }

    std::vector<double> logits(const float* image)
    {
        const auto& out = m_net.tensors[m_net.output];
        std::vector<double> real;
        const auto values = run(image);
        for (const auto v : values[m_net.output])
            real.push_back(static_cast<double>(v) * out.scale);
        return real;
    }

    Codes run_layer(const compiler::QLayer& layer, const std::vector<Codes>& values)
    {
        const auto& out = m_net.tensors[layer.output];
        Codes result;
        if (layer.op == IMC_STAGE_COPY) {
            for (const int input : layer.inputs)
                result.insert(result.end(), values[input].begin(), values[input].end());
            return result;
        }
        for (unsigned c = 0; c < out.channels; ++c)
            for (unsigned y = 0; y < out.height; ++y)
                for (unsigned x = 0; x < out.width; ++x)
                    result.push_back(element(layer, values, c, y, x));
        return result;
    }

private:
    static std::int64_t nearest_real(const std::vector<double>& centroids, double x)
    {
        std::size_t best = 0;
        for (std::size_t i = 1; i < centroids.size(); ++i)
            if (std::abs(centroids[i] - x) < std::abs(centroids[best] - x)) best = i;
        return static_cast<std::int64_t>(best);
    }

    template <typename Keys>
    static std::int64_t nearest(const Keys& keys, std::int64_t x, bool weighted_xor)
    {
        const auto distance = [&](std::int64_t key) {
            return weighted_xor ? std::int64_t{static_cast<std::uint32_t>(key) ^
                                               static_cast<std::uint32_t>(x)}
                                : std::abs(key - x);
        };
        std::size_t best = 0;
        for (std::size_t i = 1; i < keys.size(); ++i)
            if (distance(keys[i]) < distance(keys[best])) best = i;
        return static_cast<std::int64_t>(best);
    }

    std::int64_t finish(const compiler::QLayer& layer, std::int64_t z,
                        const std::vector<std::int64_t>& keys) const
    {
        const auto& t = *layer.codebook;
        const auto& out = m_net.tensors[layer.output];
        if (t.relu) z = std::max<std::int64_t>(z, 0);
        if (!t.activation_key.empty())
            z = t.activation_value[nearest(t.activation_key, z, t.weighted_xor)];
        return t.encode_key.empty() ? std::clamp<std::int64_t>(z, out.min, out.max)
                                    : nearest(keys, z, t.weighted_xor);
    }

    std::int64_t element(const compiler::QLayer& layer, const std::vector<Codes>& values,
                         unsigned c, unsigned y, unsigned x) const
    {
        const auto& out = m_net.tensors[layer.output];
        const std::size_t at = (std::size_t{c} * out.height + y) * out.width + x;
        const Codes& in = values[layer.inputs[0]];
        if (layer.op == IMC_STAGE_LUT) return layer.lut[in[at]];
        const std::vector<std::int64_t> keys(
            layer.codebook ? layer.codebook->encode_key.begin() : layer.lut.begin(),
            layer.codebook ? layer.codebook->encode_key.end() : layer.lut.begin());
        if (layer.op == IMC_STAGE_ADD)
            return finish(layer,
                          std::int64_t{layer.codebook->decode[0][in[at]]} +
                              layer.codebook->decode[1][values[layer.inputs[1]][at]],
                          keys);
        return window(layer, in, c, y, x, keys);
    }

    std::int64_t window(const compiler::QLayer& layer, const Codes& in, unsigned c, unsigned y,
                        unsigned x, std::vector<std::int64_t> keys) const
    {
        const auto& from = m_net.tensors[layer.inputs[0]];
        const auto& g = layer.geometry;
        const bool conv = layer.op == IMC_STAGE_CONV;
        const unsigned per_group = from.channels / g.groups,
                       group = c / (m_net.tensors[layer.output].channels / g.groups);
        const unsigned first = conv ? group * per_group : c, count = conv ? per_group : 1;
        std::int64_t sum = conv && !layer.codebook->bias.empty() ? layer.codebook->bias[c] : 0;
        std::int64_t inside = 0, best = 0, k = 0;
        for (unsigned ic = first; ic < first + count; ++ic)
            for (unsigned ky = 0; ky < g.kernel_h; ++ky)
                for (unsigned kx = 0; kx < g.kernel_w; ++kx, ++k) {
                    const long iy = static_cast<long>(y * g.stride_h + ky * g.dilation_h) -
                                    g.pad_top,
                               ix = static_cast<long>(x * g.stride_w + kx * g.dilation_w) -
                                    g.pad_left;
                    const bool there = iy >= 0 && ix >= 0 && iy < static_cast<long>(from.height) &&
                                       ix < static_cast<long>(from.width);
                    const std::int64_t code =
                        there ? in[(ic * from.height + iy) * from.width + ix] : from.zero_point;
                    inside += there;
                    if (there) best = std::max(best, code);
                    if (conv) sum += product(layer, c, k, code, count * g.kernel_h * g.kernel_w);
                    if (layer.op == IMC_STAGE_AVGPOOL && (there || g.count_include_pad))
                        sum += layer.codebook->decode[0][code];
                }
        if (layer.op == IMC_STAGE_MAXPOOL) return best;
        if (conv) return finish(layer, sum, keys);
        const std::int64_t n = g.count_include_pad ? g.kernel_h * g.kernel_w : inside;
        unsigned shift = 0;
        while (std::int64_t{2} << shift <= n)
            ++shift;
        const std::int64_t half = (std::int64_t{1} << shift) / 2;
        for (auto& key : keys)
            key = (key * n + half) >> shift;
        return finish(layer, sum >> shift, keys);
    }

    static std::int64_t product(const compiler::QLayer& layer, unsigned c, std::int64_t k,
                                std::int64_t code, unsigned fan_in)
    {
        const auto& t = *layer.codebook;
        const auto weight = layer.weights[std::size_t{c} * fan_in + static_cast<std::size_t>(k)];
        const std::size_t scope = t.scopes == 1 ? 0 : c;
        return t
            .product[(scope * t.weight_codes + static_cast<std::size_t>(weight)) * t.input_codes +
                     static_cast<std::size_t>(code)];
    }

    const compiler::QNet& m_net;
};

}  // namespace imc::test
