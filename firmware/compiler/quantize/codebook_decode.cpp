// SPDX-License-Identifier: Apache-2.0
/// Values of codes: additions, pools, functions of single codes, the output.
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

}  // namespace imc::compiler
