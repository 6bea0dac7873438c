// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_plan.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

/// Sums that an activation memory takes as they are. An average pool's are not among them: what its
/// shift leaves of the division by the window stands in the encoding keys.
bool ends_in_sums(Op op)
{
    return op == Op::conv || op == Op::gemm || op == Op::affine || op == Op::add;
}

/// Layers that read each value.
std::vector<unsigned> readers(const Graph& graph, const Plan& plan)
{
    std::vector<unsigned> count(graph.values.size(), 0);
    for (const auto& layer : plan.layers)
        for (const int input : layer.inputs)
            ++count[input];
    return count;
}

}  // namespace

void remove_quantization(Graph& graph)
{
    for (auto& value : graph.values)
        value.quantization.reset();
    for (auto& tensor : graph.tensors) {
        if (tensor.synthetic()) continue;
        tensor.data = tensor.to_float();
        tensor.quantization.reset();
    }
}

std::vector<FusedFunction> fuse_functions(const Graph& graph, Plan& plan)
{
    const auto count = readers(graph, plan);
    std::vector<int> maker(graph.values.size(), -1);  // layer among those kept
    std::vector<PlannedLayer> kept;
    std::vector<FusedFunction> fused;
    for (const auto& layer : plan.layers) {
        const int input = layer.inputs[0];
        const int before = maker[input];
        if (graph.nodes[layer.node].op == Op::unary && before >= 0 && count[input] == 1 &&
            plan.tensors[plan.output].value != input && fused[before].node < 0 &&
            ends_in_sums(graph.nodes[kept[before].node].op) && std::isinf(kept[before].low) &&
            std::isinf(kept[before].high)) {
            fused[before] = {layer.node, input};
            kept[before].output = layer.output;
            maker[layer.output] = before;
            continue;
        }
        maker[layer.output] = static_cast<int>(kept.size());
        kept.push_back(layer);
        fused.emplace_back();
    }
    plan.layers = std::move(kept);
    return fused;
}

}  // namespace imc::compiler
