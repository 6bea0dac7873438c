// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_network.h"

#include "common/error.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/codebook_builder.h"
#include "compiler/quantize/totals.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

constexpr std::size_t samples_a_value = 1 << 13;  ///< at least, up to three times as many

void add_totals(const Graph& graph, QNet& net)
{
    count_weights(graph, net);
    std::size_t input_codes = 0;
    for (const auto& layer : net.layers)
        if (layer.op == IMC_STAGE_CONV)
            input_codes = std::max(input_codes, net.tensors[layer.inputs[0]].centroids.size());
    net.activation_bits = bits_of(input_codes);
    net.scheme = "codebook";
    net.name = graph.name;
}

void check_options(const CodebookScheme& o)
{
    const auto check = [](const char* key, unsigned value, unsigned low, unsigned high) {
        if (value < low || value > high)
            throw InputError(
                fmt::format("quantization.codebook.{}: {} is out of range; use {} to "
                            "{}",
                            key, value, low, high));
    };
    check("weight_codes", o.weight_codes, 2, 64);
    check("input_codes", o.input_codes, 2, 64);
    check("residual_codes", o.residual_codes, 2, 64);
    if (o.image_codes != 0) check("image_codes", o.image_codes, 2, 64);
    check("product_bits", o.product_bits, 2, 16);
    check("activation_rows", o.activation_rows, 2, 256);
    const auto power_of_two = [](unsigned n) { return (n & (n - 1)) == 0; };
    if (o.tree && !(power_of_two(o.weight_codes) && power_of_two(o.input_codes) &&
                    power_of_two(o.residual_codes) && power_of_two(o.image_codes)))
        throw InputError(fmt::format(
            "quantization.codebook: trees have a power of two of codes, not {}, {}, {} and {}",
            o.weight_codes, o.input_codes, o.residual_codes, o.image_codes));
}

}  // namespace

QNet quantize_codebook(Graph graph, const QuantOptions& options, const ObserveImages& observe)
{
    check_options(options.codebook);
    const bool synthetic = graph.synthetic();
    remove_quantization(graph);
    lower_selections(graph);
    fold_affine(graph);
    fill_synthetic(graph, options.seed);
    Plan plan = plan_network(graph, options);
    auto fused = fuse_functions(graph, plan);
    auto samples =
        sample_values(graph, observe, samples_a_value, fully_connected_inputs(graph, plan));
    if (plan.layers.empty())
        throw InputError(
            fmt::format("network '{}' has no layer that an accelerator could run", graph.name));
    QNet net = CodebookBuilder(graph, std::move(plan), std::move(fused), options,
                               std::move(samples), observe)
                   .build();
    net.weights_synthetic = synthetic;
    add_totals(graph, net);
    return net;
}

}  // namespace imc::compiler
