// SPDX-License-Identifier: Apache-2.0
/// Operators that move no numbers in memory, or only as the layout asks: Reshape, Flatten,
/// Transpose and relatives.
#include "compiler/import/ops.h"

#include <fmt/format.h>

#include <algorithm>

namespace imc::compiler {

namespace {

using Ints = std::vector<std::int64_t>;

std::string dims_text(const Ints& dims)
{
    std::string text = "(N";
    for (const std::int64_t dim : dims)
        text += fmt::format(",{}", dim);
    return text + ")";
}

std::int64_t product(const Ints& dims)
{
    std::int64_t count = 1;
    for (const std::int64_t dim : dims)
        count *= dim;
    return count;
}

/// Shape of per-image dims: (F), (C, L) or (C, H, W).
Shape shape_of(Importer& importer, const OnnxNode& node, const Ints& dims)
{
    if (dims.empty() || dims.size() > 3)
        importer.model().fail(
            node, fmt::format("shape {} is not supported: 2 to 4 dimensions are", dims_text(dims)));
    const auto at = [&](std::size_t d) { return d < dims.size() ? static_cast<int>(dims[d]) : 1; };
    return {at(0), at(1), at(2)};
}

/// Per-image dims of a Reshape target. Its first entry must stand for the batch.
Ints resolve(Importer& importer, const OnnxNode& node, const Activation& x, Ints target,
             bool allow_zero)
{
    const OnnxModel& model = importer.model();
    Ints from = importer.dims(x);
    const std::int64_t elements = product(from), batch = importer.batch();
    if (target.empty()) model.fail(node, "target shape is empty");
    for (std::size_t d = 1; d < target.size(); ++d) {
        if (target[d] == 0 && !allow_zero && d <= from.size()) target[d] = from[d - 1];
        if (target[d] == open_batch || target[d] < -1 || target[d] == 0)
            model.fail(node, "target shape mixes the batch with other dimensions");
    }
    const std::int64_t first = target[0];
    Ints dims(target.begin() + 1, target.end());
    const auto open = std::count(dims.begin(), dims.end(), -1);
    if (open > 1 || (open == 1 && first == -1))
        model.fail(node, "target shape has more than one -1");
    checked_size(model, describe(node), [&] {
        Ints d = dims;
        std::replace(d.begin(), d.end(), std::int64_t{-1}, std::int64_t{1});
        return d;
    }());
    if (open == 1) {
        const std::int64_t known = -product(dims);
        if (known == 0 || elements % known != 0)
            model.fail(node, fmt::format("{} elements do not fit the target shape", elements));
        *std::find(dims.begin(), dims.end(), -1) = elements / known;
    }
    const bool is_batch = first == -1 || first == 0 || first == open_batch || first == batch ||
                          (first == 1 && batch == open_batch);
    if (!is_batch || product(dims) != elements)
        model.fail(node, fmt::format("reshapes {} to {}: not {} elements an image", dims_text(from),
                                     dims_text(dims), elements));
    return dims;
}

std::int64_t batch_axis_checked(Importer& importer, const OnnxNode& node, std::int64_t axis,
                                int rank)
{
    axis = checked_axis(importer, node, axis, rank);
    if (axis == 0) importer.model().fail(node, "works on the batch dimension; not supported");
    return axis;
}

}  // namespace

Activation define_like(Importer& importer, const OnnxNode& node, const Activation& x, int value)
{
    (void)node;
    Activation result = x;
    result.value = value;
    if (x.integer && importer.value(x).quantization)
        importer.set_quantization(value, *importer.value(x).quantization);
    return result;
}

Activation reshape_to(Importer& importer, const OnnxNode& node, const Activation& x,
                      const Ints& dims)
{
    const Shape shape = importer.value(x).shape;
    const Ints before = importer.dims(x);
    if (product(dims) != product(before))
        importer.model().fail(node,
                              fmt::format("reshapes {} to {}", dims_text(before), dims_text(dims)));
    const bool moves = (x.nhwc && shape.c > 1 && shape.h * shape.w > 1) || x.unflattened.c > 0;
    Activation result = x;
    result.rank = static_cast<int>(dims.size()) + 1;
    if (dims == before) return result;
    if (moves && (dims.size() != 1 || x.unflattened.c > 0))
        importer.model().fail(
            node,
            "reshapes an (N,H,W,C) tensor; only flattening before a Gemm or MatMul is supported");
    if (moves) result.unflattened = shape;
    result.nhwc = false;
    const Shape target = shape_of(importer, node, dims);
    if (target != shape)
        result = define_like(importer, node, result,
                             importer.add_node(node, Op::reshape, {x.value}, target));
    return result;
}

void op_flatten(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.any_activation(node, 0);
    const std::int64_t axis = importer.model().integer(node, "axis", 1);
    if (axis != 1 && axis != 1 - x.rank)
        importer.model().fail(node, fmt::format("axis {} is not supported; only 1 is", axis));
    importer.define(node.output(0),
                    reshape_to(importer, node, x, {importer.value(x).shape.size()}));
}

void op_reshape(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.any_activation(node, 0);
    const Ints target = has_input(node, 1) ? importer.integers(node, 1)
                                           : importer.model().integers(node, "shape", {});
    const bool allow_zero = importer.model().integer(node, "allowzero", 0) != 0;
    importer.define(node.output(0),
                    reshape_to(importer, node, x, resolve(importer, node, x, target, allow_zero)));
}

void op_squeeze(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.any_activation(node, 0);
    Ints dims = importer.dims(x);
    Ints axes = has_input(node, 1) ? importer.integers(node, 1)
                                   : importer.model().integers(node, "axes", {});
    if (axes.empty()) importer.model().fail(node, "has no axes: the batch would go too if it is 1");
    for (std::int64_t& axis : axes)
        axis = batch_axis_checked(importer, node, axis, x.rank);
    std::sort(axes.rbegin(), axes.rend());
    for (const std::int64_t axis : axes) {
        if (axis > static_cast<std::int64_t>(dims.size()) ||
            dims[static_cast<std::size_t>(axis) - 1] != 1)
            importer.model().fail(
                node, fmt::format("squeezes axis {} of {}, which is not 1", axis, dims_text(dims)));
        dims.erase(dims.begin() + axis - 1);
    }
    importer.define(node.output(0), reshape_to(importer, node, x, dims));
}

void op_unsqueeze(Importer& importer, const OnnxNode& node)
{
    const Activation x = importer.any_activation(node, 0);
    Ints dims = importer.dims(x);
    Ints axes = has_input(node, 1) ? importer.integers(node, 1)
                                   : importer.model().integers(node, "axes", {});
    if (axes.size() > 3) importer.model().fail(node, "adds too many dimensions");
    const int rank = x.rank + static_cast<int>(axes.size());
    for (std::int64_t& axis : axes)
        axis = batch_axis_checked(importer, node, axis, rank);
    std::sort(axes.begin(), axes.end());
    for (const std::int64_t axis : axes)
        dims.insert(
            dims.begin() + std::min<std::int64_t>(axis - 1, static_cast<std::int64_t>(dims.size())),
            1);
    importer.define(node.output(0), reshape_to(importer, node, x, dims));
}

void op_transpose(Importer& importer, const OnnxNode& node)
{
    Activation x = importer.any_activation(node, 0);
    Ints reversed;
    for (int d = x.rank; d-- > 0;)
        reversed.push_back(d);
    const Ints perm = importer.model().integers(node, "perm", reversed);
    const Ints identity(reversed.rbegin(), reversed.rend());
    const Ints to_nhwc{0, 2, 3, 1}, to_nchw{0, 3, 1, 2};
    if (perm == to_nhwc && x.rank == 4 && !x.nhwc)
        x.nhwc = true;
    else if (perm == to_nchw && x.rank == 4 && x.nhwc)
        x.nhwc = false;
    else if (perm != identity)
        importer.model().fail(
            node, "permutes dimensions; only (N,C,H,W) to (N,H,W,C) and back is supported");
    importer.define(node.output(0), x);
}

void op_identity(Importer& importer, const OnnxNode& node)
{
    if (node.op_type() == "Dropout" && has_input(node, 2)) {
        const Constant& training = importer.constant(node, 2);
        const auto* flag = std::get_if<std::vector<std::uint8_t>>(&training.data);
        if (flag == nullptr || flag->size() != 1 || (*flag)[0] != 0)
            importer.model().fail(node, "is in training mode; export the model in eval mode");
    }
    importer.define(node.output(0), importer.any_activation(node, 0));
}

void op_cast(Importer& importer, const OnnxNode& node)
{
    const std::int64_t to = importer.model().integer(node, "to", onnx::TensorProto::FLOAT);
    Activation x = importer.any_activation(node, 0);
    const bool from_input = x.value == importer.graph().input;
    const bool to_float = to == onnx::TensorProto::FLOAT || to == onnx::TensorProto::DOUBLE ||
                          to == onnx::TensorProto::FLOAT16;
    if (x.integer && importer.value(x).quantization) {  // PyTorch writes a Cast after each pair
        const DType type = importer.value(x).quantization->dtype;
        const bool same = (to == onnx::TensorProto::INT8 && type == DType::int8) ||
                          (to == onnx::TensorProto::UINT8 && type == DType::uint8);
        if (!same)
            importer.model().fail(node,
                                  "casts codes to another type; a DequantizeLinear is "
                                  "needed");
        return importer.define(node.output(0), x);
    }
    if (to_float) x.integer = false;  // pixels
    const Op producer =
        importer.graph().nodes[static_cast<std::size_t>(importer.value(x).producer)].op;
    if (!to_float && producer != Op::argmax)
        importer.model().fail(node, from_input ? "casts the input to integers; feed floats"
                                               : "casts to an integer type; not supported");
    importer.define(node.output(0), x);
}

}  // namespace imc::compiler
