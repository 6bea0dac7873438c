// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/column_layers.h"

#include "common/error.h"
#include "common/random.h"
#include "compiler/quantize/build_layers.h"
#include "compiler/quantize/column_trained.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace imc::compiler {

namespace {

/// Input patches of one convolution, taken at positions that depend on the layer and the image
/// alone.
class PatchCollector {
public:
    PatchCollector(const Graph& graph, const Node& node, const QTensor& tensor, unsigned per_image,
                   std::uint64_t key)
        : m_node(node),
          m_in(graph.shape(node.inputs[0])),
          m_out(graph.shape(node.output)),
          m_tensor(tensor),
          m_per_image(per_image),
          m_key(key)
    {
    }
    int value() const { return m_node.inputs[0]; }
    void add(const float* numbers, std::size_t images)
    {
        for (std::size_t i = 0; i < images; ++i, ++m_images)
            for (unsigned s = 0; s < m_per_image; ++s) {
                const std::uint64_t r = random_bits(random_key(m_key, m_images), s);
                gather(numbers + i * static_cast<std::size_t>(m_in.size()),
                       static_cast<int>(r % static_cast<unsigned>(m_out.h)),
                       static_cast<int>((r >> 32) % static_cast<unsigned>(m_out.w)));
            }
    }
    const std::vector<std::int32_t>& patches() const { return m_patches; }
    std::size_t samples() const { return m_images * m_per_image; }

private:
    void gather(const float* image, int y, int x)
    {
        const ConvAttributes& a = m_node.conv();
        for (int c = 0; c < m_in.c; ++c)
            for (int kh = 0; kh < a.kernel_h; ++kh)
                for (int kw = 0; kw < a.kernel_w; ++kw) {
                    const int iy = y * a.stride_h - a.pad_top + kh * a.dilation_h,
                              ix = x * a.stride_w - a.pad_left + kw * a.dilation_w;
                    const bool inside = iy >= 0 && iy < m_in.h && ix >= 0 && ix < m_in.w;
                    m_patches.push_back(
                        inside
                            ? code(image[(static_cast<std::size_t>(c) * m_in.h + iy) * m_in.w + ix])
                            : 0);
                }
    }
    std::int32_t code(float x) const
    {
        return static_cast<std::int32_t>(
            std::clamp<double>(std::nearbyint(x / m_tensor.scale), m_tensor.min, m_tensor.max));
    }

    const Node& m_node;
    Shape m_in, m_out;
    QTensor m_tensor;
    unsigned m_per_image;
    std::uint64_t m_key;
    std::size_t m_images = 0;
    std::vector<std::int32_t> m_patches;
};

bool takes(const Node& node, bool first)
{
    if (node.op != Op::conv) return false;
    const ConvAttributes& a = node.conv();
    return is_column_layer(static_cast<unsigned>(a.kernel_h * a.kernel_w),
                           static_cast<unsigned>(a.groups), first);
}

/// What a layer's numbers come from: its weights and the scale of its input's codes.
struct LayerInput {
    std::vector<float> weights;
    ColumnLayer layer;
    QTensor tensor;
};

QTensor input_tensor(const Graph& graph, const Plan& plan, const Node& node,
                     const QuantOptions& options)
{
    return build_tensor(graph, plan.tensors[plan.tensor_of_value[node.inputs[0]]], options);
}

void describe(const Graph& graph, const Plan& plan, const Node& node, const QuantOptions& options,
              LayerInput& input)
{
    input.weights = graph.tensor(node.weight).to_float();
    input.layer.out = static_cast<unsigned>(graph.shape(node.output).c);
    input.layer.channels = static_cast<unsigned>(graph.shape(node.inputs[0]).c);
    input.layer.kernel = static_cast<unsigned>(node.conv().kernel_h * node.conv().kernel_w);
    input.layer.weights = &input.weights;
    input.tensor = input_tensor(graph, plan, node, options);
}

/// Patches for all collectors, in one pass over the images.
void collect(const Graph& graph, const QuantOptions& options, const CalibrationSource& calibration,
             std::vector<PatchCollector>& collectors)
{
    calibration.observe(graph, [&](int value, const float* numbers, std::size_t count) {
        const auto images = count / static_cast<std::size_t>(graph.shape(value).size());
        for (auto& collector : collectors)
            if (collector.value() == value && collector.samples() < options.column.samples)
                collector.add(numbers, images);
    });
}

/// Trained scales, steps and centres of one layer.
ColumnCodes from_file(const ColumnFile& file, const Node& node, const LayerInput& input,
                      const QuantOptions& options, WeightCodes& out)
{
    const TrainedColumns* trained = file.layer(node.name);
    if (trained == nullptr)
        throw InputError(
            fmt::format("quantization.parameters: the file has no layer '{}'", node.name));
    ColumnCodes codes = trained_codes(input.layer, *trained, options);
    const ColumnSteps steps{trained->step, {trained->centre.begin(), trained->centre.end()}};
    out.column = std::make_shared<QColumn>(
        column_words(input.layer, codes, steps, input.tensor.scale, options, out.unit));
    return codes;
}

}  // namespace

QuantOptions column_options(const Graph& graph, const QuantOptions& asked)
{
    if (graph.quantized())
        throw InputError(
            "quantization.scheme: column needs a float network; this one brings its own "
            "quantisation");
    if (asked.weight_bits % asked.column.cell_bits != 0)
        throw InputError(
            fmt::format("quantization.weight_bits: {} bits are no whole number of {}-bit cells",
                        asked.weight_bits, asked.column.cell_bits));
    QuantOptions options = asked;
    options.signed_activations = SignedActivations::twos_complement;
    for (const auto& node : graph.nodes)
        if (node.op == Op::gemm)
            options.layer_activation_bits.emplace(node.name, options.input_layer_bits);
    return options;
}

void add_columns(const Graph& graph, const Plan& plan, const std::vector<int>& nodes,
                 const QuantOptions& options, const CalibrationSource& calibration,
                 const ColumnFile* trained, std::vector<WeightCodes>& codes)
{
    constexpr unsigned per_image =
        64;  // positions of one image: neighbours tell little that is new
    std::vector<std::size_t> taken;
    std::vector<PatchCollector> collectors;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& node = graph.nodes[nodes[i]];
        if (!takes(node, i == 0)) continue;
        taken.push_back(i);
        if (trained == nullptr)
            collectors.emplace_back(graph, node, input_tensor(graph, plan, node, options),
                                    per_image, random_key(options.seed, 0x434F4Cu, i));
    }
    if (trained == nullptr) collect(graph, options, calibration, collectors);
    for (std::size_t c = 0; c < taken.size(); ++c) {
        const Node& node = graph.nodes[nodes[taken[c]]];
        LayerInput input;
        describe(graph, plan, node, options, input);
        if (input.tensor.bits > 8 && !options.column.bit_serial_inputs)
            throw InputError(
                fmt::format("layer '{}': inputs of {} bits cannot enter ColumnQuant's arrays at "
                            "full width; use "
                            "at most 8 bits, or column: {{bit_serial_inputs: true}}",
                            node.name, input.tensor.bits));
        WeightCodes& out = codes[taken[c]];
        ColumnCodes column;
        if (trained != nullptr) {
            column = from_file(*trained, node, input, options, out);
        } else {
            column = quantize_column_weights(input.layer, options);
            out.column = std::make_shared<QColumn>(
                calibrate_column(input.layer, column, collectors[c].patches(),
                                 collectors[c].samples(), input.tensor.scale, options, out.unit));
        }
        out.codes = column.codes;
        out.bits = options.weight_bits;
        out.bits_mean = options.weight_bits;
    }
}

}  // namespace imc::compiler
