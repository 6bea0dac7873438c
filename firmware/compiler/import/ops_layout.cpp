// SPDX-License-Identifier: Apache-2.0
/// Concat, Pad, Slice, Split: operators that join, frame or cut activations.
#include "compiler/import/ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

using Ints = std::vector<std::int64_t>;

/// Which of C, H, W (0, 1, 2) a dimension of the file's tensor is; fails for the batch.
int graph_axis(Importer& importer, const OnnxNode& node, const Activation& x, std::int64_t axis)
{
    axis = checked_axis(importer, node, axis, x.rank);
    if (axis == 0) importer.model().fail(node, "works on the batch dimension; not supported");
    if (x.unflattened.c > 0)
        importer.model().fail(node, "reads a tensor flattened in (H,W,C) order; not supported");
    return static_cast<int>(x.nhwc ? axis % 3 : axis - 1);
}

int& extent(Shape& shape, int axis)
{
    return axis == 0 ? shape.c : axis == 1 ? shape.h : shape.w;
}

Ints list_input(Importer& importer, const OnnxNode& node, int index, const char* attribute)
{
    return has_input(node, index) ? importer.integers(node, index)
                                  : importer.model().integers(node, attribute, {});
}

struct Cut {
    SliceAttributes attributes;
    Shape shape;
};

/// Applies one axis of a Slice: start, end and step as ONNX clamps them.
void cut_axis(Importer& importer, const OnnxNode& node, Cut& cut, int axis, const Ints& range)
{
    const std::int64_t size = extent(cut.shape, axis), step = range[2];
    if (step < 1 || step > size + 1) {
        if (step < 1)
            importer.model().fail(node,
                                  fmt::format("step {} is not supported; 1 or more is", step));
    }
    const auto clamp = [&](std::int64_t i) {
        return std::clamp<std::int64_t>(i < 0 ? std::max(i, -size) + size : i, 0, size);
    };
    const std::int64_t start = clamp(range[0]), end = clamp(range[1]);
    const std::int64_t room = std::max<std::int64_t>(0, end - start);
    cut.attributes.start[static_cast<std::size_t>(axis)] = static_cast<int>(start);
    cut.attributes.step[static_cast<std::size_t>(axis)] = static_cast<int>(std::min(step, size));
    extent(cut.shape, axis) = static_cast<int>(room / step + (room % step != 0));
}

}  // namespace

int add_concat(Importer& importer, const OnnxNode& node, const std::vector<Activation>& inputs,
               std::int64_t axis)
{
    Shape shape = importer.value(inputs[0]).shape;
    std::int64_t channels = 0;
    std::vector<int> values;
    for (const Activation& x : inputs) {
        const Shape& s = importer.value(x).shape;
        if (x.rank != inputs[0].rank || x.nhwc != inputs[0].nhwc || s.h != shape.h ||
            s.w != shape.w)
            importer.model().fail(
                node, fmt::format("joins {}x{}x{} with {}x{}x{}; height and width must be alike",
                                  shape.c, shape.h, shape.w, s.c, s.h, s.w));
        if (graph_axis(importer, node, x, axis) != 0)
            importer.model().fail(
                node, fmt::format("joins along axis {}; only channels are supported", axis));
        channels += s.c;
        values.push_back(x.value);
    }
    if (channels > (1 << 28)) importer.model().fail(node, "joins to more than 2^28 channels");
    shape.c = static_cast<int>(channels);
    if (values.size() == 1) return values[0];
    return importer.add_node(node, Op::concat, values, shape);
}

void op_concat(Importer& importer, const OnnxNode& node)
{
    std::vector<Activation> inputs;
    for (int i = 0; i < node.input_size(); ++i)
        inputs.push_back(importer.any_activation(node, i));
    if (inputs.empty()) importer.model().fail(node, "has no inputs");
    for (const Activation& x : inputs)
        if (x.integer != inputs[0].integer ||
            (x.integer &&
             !(*importer.value(x).quantization == *importer.value(inputs[0]).quantization)))
            importer.model().fail(
                node, "joins quantised tensors of different scales; QLinearConcat does that");
    const int value = add_concat(importer, node, inputs, importer.model().integer(node, "axis", 1));
    importer.define(node.output(0), define_like(importer, node, inputs[0], value));
}

void op_pad(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.any_activation(node, 0);
    const OnnxModel& model = importer.model();
    if (model.text(node, "mode", "constant") != "constant")
        model.fail(node, "only mode 'constant' is supported");
    if (has_input(node, 3))
        model.fail(node, "the axes input is not supported; give pads for all dimensions");
    const Ints pads = list_input(importer, node, 1, "pads");
    const auto rank = static_cast<std::size_t>(x.rank);
    if (pads.size() != 2 * rank)
        model.fail(node, fmt::format("{} pads for {} dimensions", pads.size(), x.rank));
    if (pads[0] != 0 || pads[rank] != 0)
        model.fail(node, "pads the batch dimension; not supported");
    PadAttributes attributes;
    if (x.integer)
        attributes.value = real_of_code(importer, node, x, 2);
    else
        attributes.value =
            has_input(node, 2) ? importer.scalar(node, 2) : model.real(node, "value", 0.0f);
    if (!std::isfinite(attributes.value)) model.fail(node, "pads with no finite number");
    Shape shape = importer.value(x).shape;
    bool none = true;
    for (std::size_t d = 1; d < rank; ++d) {
        if (pads[d] < 0 || pads[d + rank] < 0 || pads[d] > 65536 || pads[d + rank] > 65536)
            model.fail(node, fmt::format("pads {} and {} are outside 0 to 65536", pads[d],
                                         pads[d + rank]));
        const int axis = graph_axis(importer, node, x, static_cast<std::int64_t>(d));
        attributes.before[static_cast<std::size_t>(axis)] = static_cast<int>(pads[d]);
        attributes.after[static_cast<std::size_t>(axis)] = static_cast<int>(pads[d + rank]);
        extent(shape, axis) += static_cast<int>(pads[d] + pads[d + rank]);
        none = none && pads[d] == 0 && pads[d + rank] == 0;
    }
    const int value =
        none ? x.value : importer.add_node(node, Op::pad, {x.value}, shape, attributes);
    importer.define(node.output(0), define_like(importer, node, x, value));
}

void op_slice(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.any_activation(node, 0);
    const Ints starts = list_input(importer, node, 1, "starts"),
               ends = list_input(importer, node, 2, "ends");
    Ints axes = list_input(importer, node, 3, "axes"),
         steps = has_input(node, 4) ? importer.integers(node, 4) : Ints{};
    for (std::int64_t d = 0; axes.empty() && d < static_cast<std::int64_t>(starts.size()); ++d)
        axes.push_back(d);
    if (axes.size() < starts.size())
        importer.model().fail(node,
                              fmt::format("{} starts but {} axes", starts.size(), axes.size()));
    if (steps.empty()) steps.assign(starts.size(), 1);
    if (starts.size() != ends.size() || starts.size() != axes.size() ||
        starts.size() != steps.size())
        importer.model().fail(node, "starts, ends, axes and steps differ in length");
    Cut cut{{}, importer.value(x).shape};
    for (std::size_t i = 0; i < starts.size(); ++i)
        cut_axis(importer, node, cut, graph_axis(importer, node, x, axes[i]),
                 {starts[i], ends[i], steps[i]});
    const int value = importer.add_node(node, Op::slice, {x.value}, cut.shape, cut.attributes);
    importer.define(node.output(0), define_like(importer, node, x, value));
}

void op_split(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.any_activation(node, 0);
    const int axis = graph_axis(importer, node, x, importer.model().integer(node, "axis", 0));
    Shape whole = importer.value(x).shape;
    const std::int64_t size = extent(whole, axis), parts = node.output_size();
    Ints sizes = list_input(importer, node, 1, "split");
    if (sizes.empty()) {
        sizes.assign(static_cast<std::size_t>(parts), (size + parts - 1) / parts);
        sizes.back() = size - sizes[0] * (parts - 1);
    }
    std::int64_t start = 0;
    for (int i = 0; i < node.output_size(); ++i) {
        const std::int64_t part =
            i < static_cast<int>(sizes.size()) ? sizes[static_cast<std::size_t>(i)] : 0;
        if (part < 1 || part > size - start || static_cast<std::int64_t>(sizes.size()) != parts)
            importer.model().fail(node,
                                  fmt::format("does not split {} into {} parts", size, parts));
        Cut cut{{}, whole};
        cut_axis(importer, node, cut, axis, {start, start + part, 1});
        const int value = importer.add_node(node, Op::slice, {x.value}, cut.shape, cut.attributes,
                                            std::to_string(i));
        importer.graph().values[static_cast<std::size_t>(value)].name = node.output(i);
        importer.define(node.output(i), define_like(importer, node, x, value));
        start += part;
    }
    if (start != size) importer.model().fail(node, fmt::format("splits {} of {}", start, size));
}

}  // namespace imc::compiler
