// SPDX-License-Identifier: Apache-2.0
/// Constants that exporters reshape, transpose, quantise or dequantise on their way into a layer.
#include "compiler/import/constant_fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

using Ints = std::vector<std::int64_t>;

template <typename T>
void permute(std::vector<T>& numbers, const Ints& dims, const Ints& perm)
{
    const std::size_t rank = dims.size();
    Ints strides(rank, 1), step(rank), counter(rank, 0);
    for (std::size_t d = rank - 1; d-- > 0;)
        strides[d] = strides[d + 1] * dims[d + 1];
    for (std::size_t d = 0; d < rank; ++d)
        step[d] = strides[static_cast<std::size_t>(perm[d])];
    std::vector<T> moved(numbers.size());
    std::int64_t from = 0;
    for (T& target : moved) {
        target = numbers[static_cast<std::size_t>(from)];
        for (std::size_t d = rank; d-- > 0;) {
            from += step[d];
            if (++counter[d] < dims[static_cast<std::size_t>(perm[d])]) break;
            from -= step[d] * counter[d];
            counter[d] = 0;
        }
    }
    numbers = std::move(moved);
}

template <typename T>
std::vector<T> codes(const std::vector<float>& numbers, const Quantization& q, std::size_t inner)
{
    std::vector<T> result(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const std::size_t channel = q.per_channel() ? i / inner % q.scales.size() : 0;
        const float code = std::nearbyint(numbers[i] / q.scales[channel]) +
                           static_cast<float>(q.zero_points[channel]);
        result[i] = static_cast<T>(std::clamp(code, static_cast<float>(dtype_lowest(q.dtype)),
                                              static_cast<float>(dtype_highest(q.dtype))));
    }
    return result;
}

}  // namespace

void fold_reshape(Importer& importer, const OnnxNode& node)
{
    Constant c = importer.constant(node, 0);
    Ints shape = has_input(node, 1) ? importer.integers(node, 1)
                                    : importer.model().integers(node, "shape", {});
    std::int64_t known = 1;
    for (std::size_t d = 0; d < shape.size(); ++d) {
        if (shape[d] == 0 && d < c.dims.size()) shape[d] = c.dims[d];
        if (shape[d] != -1)
            known *= std::max<std::int64_t>(1, std::min<std::int64_t>(shape[d], 1 << 30));
    }
    for (std::int64_t& d : shape)
        if (d == -1) d = c.size() / known;
    if (checked_size(importer.model(), describe(node), shape) != c.size())
        importer.model().fail(node, "does not fit its input");
    if (c.quantization && c.quantization->per_channel() &&
        (shape.empty() || c.quantization->axis != 0 || shape[0] != c.dims[0]))
        importer.model().fail(
            node, "changes the channel axis of a per-channel quantised constant; not supported");
    c.dims = shape;
    importer.define_constant(node.output(0), std::move(c));
}

void fold_transpose(Importer& importer, const OnnxNode& node)
{
    Constant c = importer.constant(node, 0);
    const auto rank = static_cast<std::int64_t>(c.dims.size());
    Ints reversed;
    for (std::int64_t d = rank; d-- > 0;)
        reversed.push_back(d);
    const Ints perm = importer.model().integers(node, "perm", reversed);
    Ints sorted = perm;
    std::sort(sorted.begin(), sorted.end());
    std::reverse(reversed.begin(), reversed.end());
    if (sorted != reversed)
        importer.model().fail(node, "'perm' is not an order of the input's dimensions");
    const auto apply = [&](auto& numbers) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(numbers)>, std::monostate>)
            if (!numbers.empty()) permute(numbers, c.dims, perm);
    };
    if (rank > 1) std::visit(apply, c.data);
    const Ints before = c.dims;
    for (std::size_t d = 0; d < perm.size(); ++d)
        c.dims[d] = before[static_cast<std::size_t>(perm[d])];
    if (c.quantization && c.quantization->per_channel())
        c.quantization->axis = static_cast<int>(
            std::find(perm.begin(), perm.end(), c.quantization->axis) - perm.begin());
    importer.define_constant(node.output(0), std::move(c));
}

/// DequantizeLinear of a constant keeps the codes and notes scale and zero point.
void fold_dequantize(Importer& importer, const OnnxNode& node)
{
    Constant c = importer.constant(node, 0);
    if ((c.is_float() && !c.absent()) || c.quantization)
        importer.model().fail(node, "its input is not an integer constant");
    const bool scalar = importer.constant(node, 1).size() == 1;
    const std::int64_t axis = importer.model().integer(node, "axis", 1);
    const int rank = static_cast<int>(c.dims.size());
    Quantization q = importer.quantization(
        node, 1, 2, scalar ? -1 : static_cast<int>(checked_axis(importer, node, axis, rank)));
    q.dtype = c.dtype;
    if (q.per_channel() &&
        c.dims[static_cast<std::size_t>(q.axis)] != static_cast<std::int64_t>(q.scales.size()))
        importer.model().fail(node, fmt::format("{} scales along an axis of {}", q.scales.size(),
                                                c.dims[static_cast<std::size_t>(q.axis)]));
    c.quantization = std::move(q);
    importer.define_constant(node.output(0), std::move(c));
}

/// QuantizeLinear of a constant: weights that an exporter left in float before the pair.
void fold_quantize(Importer& importer, const OnnxNode& node)
{
    Constant c = importer.constant(node, 0);
    const bool absent = c.absent();
    const std::vector<float> numbers = absent ? std::vector<float>{} : importer.floats(node, 0);
    const bool scalar = importer.constant(node, 1).size() == 1;
    const std::int64_t axis = importer.model().integer(node, "axis", 1);
    const int rank = static_cast<int>(c.dims.size());
    const Quantization q = importer.quantization(
        node, 1, 2, scalar ? -1 : static_cast<int>(checked_axis(importer, node, axis, rank)));
    if (q.per_channel() &&
        c.dims[static_cast<std::size_t>(q.axis)] != static_cast<std::int64_t>(q.scales.size()))
        importer.model().fail(node, "has not one scale a channel");
    std::size_t inner = 1;
    for (int d = q.axis + 1; q.per_channel() && d < rank; ++d)
        inner *= static_cast<std::size_t>(c.dims[static_cast<std::size_t>(d)]);
    if (q.dtype != DType::int8 && q.dtype != DType::uint8)
        importer.model().fail(node, "quantises a constant to a type other than 8 bits");
    if (!absent && q.dtype == DType::int8)
        c.data = codes<std::int8_t>(numbers, q, inner);
    else if (!absent)
        c.data = codes<std::uint8_t>(numbers, q, inner);
    c.fill.reset();
    c.dtype = q.dtype;
    importer.define_constant(node.output(0), std::move(c));
}

}  // namespace imc::compiler
