// SPDX-License-Identifier: Apache-2.0
/// The importer's access to constants: decoding on demand, parameters, scales and zero points.
#include "compiler/import/importer.h"

#include <fmt/format.h>

#include <cmath>

namespace imc::compiler {

namespace {

constexpr std::int64_t largest_expanded = std::int64_t{1} << 24;

}  // namespace

Constant& Importer::constant(const onnx::NodeProto& node, int index)
{
    if (!has_input(node, index)) m_model.fail(node, fmt::format("input {} is missing", index));
    const std::string& name = node.input(index);
    const auto found = m_constants.find(name);
    if (found == m_constants.end())
        m_model.fail(node, fmt::format("input {} ('{}') must be a constant", index, name));
    if (const auto undecoded = m_undecoded.find(name); undecoded != m_undecoded.end()) {
        found->second = decode(m_model, *undecoded->second, m_options.shapes_only);
        m_undecoded.erase(undecoded);
    }
    return found->second;
}

std::vector<float> Importer::floats(const onnx::NodeProto& node, int index)
{
    const Constant& c = constant(node, index);
    const auto refuse = [&](const char* why) {
        m_model.fail(node, fmt::format("input {} ('{}') {}", index, node.input(index), why));
    };
    if (c.absent()) refuse("has no data");
    if (c.size() > largest_expanded) refuse("is too large for its place");
    if (c.fill) return std::vector<float>(static_cast<std::size_t>(c.size()), *c.fill);
    if (const auto* numbers = std::get_if<std::vector<float>>(&c.data)) return *numbers;
    if (!c.quantization) refuse("holds integers where floats are expected");
    Tensor tensor;
    tensor.name = node.input(index);
    tensor.dims.assign(c.dims.begin(), c.dims.end());
    tensor.quantization = c.quantization;
    if (const auto* i8 = std::get_if<std::vector<std::int8_t>>(&c.data))
        tensor.data = *i8;
    else if (const auto* u8 = std::get_if<std::vector<std::uint8_t>>(&c.data))
        tensor.data = *u8;
    else if (const auto* i32 = std::get_if<std::vector<std::int32_t>>(&c.data))
        tensor.data = *i32;
    return tensor.to_float();
}

std::vector<std::int64_t> Importer::integers(const onnx::NodeProto& node, int index)
{
    const Constant& c = constant(node, index);
    if (const auto* wide = std::get_if<std::vector<std::int64_t>>(&c.data)) return *wide;
    if (const auto* narrow = std::get_if<std::vector<std::int32_t>>(&c.data))
        return {narrow->begin(), narrow->end()};
    if (const auto* i8 = std::get_if<std::vector<std::int8_t>>(&c.data))
        return {i8->begin(), i8->end()};
    if (const auto* u8 = std::get_if<std::vector<std::uint8_t>>(&c.data))
        return {u8->begin(), u8->end()};
    m_model.fail(node, fmt::format("input {} ('{}') must be integers", index, node.input(index)));
}

float Importer::scalar(const onnx::NodeProto& node, int index)
{
    const std::vector<float> numbers = floats(node, index);
    if (numbers.size() != 1)
        m_model.fail(node,
                     fmt::format("input {} ('{}') must be one number", index, node.input(index)));
    return numbers[0];
}

std::int64_t Importer::integer(const onnx::NodeProto& node, int index)
{
    const std::vector<std::int64_t> numbers = integers(node, index);
    if (numbers.size() != 1)
        m_model.fail(node,
                     fmt::format("input {} ('{}') must be one number", index, node.input(index)));
    return numbers[0];
}

void Importer::define_constant(const std::string& name, Constant constant)
{
    m_constants[name] = std::move(constant);
}

const Activation& Importer::any_activation(const onnx::NodeProto& node, int index)
{
    if (!has_input(node, index)) m_model.fail(node, fmt::format("input {} is missing", index));
    const auto found = m_activations.find(node.input(index));
    if (found == m_activations.end())
        m_model.fail(node, fmt::format("input {} ('{}') is a constant; an activation belongs there",
                                       index, node.input(index)));
    return found->second;
}

const Activation& Importer::activation(const onnx::NodeProto& node, int index)
{
    const Activation& x = any_activation(node, index);
    if (x.integer)
        m_model.fail(
            node, fmt::format(
                      "input '{}' is quantised; a DequantizeLinear is missing before this operator",
                      node.input(index)));
    return x;
}

const Activation& Importer::image(const onnx::NodeProto& node, int index)
{
    const Activation& x = any_activation(node, index);
    if (x.nhwc)
        m_model.fail(node, fmt::format("input '{}' is (N,H,W,C); a Transpose is missing",
                                       node.input(index)));
    if (x.rank < 3)
        m_model.fail(node, fmt::format("input '{}' has {} dimensions; (N,C,H,W) is needed",
                                       node.input(index), x.rank));
    return x;
}

int Importer::add_tensor(const std::string& name, const std::vector<int>& dims, Constant&& constant)
{
    Tensor tensor;
    tensor.name = name;
    tensor.dims = dims;
    tensor.quantization = std::move(constant.quantization);
    const auto move_data = [&](auto& data) {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (!std::is_same_v<Data, std::monostate> &&
                      !std::is_same_v<Data, std::vector<std::int64_t>>)
            tensor.data = std::move(data);
    };
    if (!m_options.shapes_only) std::visit(move_data, constant.data);
    m_graph.tensors.push_back(std::move(tensor));
    return static_cast<int>(m_graph.tensors.size()) - 1;
}

int Importer::add_tensor(const std::string& name, const std::vector<float>& numbers)
{
    Constant constant;
    constant.data = numbers;
    return add_tensor(name, {static_cast<int>(numbers.size())}, std::move(constant));
}

int Importer::parameter(const onnx::NodeProto& node, int index, const std::vector<int>& dims)
{
    const std::string& name = node.input(index);
    const auto key = std::make_pair(name, dims);
    if (const auto taken = m_parameters.find(key); taken != m_parameters.end())
        return taken->second;
    Constant& found = constant(node, index);
    if (std::holds_alternative<std::vector<std::int64_t>>(found.data) ||
        (!found.is_float() && !found.quantization))
        m_model.fail(
            node,
            fmt::format(
                "input {} ('{}') holds plain integers; floats or a DequantizeLinear are needed",
                index, name));
    const bool last = m_model.uses(name) <= 1;
    const int tensor =
        last ? add_tensor(name, dims, std::move(found)) : add_tensor(name, dims, Constant(found));
    m_parameters[key] = tensor;
    return tensor;
}

Quantization Importer::quantization(const onnx::NodeProto& node, int scale, int zero_point,
                                    int axis)
{
    if (m_model.integer(node, "block_size", 0) != 0)
        m_model.fail(node, "blocked scales are not supported; one a tensor or a channel is");
    Quantization q;
    q.scales = floats(node, scale);
    for (const float s : q.scales)
        if (!(s > 0.0f) || !std::isfinite(s))
            m_model.fail(node, fmt::format("scale '{}' is {}; it must be a positive number",
                                           node.input(scale), s));
    if (q.scales.empty()) m_model.fail(node, fmt::format("scale '{}' is empty", node.input(scale)));
    q.axis = q.scales.size() == 1 ? -1 : axis;
    if (q.scales.size() > 1 && axis < 0)
        m_model.fail(node,
                     fmt::format("scale '{}' has {} entries; one for the tensor is supported here",
                                 node.input(scale), q.scales.size()));
    if (!has_input(node, zero_point)) {
        q.dtype = m_model.integer(node, "output_dtype", 0) == onnx::TensorProto::INT8
                      ? DType::int8
                      : DType::uint8;  // ONNX's default where the zero point is left out
        q.zero_points.assign(q.scales.size(), 0);
        return q;
    }
    const Constant& zero = constant(node, zero_point);
    if (const auto* i8 = std::get_if<std::vector<std::int8_t>>(&zero.data))
        q.zero_points.assign(i8->begin(), i8->end());
    else if (const auto* u8 = std::get_if<std::vector<std::uint8_t>>(&zero.data))
        q.zero_points.assign(u8->begin(), u8->end());
    else if (const auto* i32 = std::get_if<std::vector<std::int32_t>>(&zero.data))
        q.zero_points = *i32;
    else
        m_model.fail(node, fmt::format("zero point '{}' must be an integer constant",
                                       node.input(zero_point)));
    q.dtype = zero.dtype;
    if (q.zero_points.size() == 1) q.zero_points.resize(q.scales.size(), q.zero_points[0]);
    if (q.zero_points.size() != q.scales.size())
        m_model.fail(node, fmt::format("{} scales but {} zero points", q.scales.size(),
                                       q.zero_points.size()));
    return q;
}

void Importer::set_input_grid(const onnx::NodeProto& node, const Activation& x, Quantization q)
{
    if (x.value != m_graph.input)
        m_model.fail(node, fmt::format("reads codes of input '{}' that were moved before their "
                                       "scale is known; put a DequantizeLinear first",
                                       m_graph.values[0].name));
    q.dtype = m_input_dtype;  // a zero point that is left out does not tell it
    const float scale = q.scales[0];
    m_graph.input_affine = {{scale}, {-scale * static_cast<float>(q.zero_points[0])}};
    set_quantization(x.value, q);
}

void Importer::set_quantization(int value, const Quantization& quantization)
{
    m_graph.values[static_cast<std::size_t>(value)].quantization = quantization;
}

}  // namespace imc::compiler
