// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/totals.h"

#include "compiler/graph/passes.h"

namespace imc::compiler {

void count_weights(const Graph& graph, QNet& net)
{
    double bits = 0.0, weights = 0.0;
    for (const auto& layer : net.layers) {
        bits += layer.weight_bits_mean * static_cast<double>(layer.weights.size());
        weights += static_cast<double>(layer.weights.size());
    }
    net.params = static_cast<std::uint64_t>(params(graph));
    net.weight_bits_mean = weights > 0.0 ? bits / weights : 0.0;
}

}  // namespace imc::compiler
