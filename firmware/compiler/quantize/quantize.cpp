// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/quantize.h"

#include "common/error.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/bit_window.h"
#include "compiler/quantize/build_layers.h"
#include "compiler/quantize/bwq.h"
#include "compiler/quantize/codebook_network.h"
#include "compiler/quantize/column_layers.h"
#include "compiler/quantize/column_trained.h"
#include "compiler/quantize/plan.h"
#include "compiler/quantize/totals.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

bool has_arrays(const Node& node)
{
    return node.op == Op::conv || node.op == Op::gemm;
}

/// Writes drawn codes back as float weights, so that calibration sees what the arrays will hold.
void fill_from_codes(Graph& graph, const std::vector<int>& nodes,
                     const std::vector<WeightCodes>& codes)
{
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        auto& tensor = graph.tensors[graph.nodes[nodes[i]].weight];
        const auto scale = static_cast<float>(codes[i].scale[0]);
        std::vector<float> weights(codes[i].codes.size());
        std::transform(codes[i].codes.begin(), codes[i].codes.end(), weights.begin(),
                       [&](std::int16_t c) { return scale * static_cast<float>(c); });
        tensor.data = std::move(weights);
    }
}

unsigned bits_of_layer(const QuantOptions& options, const Node& node, bool first)
{
    if (const auto found = options.layer_weight_bits.find(node.name);
        found != options.layer_weight_bits.end())
        return found->second;
    return first ? options.input_layer_bits : options.weight_bits;
}

WeightCodes layer_codes(const std::vector<float>& weights, unsigned out, unsigned bits,
                        const QuantOptions& options)
{
    return options.bit_window == 0
               ? quantize_uniform(weights, out, bits, options.weights_per_channel)
               : quantize_bit_window(weights, out, bits, options.bit_window,
                                     options.weights_per_channel);
}

/// A target that the first layer's own bits, or whole bits a layer, do not let the others reach.
void check_mean(const std::vector<BwqLayer>& shapes, const std::vector<WeightCodes>& codes,
                const QuantOptions& options)
{
    double bits = 0.0, weights = 0.0;
    for (const auto& layer : codes) {
        bits += layer.bits_mean * static_cast<double>(layer.codes.size());
        weights += static_cast<double>(layer.codes.size());
    }
    const double mean = bits / weights, asked = options.weight_bits_mean;
    if (asked <= 0.0 || options.whole_layers || mean <= asked * (1.0 + bits_mean_tolerance)) return;
    const double first = static_cast<double>(codes[0].codes.size()) / weights;
    throw InputError(fmt::format(
        "quantization.weight_bits_mean: {:.4g} bits are out of reach, {:.3g} come out: the first "
        "layer '{}' keeps {:.3g} bits (quantization.input_layer_bits) and has {:.0f} % of the "
        "weights; ask for more, or for fewer input_layer_bits",
        asked, mean, shapes[0].name, codes[0].bits_mean, 100.0 * first));
}

/// Codes of every conv and gemm, in node order; fills synthetic weights on the way.
std::vector<WeightCodes> weight_codes(Graph& graph, const std::vector<int>& nodes,
                                      const QuantOptions& options)
{
    std::vector<BwqLayer> shapes;
    bool synthetic = false;
    for (const int n : nodes) {
        const Node& node = graph.nodes[n];
        const Tensor& weight = graph.tensor(node.weight);
        synthetic = synthetic || weight.synthetic();
        const auto out = static_cast<unsigned>(weight.dims[0]);
        shapes.push_back(
            {node.name, out, static_cast<unsigned>(weight.size() / out), nullptr, shapes.empty()});
    }
    std::vector<WeightCodes> codes;
    if (options.scheme == Scheme::bwq && synthetic) {
        codes = draw_bwq(shapes, options);
        check_mean(shapes, codes, options);
        fill_from_codes(graph, nodes, codes);
        fill_synthetic(graph, options.seed);
        return codes;
    }
    fill_synthetic(graph, options.seed);
    std::vector<std::vector<float>> floats;
    for (const int n : nodes)
        floats.push_back(graph.tensor(graph.nodes[n].weight).to_float());
    if (options.scheme == Scheme::bwq) {
        for (std::size_t i = 0; i < shapes.size(); ++i)
            shapes[i].weights = &floats[i];
        if (!options.bit_map_file.empty()) return quantize_bwq_given(shapes, options);
        codes = quantize_bwq(shapes, options);
        check_mean(shapes, codes, options);
        return codes;
    }
    for (std::size_t i = 0; i < nodes.size(); ++i)
        codes.push_back(
            options.scheme == Scheme::column
                ? quantize_uniform(floats[i], shapes[i].out, options.column.other_weight_bits, true)
                : layer_codes(floats[i], shapes[i].out,
                              bits_of_layer(options, graph.nodes[nodes[i]], i == 0), options));
    return codes;
}

/// A quantised file brings its own codes; only the weights that it left in float are rounded here,
/// the other layers have no entry.
std::vector<WeightCodes> codes_of_floats(Graph& graph, const std::vector<int>& nodes,
                                         const QuantOptions& options)
{
    fill_synthetic(graph, options.seed);
    std::vector<WeightCodes> codes(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& node = graph.nodes[nodes[i]];
        const Tensor& weight = graph.tensor(node.weight);
        if (!weight.quantization)
            codes[i] = layer_codes(weight.to_float(), static_cast<unsigned>(weight.dims[0]),
                                   bits_of_layer(options, node, i == 0), options);
    }
    return codes;
}

/// Whether some tensor has no quantisation of the file's own and needs a range from calibration.
/// What lies between (a sum before its ReLU) is no tensor.
bool needs_ranges(const Plan& plan)
{
    return std::any_of(plan.tensors.begin(), plan.tensors.end(),
                       [](const PlannedTensor& t) { return t.given == nullptr; });
}

const char* scheme_name(Scheme scheme)
{
    switch (scheme) {
        case Scheme::bwq:
            return "bwq";
        case Scheme::hawq:
            return "hawq";
        case Scheme::column:
            return "column";
        case Scheme::codebook:
            return "codebook";
        default:
            return "uniform";
    }
}

void check_layer_names(const Graph& graph, const QuantOptions& options)
{
    for (const auto* bits : {&options.layer_weight_bits, &options.layer_activation_bits})
        for (const auto& [name, n] : *bits)
            if (std::none_of(graph.nodes.begin(), graph.nodes.end(),
                             [&, &key = name](const Node& node) { return node.name == key; }))
                throw InputError(fmt::format(
                    "quantization.layers: the network has no layer '{}' ({} bits asked for)", name,
                    n));
}

void add_totals(const Graph& graph, const QuantOptions& options, QNet& net)
{
    count_weights(graph, net);
    net.activation_bits = options.activation_bits;
    if (const auto& input = graph.values[graph.input].quantization)
        net.activation_bits = input->dtype == DType::int8 || input->dtype == DType::uint8 ? 8 : 16;
    net.scheme = scheme_name(options.scheme);
    net.name = graph.name;
}

/// Schemes that find bits for weights in float.
void check_scheme(const Graph& graph, const QuantOptions& options)
{
    if (!graph.quantized() || options.scheme == Scheme::uniform || options.scheme == Scheme::column)
        return;
    throw InputError(fmt::format(
        "quantization.scheme: {} needs a float network; this one brings its own quantisation",
        options.scheme == Scheme::per_layer ? "per_layer" : scheme_name(options.scheme)));
}

/// Schemes whose sums are not what every rule of requantisation takes.
void check_requant(const QuantOptions& options)
{
    if (!options.requant) return;
    if (options.scheme == Scheme::codebook)
        throw InputError(
            "quantization.requant: codebook layers look their outputs up and have no "
            "requantisation; leave it out");
    if (options.scheme == Scheme::column && *options.requant == IMC_REQUANT_TFLITE)
        throw InputError(
            "quantization.requant: sums of scheme column have up to 53 bits, tflite's fixed point "
            "has 32; write onnx or dyadic");
}

}  // namespace

QNet quantize(Graph graph, const QuantOptions& asked, const CalibrationSource& calibration)
{
    check_requant(asked);
    if (asked.scheme == Scheme::codebook)
        return quantize_codebook(std::move(graph), asked, calibration.observe);
    check_scheme(graph, asked);
    std::optional<ColumnFile> trained;
    if (asked.scheme == Scheme::column && !asked.column.parameters.empty())
        trained = read_column_file(asked.column.parameters);
    const QuantOptions options =
        asked.scheme == Scheme::column
            ? column_options(graph, trained ? trained_options(asked, *trained) : asked)
            : asked;
    check_layer_names(graph, options);
    const bool synthetic = graph.synthetic();
    fold_affine(graph);
    lower_selections(graph);
    std::vector<int> nodes;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n)
        if (has_arrays(graph.nodes[n])) nodes.push_back(static_cast<int>(n));
    if (graph.quantized() && options.bit_window != 0)
        throw InputError(
            "quantization.bit_window: the network's weights are quantised already; leave it out");
    std::vector<WeightCodes> codes = graph.quantized() ? codes_of_floats(graph, nodes, options)
                                                       : weight_codes(graph, nodes, options);
    Plan plan = plan_network(graph, options);
    if (needs_ranges(plan)) set_ranges(calibration.ranges(graph), plan);
    if (trained) use_trained_ranges(graph, *trained, plan);
    if (options.scheme == Scheme::column)
        add_columns(graph, plan, nodes, options, calibration, trained ? &*trained : nullptr, codes);
    QNet net = build_layers(graph, plan, nodes, codes, options);
    net.weights_synthetic = synthetic;
    add_totals(graph, options, net);
    return net;
}

}  // namespace imc::compiler
