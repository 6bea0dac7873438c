// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/codebook_layer.h"

#include "common/error.h"
#include "compiler/quantize/codebook_assign.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace imc::compiler {

namespace {

constexpr double largest_value = 32767.0;  ///< of 16-bit value rows

double largest_magnitude(const std::vector<double>& values)
{
    double largest = 0;
    for (const double v : values)
        largest = std::max(largest, std::abs(v));
    return largest;
}

std::int32_t to_int32(double value)
{
    return static_cast<std::int32_t>(
        std::clamp(std::nearbyint(value), -2147483647.0, 2147483647.0));
}

void check_layer(const FloatLayer& layer, const Codebook& inputs, const ComposeOptions& options)
{
    if (layer.weights.size() != std::size_t{layer.outputs} * layer.fan_in || layer.weights.empty())
        throw InputError("codebook layer: " + std::to_string(layer.weights.size()) +
                         " weights for " + std::to_string(layer.outputs) + " outputs of " +
                         std::to_string(layer.fan_in) + " inputs");
    if (!layer.bias.empty() && layer.bias.size() != layer.outputs)
        throw InputError("codebook layer: " + std::to_string(layer.bias.size()) + " biases for " +
                         std::to_string(layer.outputs) + " outputs");
    if (layer.input_mean.size() % layer.fan_in != 0 ||
        layer.coded_mean.size() != layer.input_mean.size())
        throw InputError("codebook layer: " + std::to_string(layer.input_mean.size()) + " and " +
                         std::to_string(layer.coded_mean.size()) + " input means for " +
                         std::to_string(layer.fan_in) + " inputs");
    if (layer.given.size() > 1 && layer.given.size() != layer.outputs)
        throw InputError("codebook layer: " + std::to_string(layer.given.size()) +
                         " trained codebooks for " + std::to_string(layer.outputs) +
                         " outputs; one, or one an output");
    if (inputs.size() < 1 || inputs.size() > 64)
        throw InputError("codebook layer: input codebook of " + std::to_string(inputs.size()) +
                         " entries; use 1 to 64");
    if (options.product_bits < 2 || options.product_bits > 16)
        throw InputError("codebook layer: product_bits is " + std::to_string(options.product_bits) +
                         "; use 2 to 16");
    if (options.tree && (options.weight_entries & (options.weight_entries - 1)) != 0)
        throw InputError("codebook layer: a tree has a power of two of entries, not " +
                         std::to_string(options.weight_entries));
}

Codebook cluster_weights(const std::vector<float>& weights, const std::vector<float>& importance,
                         const ComposeOptions& options)
{
    if (!options.tree) return make_codebook(weights, {options.weight_entries, false}, importance);
    unsigned depth = 0;
    while (1u << depth < options.weight_entries)
        ++depth;
    return make_codebook_tree(weights, depth, false).back();
}

/// Codebooks of the layer, or one for each output. `importance` by input, or empty.
std::vector<Codebook> cluster_layer(const std::vector<float>& weights, const FloatLayer& layer,
                                    const std::vector<float>& importance,
                                    const ComposeOptions& options)
{
    std::vector<Codebook> books;
    if (!options.per_channel) {
        std::vector<float> all;
        for (unsigned o = 0; o < layer.outputs; ++o)
            all.insert(all.end(), importance.begin(), importance.end());
        return {cluster_weights(weights, all, options)};
    }
    for (unsigned o = 0; o < layer.outputs; ++o) {
        const auto row = weights.begin() + std::ptrdiff_t{o} * layer.fan_in;
        books.push_back(cluster_weights({row, row + layer.fan_in}, importance, options));
    }
    return books;
}

FittedWeights make_weights(const FloatLayer& layer, const ComposeOptions& options)
{
    const unsigned outputs = layer.outputs, fan_in = layer.fan_in;
    if (!layer.given.empty())
        return {layer.given, CodeAssigner(fan_in, {}).codes(layer.weights, outputs, layer.given)};
    if (layer.moments.empty()) {
        auto books = cluster_layer(layer.weights, layer, {}, options);
        auto codes = CodeAssigner(fan_in, {}).codes(layer.weights, outputs, books);
        return {std::move(books), std::move(codes)};
    }
    const auto weights = adapted_weights(layer.weights, outputs, fan_in, layer.moments);
    auto books = cluster_layer(weights, layer, weight_importance(layer.moments, fan_in), options);
    if (!options.tree) return fit_codes(weights, outputs, fan_in, books, layer.moments.coded);
    auto codes = CodeAssigner(fan_in, layer.moments.coded).codes(weights, outputs, books);
    return {std::move(books), std::move(codes)};
}

/// Largest scale at which products fit their bits and no sum leaves 32 bits (a half for each
/// rounding included).
double choose_scale(const FloatLayer& layer, const std::vector<double>& bias,
                    double largest_product, unsigned product_bits)
{
    const double sum = largest_product * layer.fan_in + largest_magnitude(bias);
    double scale = largest_product > 0 ? ((1 << (product_bits - 1)) - 1) / largest_product : 1.0;
    if (sum > 0) scale = std::min(scale, (2147483647.0 - layer.fan_in) / sum);
    return scale;
}

/// Biases, less the mean of (clustered weight x coded input - weight x input).
std::vector<double> corrected_bias(const FloatLayer& layer, const ComposedLayer& composed)
{
    std::vector<double> bias(layer.bias.begin(), layer.bias.end());
    if (layer.input_mean.empty()) return bias;
    bias.resize(layer.outputs, 0.0);
    const std::size_t groups = layer.input_mean.size() / layer.fan_in;
    for (std::size_t o = 0; o < layer.outputs; ++o) {
        const Codebook& book =
            composed.weight_codebooks[composed.weight_codebooks.size() == 1 ? 0 : o];
        const std::size_t first = o * groups / layer.outputs * layer.fan_in;
        const double *mean = layer.input_mean.data() + first,
                     *coded = layer.coded_mean.data() + first;
        const float* weight = layer.weights.data() + o * layer.fan_in;
        const std::uint8_t* code = composed.tables.weight_code.data() + o * layer.fan_in;
        for (std::size_t k = 0; k < layer.fan_in; ++k)
            bias[o] += weight[k] * mean[k] - book.centroid[code[k]] * coded[k];
    }
    return bias;
}

}  // namespace

ComposedLayer compose_layer(const FloatLayer& layer, const Codebook& inputs,
                            const ComposeOptions& options)
{
    check_layer(layer, inputs, options);
    ComposedLayer out;
    out.input_codebook = inputs;
    FittedWeights found = make_weights(layer, options);
    out.weight_codebooks = std::move(found.books);
    cam::LayerTables& t = out.tables;
    t.outputs = layer.outputs;
    t.fan_in = layer.fan_in;
    t.scopes = static_cast<unsigned>(out.weight_codebooks.size());
    t.input_codes = static_cast<unsigned>(inputs.size());
    double largest = 0;
    for (const Codebook& book : out.weight_codebooks) {
        t.weight_codes = std::max(t.weight_codes, static_cast<unsigned>(book.size()));
        largest = std::max(largest, largest_magnitude(book.centroid));
    }
    t.weight_code = std::move(found.codes);
    const auto bias = corrected_bias(layer, out);
    out.sum_scale = choose_scale(layer, bias, largest * largest_magnitude(inputs.centroid),
                                 options.product_bits);
    for (Codebook& book : out.weight_codebooks) {
        book.centroid.resize(t.weight_codes, book.centroid.back());  // codes that no weight has
        for (const double w : book.centroid)
            for (const double u : inputs.centroid)
                t.product.push_back(static_cast<std::int16_t>(to_int32(w * u * out.sum_scale)));
    }
    for (const double b : bias)
        t.bias.push_back(to_int32(b * out.sum_scale));
    cam::check(t);
    return out;
}

std::vector<double> table_points(const ActivationOptions& o)
{
    if (o.rows < 2 || o.rows > 256 || !(o.low < o.high))
        throw InputError("activation table: " + std::to_string(o.rows) + " rows over " +
                         std::to_string(o.low) + " to " + std::to_string(o.high) +
                         "; use 2 to 256 rows and a range with low < high");
    constexpr unsigned steps = 1 << 14;  // of the integral of |f'|
    const auto x_of = [&](double step) { return o.low + (o.high - o.low) * step / steps; };
    std::vector<double> reach{0.0};
    for (unsigned n = 0; n < steps; ++n) {
        const double part = o.placement == Placement::uniform
                                ? 1.0
                                : std::abs(o.function(x_of(n + 1)) - o.function(x_of(n)));
        reach.push_back(reach.back() + part);
    }
    std::vector<double> points;
    for (unsigned row = 0; row < o.rows; ++row) {  // the middle of every row's share
        const double target = reach.back() * (row + 0.5) / o.rows;
        const auto above = static_cast<std::size_t>(
            std::upper_bound(reach.begin(), reach.end() - 1, target) - reach.begin());
        const double part = reach[above] - reach[above - 1];
        points.push_back(x_of(static_cast<double>(above - 1) +
                              (part > 0 ? (target - reach[above - 1]) / part : 0.0)));
    }
    return points;
}

OutputTables make_output_tables(double sum_scale, const ActivationOptions& options,
                                const Codebook* next)
{
    OutputTables out;
    out.relu = options.relu;
    out.value_scale = sum_scale;
    if (options.function) {
        const auto points = table_points(options);
        std::vector<double> values;
        for (const double x : points)
            values.push_back(options.function(x));
        const double largest = largest_magnitude(values);
        out.value_scale = largest > 0 ? largest_value / largest : 1.0;
        for (std::size_t n = 0; n < points.size(); ++n) {
            const std::int32_t key = to_int32(points[n] * sum_scale);
            if (!out.activation_key.empty() && out.activation_key.back() == key)
                continue;  // closer than one unit
            out.activation_key.push_back(key);
            out.activation_value.push_back(to_int32(values[n] * out.value_scale));
        }
    }
    if (next != nullptr)
        for (const double c : next->centroid)
            out.encode_key.push_back(to_int32(c * out.value_scale));
    return out;
}

DecodeTables make_decode_tables(const std::vector<Codebook>& inputs)
{
    double largest = 0;
    for (const Codebook& book : inputs) {
        if (book.size() == 0) throw InputError("decode tables: an input codebook is empty");
        largest = std::max(largest, largest_magnitude(book.centroid));
    }
    DecodeTables out;
    out.scale = largest > 0 ? largest_value / largest : 1.0;
    for (const Codebook& book : inputs) {
        out.values.emplace_back();
        for (const double c : book.centroid)
            out.values.back().push_back(to_int32(c * out.scale));
    }
    return out;
}

}  // namespace imc::compiler
