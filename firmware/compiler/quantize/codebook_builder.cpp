// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_builder.h"

#include "common/error.h"
#include "common/parallel.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/geometry.h"
#include "compiler/quantize/unary_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

std::vector<bool> fully_connected_inputs(const Graph& graph, const Plan& plan)
{
    std::vector<bool> elements(graph.values.size(), false);
    for (const auto& layer : plan.layers)
        if (graph.nodes[layer.node].op == Op::gemm) elements[layer.inputs[0]] = true;
    return elements;
}

CodebookBuilder::CodebookBuilder(const Graph& graph, Plan plan, std::vector<FusedFunction> fused,
                                 const QuantOptions& options, std::vector<ValueSamples> samples,
                                 const ObserveImages& observe)
    : m_graph(graph),
      m_plan(std::move(plan)),
      m_fused(std::move(fused)),
      m_options(options.codebook),
      m_samples(std::move(samples)),
      m_raw_output(is_raw_output(graph, m_plan)),
      m_observe(observe)
{
    if (m_options.parameters.empty()) {
        m_books = make_books(graph, m_plan, m_samples, m_options, m_raw_output);
        return;
    }
    m_file = read_codebook_file(m_options.parameters);
    check_layers();
    m_books = given_books(graph, m_plan, m_file, m_raw_output);
}

QNet CodebookBuilder::build()
{
    make_tensors();
    m_net.layers.resize(m_plan.layers.size());
    if (m_options.parameters.empty()) calibrate();
    // One after the other where each is fitted to what those before it make of the images.
    parallel_for(m_plan.layers.size(), m_calibration ? 1 : 0,
                 [&](std::size_t l) { build_layer(l); });
    if (!m_raw_output) decode_output();
    for (const int n : m_plan.host_nodes)
        m_net.host_ops.push_back(host_op(m_graph.nodes[n]));
    return std::move(m_net);
}

/// The file's layers are those of the plan that have weights.
void CodebookBuilder::check_layers() const
{
    std::size_t found = 0;
    for (std::size_t l = 0; l < m_plan.layers.size(); ++l) {
        if (node(l).weight < 0) continue;
        if (m_file.layers.count(node(l).name) == 0)
            throw InputError(
                fmt::format("quantization.parameters: layer '{}' has no codebook in "
                            "the file; train on this network",
                            node(l).name));
        ++found;
    }
    if (found < m_file.layers.size())
        throw InputError(
            fmt::format("quantization.parameters: {} of the file's {} layers are not in "
                        "this network; use the file with its own network",
                        m_file.layers.size() - found, m_file.layers.size()));
}

/// What do the codebooks make of the layers' inputs?
void CodebookBuilder::calibrate()
{
    const auto elements = fully_connected_inputs(m_graph, m_plan);
    const auto code = [&](int value, const float* numbers, std::size_t count, float* coded) {
        const int t = m_plan.tensor_of_value[value];
        if (t < 0 || book(t).size() == 0) return false;
        book(t).round(numbers, count, coded);
        return true;
    };
    m_coded_mean = coded_means(m_graph, m_observe, elements, code);
    if (!m_options.compensate) return;
    auto calibration = std::make_unique<CodebookCalibration>(
        m_graph, m_observe, [code](int value, float* numbers, std::size_t count) {
            code(value, numbers, count, numbers);
        });
    const auto layers = static_cast<std::size_t>(
        std::count_if(m_plan.layers.begin(), m_plan.layers.end(),
                      [&](const PlannedLayer& l) { return m_graph.nodes[l.node].weight >= 0; }));
    if (calibration->worth_it(layers)) m_calibration = std::move(calibration);
}

void CodebookBuilder::make_tensors()
{
    for (std::size_t t = 0; t < m_plan.tensors.size(); ++t) {
        const Value& value = m_graph.values[m_plan.tensors[t].value];
        QTensor tensor;
        tensor.name = value.name;
        tensor.channels = static_cast<unsigned>(value.shape.c);
        tensor.height = static_cast<unsigned>(value.shape.h);
        tensor.width = static_cast<unsigned>(value.shape.w);
        tensor.centroids = book(static_cast<int>(t)).centroid;
        tensor.bits = bits_of(tensor.centroids.size());
        tensor.max =
            static_cast<std::int32_t>(std::max<std::size_t>(tensor.centroids.size(), 1)) - 1;
        const auto zero = std::find(tensor.centroids.begin(), tensor.centroids.end(), 0.0);
        if (zero != tensor.centroids.end())
            tensor.zero_point = static_cast<std::int32_t>(zero - tensor.centroids.begin());
        m_net.tensors.push_back(std::move(tensor));
    }
    m_net.input = m_plan.input;
    m_net.output = m_plan.output;
}

void CodebookBuilder::build_layer(std::size_t l)
{
    const PlannedLayer& planned = m_plan.layers[l];
    QLayer& layer = m_net.layers[l];
    layer.name = node(l).name;
    layer.op_name = op_name(node(l).op);
    for (const int input : planned.inputs)
        layer.inputs.push_back(m_plan.tensor_of_value[input]);
    layer.output = m_plan.tensor_of_value[planned.output];
    layer.macs = static_cast<std::uint64_t>(macs(m_graph, node(l)));
    layer.geometry = layer_geometry(node(l), m_graph.shape(planned.inputs[0]));
    layer.requant = IMC_REQUANT_NONE;
    layer.scheme = IMC_SCHEME_CODEBOOK;
    layer.engine = IMC_ENGINE_CAM;
    switch (node(l).op) {
        case Op::conv:
        case Op::gemm:
            return conv(l, layer);
        case Op::affine:
            return affine(l, layer);
        case Op::add:
        case Op::average_pool:
            return decode(l, layer);
        case Op::max_pool:
            layer.op = IMC_STAGE_MAXPOOL;
            return;
        case Op::concat:
            layer.op = IMC_STAGE_COPY;
            return;
        case Op::relu:
        case Op::clip:
            return table([&](double x) { return std::clamp<double>(x, planned.low, planned.high); },
                         layer);
        case Op::quantize:
            return table([](double x) { return x; }, layer);
        case Op::unary:
            return table([&](double x) { return unary_value(node(l).unary(), x); }, layer);
        default:
            throw InputError(fmt::format("node '{}': operator '{}' is not supported", node(l).name,
                                         op_name(node(l).op)));
    }
}

void CodebookBuilder::conv(std::size_t l, QLayer& layer)
{
    FloatLayer floats;
    floats.weights = m_graph.tensor(node(l).weight).to_float();
    floats.outputs = m_net.tensors[layer.output].channels;
    floats.fan_in = static_cast<unsigned>(floats.weights.size() / floats.outputs);
    if (node(l).bias >= 0) floats.bias = m_graph.tensor(node(l).bias).to_float();
    if (!m_options.parameters.empty())
        floats.given = m_file.layers.at(layer.name);
    else if (!add_moments(l, layer, floats))
        add_means(l, layer, floats);
    const ComposedLayer composed = compose(l, floats, m_options.per_channel, layer);
    if (!m_calibration) return;
    std::vector<float> weights, bias;
    for (std::size_t n = 0; n < floats.weights.size(); ++n) {
        const std::size_t scope = composed.weight_codebooks.size() == 1 ? 0 : n / floats.fan_in;
        weights.push_back(static_cast<float>(
            composed.weight_codebooks[scope].centroid[composed.tables.weight_code[n]]));
    }
    for (const std::int32_t b : composed.tables.bias)
        bias.push_back(static_cast<float>(b / composed.sum_scale));
    bias.resize(floats.outputs, 0.0f);
    m_calibration->compose(node(l), std::move(weights), std::move(bias));
}

/// Means of the float network's values, of each element or each channel.
void CodebookBuilder::add_means(std::size_t l, const QLayer& layer, FloatLayer& floats) const
{
    const int input = m_plan.layers[l].inputs[0];
    const auto &mean = m_samples[input].mean, &coded = m_coded_mean[input];
    const std::size_t window =
        std::size_t{layer.geometry.groups} * floats.fan_in / mean.size();  // 1 for elements
    for (std::size_t p = 0; p < mean.size(); ++p) {
        floats.input_mean.insert(floats.input_mean.end(), window, mean[p]);
        floats.coded_mean.insert(floats.coded_mean.end(), window, coded[p]);
    }
}

/// Means and moments over the windows, if they are wanted and the layer is not too large for them.
bool CodebookBuilder::add_moments(std::size_t l, const QLayer& layer, FloatLayer& floats) const
{
    if (!m_calibration || layer.geometry.groups > 1 || floats.fan_in > most_moment_inputs)
        return false;
    LayerMoments found = m_calibration->moments(m_plan.layers[l].inputs[0], layer.geometry);
    floats.input_mean = std::move(found.mean);
    floats.coded_mean = std::move(found.coded_mean);
    floats.moments = std::move(found.moments);
    return true;
}

/// A multiplication by one weight a channel: a convolution with a product table for each.
void CodebookBuilder::affine(std::size_t l, QLayer& layer)
{
    const auto factor = m_graph.tensor(node(l).weight).to_float();
    const auto shift = node(l).bias >= 0 ? m_graph.tensor(node(l).bias).to_float()
                                         : std::vector<float>(factor.size(), 0.0f);
    FloatLayer floats;
    floats.outputs = m_net.tensors[layer.output].channels;
    floats.fan_in = 1;
    for (unsigned c = 0; c < floats.outputs; ++c) {
        floats.weights.push_back(factor[factor.size() > 1 ? c : 0]);
        floats.bias.push_back(shift[shift.size() > 1 ? c : 0]);
    }
    layer.geometry.groups = floats.outputs;
    if (!m_options.parameters.empty()) floats.given = m_file.layers.at(layer.name);
    compose(l, floats, true, layer);
}

ComposedLayer CodebookBuilder::compose(std::size_t l, const FloatLayer& floats, bool per_channel,
                                       QLayer& layer)
{
    ComposedLayer composed;
    try {
        composed = compose_layer(floats, book(layer.inputs[0]),
                                 {m_options.weight_codes, per_channel,
                                  m_options.tree && floats.fan_in > 1, m_options.product_bits});
    } catch (const InputError& error) {
        throw InputError(fmt::format("node '{}': {}", layer.name, error.what()));
    }
    const cam::LayerTables& t = composed.tables;
    layer.op = IMC_STAGE_CONV;
    layer.weights.assign(t.weight_code.begin(), t.weight_code.end());
    layer.weight_bits = bits_of(t.weight_codes);
    layer.weight_bits_mean = layer.weight_bits;
    auto tables = std::make_shared<QCodebook>();
    tables->scopes = t.scopes;
    tables->weight_codes = t.weight_codes;
    tables->input_codes = t.input_codes;
    tables->product_bits = m_options.product_bits;
    tables->product.assign(t.product.begin(), t.product.end());
    tables->bias = t.bias;
    for (const Codebook& b : composed.weight_codebooks)
        tables->weight_centroids.insert(tables->weight_centroids.end(), b.centroid.begin(),
                                        b.centroid.end());
    layer.codebook = std::move(tables);
    finish(l, composed.sum_scale, layer);
    return composed;
}

}  // namespace imc::compiler
