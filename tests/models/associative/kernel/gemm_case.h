// SPDX-License-Identifier: Apache-2.0
/// Random layers, their sums by plain arithmetic, and what a Gemm makes of them.
#pragma once

#include <vector>

#include "associative/kernel/gemm.h"
#include "common/random.h"

namespace imc::associative {

struct Layer {
    std::size_t channels;
    std::size_t length;
    std::size_t positions;
    std::vector<std::int32_t> weights;
    std::vector<std::uint16_t> activations;
};

inline Layer random_layer(std::uint64_t seed, const GemmConfig& config, std::size_t channels,
                          std::size_t length, std::size_t positions)
{
    Layer layer{channels, length, positions, std::vector<std::int32_t>(channels * length),
                std::vector<std::uint16_t>(positions * length)};
    const std::int64_t half = std::int64_t{1} << (config.weight_bits - 1);
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
        const auto code = static_cast<std::int64_t>(random_bits(seed, i) >> 40);
        layer.weights[i] = static_cast<std::int32_t>(code % (2 * half) - half);
    }
    for (std::size_t i = 0; i < layer.activations.size(); ++i) {
        const std::uint64_t bits = random_bits(seed + 1, i);
        const bool zero = (bits & 3) == 0;  // as after a ReLU
        layer.activations[i] =
            zero ? 0
                 : static_cast<std::uint16_t>((bits >> 20) & ((1u << config.activation_bits) - 1));
    }
    return layer;
}

inline Counts run_layer(const GemmConfig& config, const Layer& layer,
                        std::vector<std::int64_t>& sums)
{
    const Gemm gemm(config, layer.weights.data(), layer.channels, layer.length);
    sums.assign(layer.channels * layer.positions, -1);
    return gemm.run(layer.activations.data(), layer.positions, sums.data());
}

inline std::vector<std::int64_t> plain_sums(const Layer& layer)
{
    std::vector<std::int64_t> sums(layer.channels * layer.positions);
    for (std::size_t p = 0; p < layer.positions; ++p) {
        for (std::size_t c = 0; c < layer.channels; ++c) {
            for (std::size_t k = 0; k < layer.length; ++k) {
                sums[p * layer.channels + c] += std::int64_t{layer.weights[c * layer.length + k]} *
                                                layer.activations[p * layer.length + k];
            }
        }
    }
    return sums;
}

}  // namespace imc::associative
