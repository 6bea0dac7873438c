// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/assign.h"

#include "common/error.h"
#include "compiler/quantize/dyadic_form.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

constexpr const char* requantize_rule = "requantize";

/// Bits of a convolution's sum with its bias, two's complement.
unsigned sum_bits(const QNet& net, const QLayer& layer)
{
    const auto length =
        static_cast<double>(layer.weights.size() / net.tensors[layer.output].channels);
    double largest = std::ldexp(
        length, static_cast<int>(layer.weight_bits - 1 + net.tensors[layer.inputs[0]].bits));
    double bias = 0.0;
    for (const auto& e : layer.scale)
        bias = std::max(bias, std::abs(static_cast<double>(e.bias)));
    largest += bias;
    return static_cast<unsigned>(std::ilogb(largest)) + 2;
}

/// Splits what rounds off a convolution: the sums become a tensor of their own.
QLayer split_requantisation(QNet& net, QLayer& conv, imc_engine engine)
{
    const unsigned bits = sum_bits(net, conv);
    if (bits > 31)
        throw InputError(fmt::format(
            "mapping.engines.requantize: layer '{}' has sums of {} bits, at most 31 travel",
            conv.name, bits));
    QTensor sums = net.tensors[conv.output];
    sums.name = conv.name + ".sums";
    sums.bits = bits;
    sums.is_signed = true;
    sums.scale = net.tensors[conv.inputs[0]].scale *
                 (conv.weight_scale.empty() ? 1.0 : conv.weight_scale[0]);
    sums.zero_point = 0;
    sums.min = -(1 << (bits - 1));
    sums.max = (1 << (bits - 1)) - 1;
    QLayer rounding;
    rounding.name = conv.name + ".requantize";
    rounding.op_name = requantize_rule;
    rounding.op = IMC_STAGE_AFFINE;
    rounding.engine = engine;
    rounding.output = conv.output;
    rounding.requant = conv.requant;
    rounding.scale = conv.scale;
    for (auto& e : rounding.scale)
        e.bias = 0;
    conv.output = static_cast<int>(net.tensors.size());
    conv.requant = IMC_REQUANT_NONE;
    for (auto& e : conv.scale) {
        e.multiplier = e.divisor = 0;
        e.shift = 0;
    }
    rounding.inputs = {conv.output};
    net.tensors.push_back(sums);
    return rounding;
}

class Assigner {
public:
    Assigner(const QNet& net, const AcceleratorConfig& config, const EngineRules& rules)
        : m_config(config), m_rules(rules)
    {
        for (const auto& [key, engine] : rules) {
            const bool has =
                std::any_of(config.tiles.begin(), config.tiles.end(),
                            [e = engine](const TileGroup& g) { return g.engine == e; });
            if (!has)
                throw InputError(fmt::format(
                    "mapping.engines: '{}' goes to an engine of which the platform has no tile",
                    key));
            const bool fits =
                key == "default" || key == requantize_rule ||
                std::any_of(net.layers.begin(), net.layers.end(), [&, &k = key](const QLayer& l) {
                    return l.name == k || l.op_name == k;
                });
            if (!fits)
                throw InputError(fmt::format(
                    "mapping.engines: '{}' is no layer and no operation of this network", key));
        }
    }

    imc_engine engine_of(const QLayer& layer) const
    {
        for (const std::string& key : {layer.name, layer.op_name, std::string("default")})
            if (const auto found = m_rules.find(key); found != m_rules.end()) return found->second;
        return m_config.tiles.front().engine;
    }

private:
    const AcceleratorConfig& m_config;
    const EngineRules& m_rules;
};

}  // namespace

void assign_engines(QNet& net, const AcceleratorConfig& config, const EngineRules& rules,
                    std::optional<imc_requant_kind> asked)
{
    if (!rules.empty()) {
        const Assigner assigner(net, config, rules);
        const auto requantize = rules.find(requantize_rule);
        std::vector<QLayer> layers;
        for (auto& layer : net.layers) {
            layer.engine = assigner.engine_of(layer);
            const bool split = requantize != rules.end() && layer.op == IMC_STAGE_CONV &&
                               layer.requant != IMC_REQUANT_PER_CONVERSION && !layer.codebook &&
                               layer.engine != requantize->second;
            std::vector<QLayer> rest;
            if (split) rest.push_back(split_requantisation(net, layer, requantize->second));
            layers.push_back(std::move(layer));
            for (auto& r : rest)
                layers.push_back(std::move(r));
        }
        net.layers = std::move(layers);
    }
    const auto has = [&](imc_engine engine) {
        return std::any_of(config.tiles.begin(), config.tiles.end(),
                           [&](const TileGroup& g) { return g.engine == engine; });
    };
    const DyadicLimits limits{config.associative.multiplier_bits, 60};
    for (auto& layer : net.layers) {
        const imc_engine engine = has(layer.engine) ? layer.engine : config.tiles.front().engine;
        if (engine != IMC_ENGINE_ASSOCIATIVE) continue;
        if (asked && layer.requant == *asked && *asked != IMC_REQUANT_DYADIC)
            throw InputError(fmt::format(
                "quantization.requant: layer '{}' runs on associative processors, which have "
                "dyadic requantisation only; write dyadic or automatic",
                layer.name));
        to_dyadic_form(net, layer, limits);
    }
}

}  // namespace imc::compiler
