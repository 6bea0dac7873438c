// SPDX-License-Identifier: Apache-2.0
/// Nodes that compute on constants: the shape arithmetic of exporters.
#include "compiler/import/constant_fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace imc::compiler {

namespace {

using Ints = std::vector<std::int64_t>;

constexpr std::int64_t longest_fill = 1 << 20;  // zero points of channels, shapes

Constant from_integers(const Ints& numbers, bool scalar = false)
{
    Constant c;
    if (!scalar) c.dims = {static_cast<std::int64_t>(numbers.size())};
    c.data = numbers;
    c.dtype = DType::int32;
    return c;
}

void fold_constant(Importer& importer, const OnnxNode& node)
{
    const OnnxModel& model = importer.model();
    for (const auto& a : node.attribute()) {
        if (a.name() == "value" && a.type() == onnx::AttributeProto::TENSOR)
            return importer.define_constant(node.output(0), decode(model, a.t(), false));
        Constant c;
        if (a.name() == "value_float")
            c.data = std::vector<float>{a.f()};
        else if (a.name() == "value_int")
            c = from_integers({a.i()}, true);
        else if (a.name() == "value_ints")
            c = from_integers({a.ints().begin(), a.ints().end()});
        else if (a.name() == "value_floats") {
            c.data = std::vector<float>(a.floats().begin(), a.floats().end());
            c.dims = {a.floats_size()};
        } else
            continue;
        return importer.define_constant(node.output(0), std::move(c));
    }
    model.fail(node, "has no value that is a tensor or numbers");
}

/// `count` times the one number that `data` holds.
Constant::Data repeated(const Constant::Data& data, std::size_t count)
{
    return std::visit(
        [&](const auto& one) -> Constant::Data {
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>)
                return {};
            else
                return std::decay_t<decltype(one)>(count, one[0]);
        },
        data);
}

void fold_constant_of_shape(Importer& importer, const OnnxNode& node)
{
    const OnnxModel& model = importer.model();
    Constant c;
    c.dims = importer.integers(node, 0);
    const std::int64_t count = checked_size(model, describe(node), c.dims);
    c.fill = 0.0f;
    for (const auto& a : node.attribute()) {
        if (a.name() != "value") continue;
        const Constant value = decode(model, a.t(), false);
        if (value.size() != 1) model.fail(node, "value must be one number");
        if (const auto* f = std::get_if<std::vector<float>>(&value.data)) {
            c.fill = (*f)[0];
            continue;
        }
        if (count > longest_fill)
            model.fail(node,
                       fmt::format("fills {} integers; {} are supported", count, longest_fill));
        c.fill.reset();
        c.dtype = value.dtype;
        c.data = repeated(value.data, static_cast<std::size_t>(count));
    }
    importer.define_constant(node.output(0), std::move(c));
}

void fold_shape(Importer& importer, const OnnxNode& node)
{
    if (importer.is_constant(node.input(0)))
        return importer.define_constant(node.output(0),
                                        from_integers(importer.constant(node, 0).dims));
    Ints dims = importer.dims(importer.any_activation(node, 0));
    dims.insert(dims.begin(), importer.batch());
    const auto rank = static_cast<std::int64_t>(dims.size());
    const auto clamp = [&](std::int64_t i) {
        return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank);
    };
    const std::int64_t start = clamp(importer.model().integer(node, "start", 0));
    const std::int64_t end = clamp(importer.model().integer(node, "end", rank));
    importer.define_constant(
        node.output(0),
        from_integers(Ints(dims.begin() + start, dims.begin() + std::max(start, end))));
}

void fold_gather(Importer& importer, const OnnxNode& node)
{
    const Ints data = importer.integers(node, 0);
    Constant result = from_integers({}, importer.constant(node, 1).dims.empty());
    Ints picked;
    for (const std::int64_t index : importer.integers(node, 1))
        picked.push_back(data[static_cast<std::size_t>(
            checked_axis(importer, node, index, static_cast<int>(data.size())))]);
    if (!result.dims.empty()) result.dims = {static_cast<std::int64_t>(picked.size())};
    result.data = picked;
    importer.define_constant(node.output(0), std::move(result));
}

void fold_concat(Importer& importer, const OnnxNode& node)
{
    Ints joined;
    for (int i = 0; i < node.input_size(); ++i)
        for (const std::int64_t number : importer.integers(node, i))
            joined.push_back(number);
    importer.define_constant(node.output(0), from_integers(joined));
}

void fold_slice(Importer& importer, const OnnxNode& node)
{
    const Ints data = importer.integers(node, 0);
    const Ints starts = has_input(node, 1) ? importer.integers(node, 1)
                                           : importer.model().integers(node, "starts", {});
    const Ints ends = has_input(node, 2) ? importer.integers(node, 2)
                                         : importer.model().integers(node, "ends", {});
    const auto size = static_cast<std::int64_t>(data.size());
    if (starts.size() != 1 || ends.size() != 1 || has_input(node, 4))
        importer.model().fail(node,
                              "only a plain slice of a shape vector is supported on constants");
    const auto clamp = [&](std::int64_t i) {
        return std::clamp<std::int64_t>(i < 0 ? i + size : i, 0, size);
    };
    const std::int64_t start = clamp(starts[0]);
    const std::int64_t end = std::max(start, clamp(std::max(ends[0], -size)));
    importer.define_constant(node.output(0),
                             from_integers(Ints(data.begin() + start, data.begin() + end)));
}

/// Identity, Cast, Squeeze, Unsqueeze: the same numbers, other dimensions. Types stay: floats
/// remain floats, and a shape vector stays int64 whatever it is cast to.
void fold_same_numbers(Importer& importer, const OnnxNode& node)
{
    Constant c = importer.constant(node, 0);
    const bool unsqueeze = node.op_type() == "Unsqueeze";
    if (unsqueeze || node.op_type() == "Squeeze") {
        Ints axes = has_input(node, 1) ? importer.integers(node, 1)
                                       : importer.model().integers(node, "axes", {});
        const int rank = static_cast<int>(c.dims.size() + (unsqueeze ? axes.size() : 0));
        for (std::int64_t& axis : axes)
            axis = checked_axis(importer, node, axis, rank);
        std::sort(axes.begin(), axes.end());
        if (unsqueeze)
            for (const std::int64_t axis : axes)
                c.dims.insert(
                    c.dims.begin() +
                        std::min<std::ptrdiff_t>(axis, static_cast<std::ptrdiff_t>(c.dims.size())),
                    1);
        else
            for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
                if (c.dims[static_cast<std::size_t>(*axis)] != 1)
                    importer.model().fail(node, "squeezes a dimension above 1");
                c.dims.erase(c.dims.begin() + *axis);
            }
        if (c.quantization && c.quantization->per_channel())
            importer.model().fail(
                node, "changes the shape of a per-channel quantised constant; not supported");
    }
    importer.define_constant(node.output(0), std::move(c));
}

/// Element by element, equal shapes or one operand a single number: all that exporters' shape
/// arithmetic needs.
void fold_arithmetic(Importer& importer, const OnnxNode& node)
{
    const std::string& op = node.op_type();
    const auto apply = [&](auto a, auto b) {
        if (op == "Add") return a + b;
        if (op == "Sub") return a - b;
        if (op == "Mul") return a * b;
        if (b == 0) importer.model().fail(node, "divides by zero");
        return a / b;
    };
    const auto pairwise = [&](const auto& a, const auto& b) {
        if (a.size() != b.size() && a.size() != 1 && b.size() != 1)
            importer.model().fail(node, "constants of these shapes do not combine");
        std::decay_t<decltype(a)> result(std::max(a.size(), b.size()));
        for (std::size_t i = 0; i < result.size(); ++i)
            result[i] = apply(a[a.size() == 1 ? 0 : i], b[b.size() == 1 ? 0 : i]);
        return result;
    };
    Constant result;
    const Constant& left = importer.constant(node, 0);
    const Constant& right = importer.constant(node, 1);
    result.dims = left.size() >= right.size() ? left.dims : right.dims;
    if (left.absent() || right.absent())
        return importer.define_constant(node.output(0), std::move(result));
    if (left.is_float()) {
        result.data = pairwise(importer.floats(node, 0), importer.floats(node, 1));
    } else {
        const Ints a = importer.integers(node, 0), b = importer.integers(node, 1);
        const auto out_of_range = [](std::int64_t n) {
            return n == open_batch || std::abs(n) > (std::int64_t{1} << 31);
        };
        if (std::any_of(a.begin(), a.end(), out_of_range) ||
            std::any_of(b.begin(), b.end(), out_of_range))
            importer.model().fail(node, "computes with the open batch size, or beyond 2^31");
        result.data = pairwise(a, b);
        result.dtype = DType::int32;
    }
    importer.define_constant(node.output(0), std::move(result));
}

const std::map<std::string, Handler>& folders()
{
    static const std::map<std::string, Handler> table{{"Add", fold_arithmetic},
                                                      {"Cast", fold_cast},
                                                      {"Clip", fold_clip},
                                                      {"Concat", fold_concat},
                                                      {"Constant", fold_constant},
                                                      {"ConstantOfShape", fold_constant_of_shape},
                                                      {"DequantizeLinear", fold_dequantize},
                                                      {"Div", fold_arithmetic},
                                                      {"Gather", fold_gather},
                                                      {"Identity", fold_same_numbers},
                                                      {"Mul", fold_arithmetic},
                                                      {"QuantizeLinear", fold_quantize},
                                                      {"Reshape", fold_reshape},
                                                      {"Shape", fold_shape},
                                                      {"Slice", fold_slice},
                                                      {"Squeeze", fold_same_numbers},
                                                      {"Sub", fold_arithmetic},
                                                      {"Transpose", fold_transpose},
                                                      {"Unsqueeze", fold_same_numbers}};
    return table;
}

}  // namespace

bool fold_constant_node(Importer& importer, const OnnxNode& node)
{
    const auto found = folders().find(node.op_type());
    if (found == folders().end()) return false;
    const bool any_input = node.op_type() == "Shape" || node.op_type() == "Constant";
    if (node.input_size() == 0 && node.op_type() != "Constant") return false;
    for (int i = 0; !any_input && i < node.input_size(); ++i)
        if (has_input(node, i) && !importer.is_constant(node.input(i))) return false;
    if (node.op_type() != "Constant" && !has_input(node, 0)) return false;
    found->second(importer, node);
    return true;
}

}  // namespace imc::compiler
