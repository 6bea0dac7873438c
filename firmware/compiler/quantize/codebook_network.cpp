// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_network.h"

#include "common/error.h"
#include "common/parallel.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/codebook_books.h"
#include "compiler/quantize/codebook_calibrate.h"
#include "compiler/quantize/codebook_file.h"
#include "compiler/quantize/codebook_layer.h"
#include "compiler/quantize/codebook_plan.h"
#include "compiler/quantize/geometry.h"
#include "compiler/quantize/totals.h"
#include "compiler/quantize/unary_table.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

constexpr std::size_t samples_a_value = 1 << 13;  ///< at least, up to three times as many

/// Values whose elements have means of their own.
std::vector<bool> fully_connected_inputs(const Graph& graph, const Plan& plan)
{
    std::vector<bool> elements(graph.values.size(), false);
    for (const auto& layer : plan.layers)
        if (graph.nodes[layer.node].op == Op::gemm) elements[layer.inputs[0]] = true;
    return elements;
}

/// Builds the QNet in the order: codebooks of all tensors, tensors, layers (each by itself).
class CodebookBuilder {
public:
    CodebookBuilder(const Graph& graph, Plan plan, std::vector<FusedFunction> fused,
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

    QNet build()
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

private:
    void check_layers() const;
    void calibrate();
    void make_tensors();
    void build_layer(std::size_t l);
    void conv(std::size_t l, QLayer& layer);
    void add_means(std::size_t l, const QLayer& layer, FloatLayer& floats) const;
    bool add_moments(std::size_t l, const QLayer& layer, FloatLayer& floats) const;
    void affine(std::size_t l, QLayer& layer);
    ComposedLayer compose(std::size_t l, const FloatLayer& floats, bool per_channel, QLayer& layer);
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
    const ObserveImages& m_observe;
    CodebookFile m_file;                            ///< of trained codebooks, if options name one
    std::vector<Codebook> m_books;                  ///< by group of tensors
    std::vector<std::vector<double>> m_coded_mean;  ///< by value
    std::unique_ptr<CodebookCalibration> m_calibration;
    QNet m_net;
};

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
    check("product_bits", o.product_bits, 2, 16);
    check("activation_rows", o.activation_rows, 2, 256);
    const auto power_of_two = [](unsigned n) { return (n & (n - 1)) == 0; };
    if (o.tree && !(power_of_two(o.weight_codes) && power_of_two(o.input_codes) &&
                    power_of_two(o.residual_codes)))
        throw InputError(fmt::format(
            "quantization.codebook: trees have a power of two of codes, not {}, {} and {}",
            o.weight_codes, o.input_codes, o.residual_codes));
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
