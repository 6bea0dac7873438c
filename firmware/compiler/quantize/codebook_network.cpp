// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_network.h"

#include "common/error.h"
#include "common/parallel.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/codebook_books.h"
#include "compiler/quantize/codebook_layer.h"
#include "compiler/quantize/codebook_plan.h"
#include "compiler/quantize/geometry.h"
#include "compiler/quantize/totals.h"
#include "compiler/quantize/unary_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

constexpr std::size_t samples_a_value = 1 << 13;  ///< at least, up to three times as many

/// Builds the QNet in the order: codebooks of all tensors, tensors, layers (each by itself).
class CodebookBuilder {
public:
    CodebookBuilder(const Graph& graph, Plan plan, std::vector<FusedFunction> fused,
                    const QuantOptions& options, std::vector<ValueSamples> samples)
        : m_graph(graph),
          m_plan(std::move(plan)),
          m_fused(std::move(fused)),
          m_options(options.codebook),
          m_samples(std::move(samples)),
          m_raw_output(is_raw_output(graph, m_plan)),
          m_books(make_books(graph, m_plan, m_samples, m_options, m_raw_output))
    {
    }

    /// Shows the images again: what do the codebooks make of the layers' inputs?
    void measure_coded(const ObserveImages& observe, const std::vector<bool>& elements)
    {
        m_coded =
            coded_moments(m_graph, observe, elements,
                          [&](int value, const float* numbers, std::size_t count, float* coded) {
                              const int t = m_plan.tensor_of_value[value];
                              if (t < 0 || book(t).size() == 0) return false;
                              book(t).round(numbers, count, coded);
                              return true;
                          });
    }

    QNet build()
    {
        make_tensors();
        m_net.layers.resize(m_plan.layers.size());
        parallel_for(m_plan.layers.size(), 0, [&](std::size_t l) { build_layer(l); });
        if (!m_raw_output) decode_output();
        for (const int n : m_plan.host_nodes)
            m_net.host_ops.push_back(host_op(m_graph.nodes[n]));
        return std::move(m_net);
    }

private:
    void make_tensors();
    void build_layer(std::size_t l);
    void conv(std::size_t l, QLayer& layer);
    void affine(std::size_t l, QLayer& layer);
    void compose(std::size_t l, const FloatLayer& floats, bool per_channel, QLayer& layer);
    void decode(std::size_t l, QLayer& layer);
    void table(const std::function<double(double)>& f, QLayer& layer);
    void finish(std::size_t l, double sum_scale, QLayer& layer);
    void decode_output();
    bool raw(const QLayer& layer) const { return m_raw_output && layer.output == m_plan.output; }
    const Codebook& book(int tensor) const { return m_books[m_plan.tensors[tensor].group]; }
    const Node& node(std::size_t l) const { return m_graph.nodes[m_plan.layers[l].node]; }

    const Graph& m_graph;
    Plan m_plan;
    std::vector<FusedFunction> m_fused;
    CodebookScheme m_options;
    std::vector<ValueSamples> m_samples;  ///< by value
    bool m_raw_output;
    std::vector<Codebook> m_books;      ///< by group of tensors
    std::vector<CodedMoments> m_coded;  ///< by value
    QNet m_net;
};

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
    const int input = m_plan.layers[l].inputs[0];
    const auto &mean = m_samples[input].mean, &coded = m_coded[input].mean;
    const std::size_t window =
        std::size_t{layer.geometry.groups} * floats.fan_in / mean.size();  // 1 for elements
    for (std::size_t p = 0; p < mean.size() && m_options.correct_bias; ++p) {
        floats.input_mean.insert(floats.input_mean.end(), window, mean[p]);
        floats.coded_mean.insert(floats.coded_mean.end(), window, coded[p]);
    }
    if (m_options.compensate && node(l).op == Op::gemm)
        floats.covariance = m_coded[input].covariance;
    compose(l, floats, m_options.per_channel, layer);
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
    compose(l, floats, true, layer);
}

void CodebookBuilder::compose(std::size_t l, const FloatLayer& floats, bool per_channel,
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
}

/// Additions and average pools: values of the codes in one scale.
void CodebookBuilder::decode(std::size_t l, QLayer& layer)
{
    layer.op = node(l).op == Op::add ? IMC_STAGE_ADD : IMC_STAGE_AVGPOOL;
    std::vector<Codebook> books;
    for (const int input : layer.inputs)
        books.push_back(book(input));
    auto made = make_decode_tables(books);
    layer.codebook = std::make_shared<QCodebook>();
    layer.codebook->decode = std::move(made.values);
    layer.codebook->input_codes = static_cast<unsigned>(books[0].size());
    finish(l, made.scale, layer);
    if (layer.op == IMC_STAGE_ADD || !raw(layer)) return;
    // Sums of n values leave shifted right by floor(log2 n); the scale takes the rest.
    const unsigned n = layer.geometry.kernel_h * layer.geometry.kernel_w;
    const QGeometry& g = layer.geometry;
    const bool padded = g.pad_top + g.pad_left + g.pad_bottom + g.pad_right > 0;
    const QTensor& in = m_net.tensors[layer.inputs[0]];
    QTensor& out = m_net.tensors[layer.output];
    if ((padded && !g.count_include_pad) ||
        (out.height - 1) * g.stride_h + g.kernel_h > in.height ||
        (out.width - 1) * g.stride_w + g.kernel_w > in.width)
        throw InputError(
            fmt::format("node '{}': an average pool over windows of different size "
                        "cannot be the network's last layer with codebooks",
                        layer.name));
    out.scale *= static_cast<double>(1u << (bits_of(std::size_t{n} + 1) - 1)) / n;
}

/// What stands between a layer's sum and its codes; a raw output gets its scale.
void CodebookBuilder::finish(std::size_t l, double sum_scale, QLayer& layer)
{
    const PlannedLayer& planned = m_plan.layers[l];
    ActivationOptions options;
    options.relu = planned.low == 0.0f;
    options.rows = m_options.activation_rows;
    options.placement = m_options.slope_rows ? Placement::slope : Placement::uniform;
    if (m_fused[l].node >= 0) {
        const UnaryAttributes& unary = m_graph.nodes[m_fused[l].node].unary();
        options.function = [&unary](double x) { return unary_value(unary, x); };
        const auto [low, high] = std::minmax_element(m_samples[m_fused[l].before].numbers.begin(),
                                                     m_samples[m_fused[l].before].numbers.end());
        options.low = *low;
        options.high = *high > *low ? *high : *low + 1.0;
    }
    const auto tables =
        make_output_tables(sum_scale, options, raw(layer) ? nullptr : &book(layer.output));
    QCodebook& out = *layer.codebook;
    out.sum_scale = sum_scale;
    out.relu = tables.relu;
    out.activation_key = tables.activation_key;
    out.activation_value = tables.activation_value;
    out.encode_key = tables.encode_key;
    out.weighted_xor = m_options.weighted_xor;
    if (!raw(layer)) return;
    QTensor& tensor = m_net.tensors[layer.output];
    tensor.bits = 32;
    tensor.is_signed = true;
    tensor.scale = 1.0 / tables.value_scale;
    const auto bound = [&](float real) {
        return static_cast<std::int32_t>(
            std::clamp(std::nearbyint(real * tables.value_scale), -2147483648.0, 2147483647.0));
    };
    tensor.min = bound(planned.low);
    tensor.max = bound(planned.high);
}

/// A function of single codes: the code of the value.
void CodebookBuilder::table(const std::function<double(double)>& f, QLayer& layer)
{
    layer.op = IMC_STAGE_LUT;
    const Codebook& to = book(layer.output);
    for (const double x : book(layer.inputs[0]).centroid)
        layer.lut.push_back(to.encode(f(x)));
}

/// An output that other layers read too, or that comes as codes, is decoded by a table at the end.
void CodebookBuilder::decode_output()
{
    const DecodeTables made = make_decode_tables({book(m_plan.output)});
    QLayer layer;
    QTensor tensor = m_net.tensors[m_plan.output];
    layer.name = tensor.name + ".decode";
    layer.op_name = "decode";
    layer.op = IMC_STAGE_LUT;
    layer.requant = IMC_REQUANT_NONE;
    layer.scheme = IMC_SCHEME_CODEBOOK;
    layer.engine = IMC_ENGINE_CAM;
    layer.inputs = {m_plan.output};
    layer.lut = made.values[0];
    tensor.name = layer.name;
    tensor.centroids.clear();
    tensor.bits = 16;
    tensor.is_signed = true;
    tensor.zero_point = 0;
    tensor.min = -32768;
    tensor.max = 32767;
    tensor.scale = 1.0 / made.scale;
    layer.output = m_net.output = static_cast<int>(m_net.tensors.size());
    m_net.tensors.push_back(std::move(tensor));
    m_net.layers.push_back(std::move(layer));
}

void add_totals(const Graph& graph, const QuantOptions& options, QNet& net)
{
    count_weights(graph, net);
    net.activation_bits = bits_of(options.codebook.input_codes);
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
    check("product_bits", o.product_bits, 2, 16);
    check("activation_rows", o.activation_rows, 2, 256);
    const auto power_of_two = [](unsigned n) { return (n & (n - 1)) == 0; };
    if (o.tree && !(power_of_two(o.weight_codes) && power_of_two(o.input_codes)))
        throw InputError(
            fmt::format("quantization.codebook: trees have a power of two of codes, not {} and {}",
                        o.weight_codes, o.input_codes));
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
    Plan plan = plan_network(graph, options, Ranges(graph.values.size()));
    auto fused = fuse_functions(graph, plan);
    std::vector<bool> elements(graph.values.size(), false);
    for (const auto& layer : plan.layers)
        if (graph.nodes[layer.node].op == Op::gemm) elements[layer.inputs[0]] = true;
    auto samples = sample_values(graph, observe, samples_a_value, elements);
    if (plan.layers.empty())
        throw InputError(
            fmt::format("network '{}' has no layer that an accelerator could run", graph.name));
    CodebookBuilder builder(graph, std::move(plan), std::move(fused), options, std::move(samples));
    builder.measure_coded(observe, elements);
    QNet net = builder.build();
    net.weights_synthetic = synthetic;
    add_totals(graph, options, net);
    return net;
}

}  // namespace imc::compiler
