// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/bwq.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <queue>
#include <tuple>

namespace imc::compiler {

namespace {

constexpr unsigned most_bits = 8;
constexpr int steps_tried =
    29;  ///< steps 2^(i/4) times the finest: down to one bit's worth of range

/// For one step of one layer: squared error of each block at every precision 0..8, saturation
/// included.
struct StepChoice {
    double step = 1.0;
    std::vector<std::array<float, most_bits + 1>>
        error;  ///< [block][precision], relative to the layer's weight energy
    std::vector<std::uint8_t> needed;  ///< bits without saturation
};

std::int32_t code_of(float weight, double step, unsigned bits)
{
    const double top = static_cast<double>((1u << bits) - 1);
    return static_cast<std::int32_t>(std::clamp(std::nearbyint(weight / step), -top, top));
}

class LayerOptions {
public:
    LayerOptions(const BwqLayer& layer, const QuantOptions& options)
        : m_layer(layer), m_options(options)
    {
        m_top = layer.is_first ? std::min(most_bits, options.input_layer_bits)
                               : std::min(most_bits, options.weight_bits);
        m_rows = (layer.k + options.ou_rows - 1) / options.ou_rows;
        m_columns = (layer.out + options.ou_columns - 1) / options.ou_columns;
        float largest = 0.0f;
        for (const float w : *layer.weights) {
            largest = std::max(largest, std::abs(w));
            m_energy += static_cast<double>(w) * w;
        }
        m_finest = largest > 0.0f ? largest / ((1u << m_top) - 1) : 1.0;
        if (m_energy == 0.0) m_energy = 1.0;
    }

    std::size_t blocks() const { return std::size_t{m_rows} * m_columns; }
    double weights() const { return static_cast<double>(m_layer.out) * m_layer.k; }
    unsigned top() const { return m_top; }

    StepChoice measure(double step) const
    {
        StepChoice choice;
        choice.step = step;
        choice.error.resize(blocks());
        choice.needed.assign(blocks(), 0);
        for (unsigned o = 0; o < m_layer.out; ++o)
            for (unsigned i = 0; i < m_layer.k; ++i) {
                const std::size_t b =
                    std::size_t{i / m_options.ou_rows} * m_columns + o / m_options.ou_columns;
                const float w = (*m_layer.weights)[std::size_t{o} * m_layer.k + i];
                const auto magnitude = static_cast<unsigned>(std::abs(code_of(w, step, m_top)));
                const unsigned bits = magnitude == 0 ? 0 : 32 - __builtin_clz(magnitude);
                choice.needed[b] =
                    std::max<std::uint8_t>(choice.needed[b], static_cast<std::uint8_t>(bits));
                for (unsigned p = 0; p <= m_top; ++p) {
                    const double error = code_of(w, step, p) * step - w;
                    choice.error[b][p] += static_cast<float>(error * error / m_energy);
                }
            }
        return choice;
    }
    double finest() const { return m_finest; }
    unsigned block_weights(std::size_t b) const
    {
        const auto v = static_cast<unsigned>(b / m_columns),
                   h = static_cast<unsigned>(b % m_columns);
        return std::min(m_options.ou_rows, m_layer.k - v * m_options.ou_rows) *
               std::min(m_options.ou_columns, m_layer.out - h * m_options.ou_columns);
    }
    const BwqLayer& layer() const { return m_layer; }
    WeightCodes codes(double step, const std::vector<std::uint8_t>& bits) const
    {
        WeightCodes result;
        result.codes.resize(m_layer.weights->size());
        for (unsigned o = 0; o < m_layer.out; ++o)
            for (unsigned i = 0; i < m_layer.k; ++i) {
                const std::size_t b = std::size_t{i / m_options.ou_rows} * m_columns +
                                      o / m_options.ou_columns,
                                  at = std::size_t{o} * m_layer.k + i;
                result.codes[at] =
                    static_cast<std::int16_t>(code_of((*m_layer.weights)[at], step, bits[b]));
            }
        result.scale = {step};
        result.bits = m_top;
        result.blocks =
            measure_blocks(result.codes, m_layer.out, m_options.ou_rows, m_options.ou_columns);
        result.bits_mean = mean_bits(*result.blocks, m_layer.out, m_layer.k);
        return result;
    }

private:
    const BwqLayer& m_layer;
    const QuantOptions& m_options;
    unsigned m_top = 8, m_rows = 0, m_columns = 0;
    double m_energy = 0.0, m_finest = 1.0;
};

/// What a price per bit makes of a layer: the step and the blocks' bits with least error + price x
/// bits.
struct Decision {
    std::size_t choice = 0;  ///< index of the step
    double cost = 0.0, bits = 0.0;
    std::vector<std::uint8_t> precision;
};

Decision decide(const LayerOptions& layer, const StepChoice& choice, double price)
{
    Decision d;
    d.precision.resize(layer.blocks());
    for (std::size_t b = 0; b < layer.blocks(); ++b) {
        const double weights = layer.block_weights(b);
        double best = 1e300;
        for (unsigned p = 0; p <= choice.needed[b]; ++p) {
            const double cost = choice.error[b][p] + price * weights * p;
            if (cost < best) best = cost, d.precision[b] = static_cast<std::uint8_t>(p);
        }
        d.cost += best;
        d.bits += weights * d.precision[b];
    }
    return d;
}

/// Takes single bits from the blocks where that costs least error a bit, until `excess` bits are
/// gone.
void saturate_cheapest(const std::vector<LayerOptions>& layers,
                       const std::vector<std::vector<StepChoice>>& choices,
                       std::vector<Decision>& decisions, double excess)
{
    using Candidate = std::tuple<double, std::size_t,
                                 std::size_t>;  // error a bit and share of weights, layer, block
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
    const auto offer = [&](std::size_t l, std::size_t b) {
        const unsigned p = decisions[l].precision[b];
        if (p == 0 || layers[l].layer().is_first) return;
        const auto& error = choices[l][decisions[l].choice].error[b];
        queue.push(
            {(error[p - 1] - error[p]) * layers[l].weights() / layers[l].block_weights(b), l, b});
    };
    for (std::size_t l = 0; l < layers.size(); ++l)
        for (std::size_t b = 0; b < layers[l].blocks(); ++b)
            offer(l, b);
    while (excess > 0.0 && !queue.empty()) {
        const auto [cost, l, b] = queue.top();
        queue.pop();
        --decisions[l].precision[b];
        excess -= layers[l].block_weights(b);
        offer(l, b);
    }
}

}  // namespace

std::vector<WeightCodes> quantize_bwq(const std::vector<BwqLayer>& layers,
                                      const QuantOptions& options)
{
    std::vector<LayerOptions> all;
    std::vector<std::vector<StepChoice>> choices(layers.size());
    double weights = 0.0;
    QuantOptions whole = options;  // a block as large as any layer
    whole.ou_rows = whole.ou_columns = 1u << 20;
    const QuantOptions& used = options.whole_layers ? whole : options;
    all.reserve(layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        all.emplace_back(layers[i], used);
        weights += all[i].weights();
        const bool coarsen = options.weight_bits_mean > 0.0 && !layers[i].is_first;
        for (int s = 0; s < (coarsen ? steps_tried : 1); ++s)
            choices[i].push_back(all[i].measure(all[i].finest() * std::exp2(s / 4.0)));
    }
    std::vector<Decision> decisions(layers.size());
    const auto bits_at = [&](double price) {
        double bits = 0.0;
        for (std::size_t i = 0; i < layers.size(); ++i) {
            // Errors are relative to a layer's energy; the price is per share of its weights, so
            // large and small layers pay alike.
            const double own = layers[i].is_first ? 0.0 : price / all[i].weights();
            decisions[i] = decide(all[i], choices[i][0], own);
            for (std::size_t s = 1; s < choices[i].size(); ++s)
                if (auto d = decide(all[i], choices[i][s], own); d.cost < decisions[i].cost) {
                    decisions[i] = std::move(d);
                    decisions[i].choice = s;
                }
            bits += decisions[i].bits;
        }
        return bits / weights;
    };
    if (options.weight_bits_mean <= 0.0) {
        bits_at(0.0);
    } else {
        double low = -40.0, high = 10.0;  // log2 of the price
        for (int i = 0; i < 40; ++i) {
            const double middle = 0.5 * (low + high);
            (bits_at(std::exp2(middle)) > options.weight_bits_mean ? low : high) = middle;
        }
        const double mean = bits_at(std::exp2(low));
        saturate_cheapest(all, choices, decisions, (mean - options.weight_bits_mean) * weights);
    }
    std::vector<WeightCodes> result;
    for (std::size_t i = 0; i < layers.size(); ++i)
        result.push_back(
            all[i].codes(choices[i][decisions[i].choice].step, decisions[i].precision));
    if (options.whole_layers)
        for (auto& codes : result) {
            codes.bits = std::max<unsigned>(1, codes.blocks->bits[0]);
            codes.bits_mean = codes.bits;
            codes.blocks.reset();
        }
    return result;
}

}  // namespace imc::compiler
