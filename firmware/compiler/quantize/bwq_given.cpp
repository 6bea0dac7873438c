// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/bwq.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

/// Weights of one output channel inside the bits of their blocks.
class ChannelSearch {
public:
    ChannelSearch(const BwqLayer& layer, const QBlockBits& map, unsigned out)
        : m_weights(layer.weights->data() + std::size_t{out} * layer.k), m_k(layer.k)
    {
        for (unsigned i = 0; i < m_k; ++i) {
            const unsigned bits =
                map.bits[std::size_t{i / map.ou_rows} * map.columns + out / map.ou_columns];
            m_top.push_back(std::exp2(bits) - 1.0);
            m_most = std::max(m_most, m_top.back());
            m_largest = std::max(m_largest, std::abs(m_weights[i]));
        }
    }
    double code(unsigned i, double step) const
    {
        return std::clamp(std::nearbyint(m_weights[i] / step), -m_top[i], m_top[i]);
    }
    /// The largest step on whose multiples all weights lie; without one, that of least error.
    double step() const
    {
        if (m_largest == 0.0f || m_most == 0.0) return 1.0;
        double best = 1.0, least = -1.0;
        for (double top = 1.0; top <= m_most; ++top) {
            const double step = m_largest / top, error = squared_error(step);
            // Trained weights are float32 multiples of their step: 2^-24 of the largest each.
            if (error <= m_k * std::pow(m_largest * 1e-6, 2)) return step;
            if (least < 0.0 || error < least) {
                least = error;
                best = step;
            }
        }
        return best;
    }

private:
    double squared_error(double step) const
    {
        double sum = 0.0;
        for (unsigned i = 0; i < m_k; ++i)
            sum += std::pow(code(i, step) * step - m_weights[i], 2);
        return sum;
    }

    const float* m_weights;
    unsigned m_k;
    std::vector<double> m_top;
    double m_most = 0.0;
    float m_largest = 0.0f;
};

}  // namespace

std::vector<WeightCodes> quantize_bwq_given(const std::vector<BwqLayer>& layers,
                                            const QuantOptions& options)
{
    const auto maps = read_bit_maps(options.bit_map_file, layers, options);
    std::vector<WeightCodes> result(layers.size());
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const BwqLayer& layer = layers[l];
        WeightCodes& codes = result[l];
        codes.blocks = maps[l];
        codes.bits = *std::max_element(maps[l]->bits.begin(), maps[l]->bits.end());
        codes.bits = std::max(1u, codes.bits);
        codes.bits_mean = mean_bits(*maps[l], layer.out, layer.k);
        for (unsigned o = 0; o < layer.out; ++o) {
            const ChannelSearch channel(layer, *maps[l], o);
            codes.scale.push_back(channel.step());
            for (unsigned i = 0; i < layer.k; ++i)
                codes.codes.push_back(
                    static_cast<std::int16_t>(channel.code(i, codes.scale.back())));
        }
    }
    return result;
}

}  // namespace imc::compiler
