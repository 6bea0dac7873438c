// SPDX-License-Identifier: Apache-2.0
#include "compiler/import/importer.h"

#include "common/error.h"
#include "compiler/graph/passes.h"
#include "compiler/import/mapped_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace imc::compiler {

namespace {

constexpr std::int64_t largest_activation = std::int64_t{1} << 28;  // elements of one image

std::int64_t dimension(const onnx::TensorShapeProto::Dimension& dim)
{
    return dim.has_dim_value() ? dim.dim_value() : -1;
}

/// Inputs that hold learned numbers, by operator; the other inputs are activations.
bool is_parameter_slot(const onnx::NodeProto& node, int index)
{
    const std::string& op = node.op_type();
    if (op == "QLinearConv" || op == "QLinearMatMul" || op == "QGemm") return index >= 3;
    if (op == "Constant" || op == "ConstantOfShape") return true;
    const bool learned = op == "Conv" || op == "Gemm" || op == "MatMul" ||
                         op == "BatchNormalization" || op == "PRelu" || op == "Reshape" ||
                         op == "QuantizeLinear" || op == "DequantizeLinear";
    return learned && index >= 1;
}

}  // namespace

Graph Importer::run()
{
    m_graph.name = m_model.graph().name();
    read_initializers();
    read_inputs();
    for (const onnx::NodeProto* node : m_model.nodes())
        import_node(*node);
    read_outputs();
    finish_graph(m_graph);
    remove_dead(m_graph);
    return std::move(m_graph);
}

void Importer::read_initializers()
{
    if (m_model.graph().sparse_initializer_size() > 0)
        m_model.fail("sparse initializers are not supported");
    for (const auto& tensor : m_model.graph().initializer()) {
        m_undecoded[tensor.name()] = &tensor;
        m_constants.emplace(tensor.name(), Constant{});
    }
}

bool Importer::is_parameter(const std::string& name) const
{
    bool read = false;
    for (const onnx::NodeProto* node : m_model.nodes())
        for (int i = 0; i < node->input_size(); ++i) {
            if (node->input(i) != name) continue;
            read = true;
            if (!is_parameter_slot(*node, i)) return false;
        }
    return read;
}

void Importer::read_inputs()
{
    const onnx::ValueInfoProto* image = nullptr;
    for (const auto& info : m_model.graph().input()) {
        if (is_constant(info.name()))
            continue;  // an initializer listed as input too (IR version 3)
        if (is_parameter(info.name())) {
            Constant absent;
            for (const auto& dim : info.type().tensor_type().shape().dim()) {
                if (dimension(dim) < 1)
                    m_model.fail(fmt::format(
                        "weight '{}' has no initializer and an open shape; give its dimensions",
                        info.name()));
                absent.dims.push_back(dimension(dim));
            }
            checked_size(m_model, fmt::format("weight '{}'", info.name()), absent.dims);
            m_constants[info.name()] = std::move(absent);
            continue;
        }
        if (image != nullptr)
            m_model.fail(fmt::format("two inputs, '{}' and '{}'; one input is supported",
                                     image->name(), info.name()));
        image = &info;
    }
    if (image == nullptr) m_model.fail("the graph has no input");
    add_input(*image);
}

bool Importer::leads_to_nchw(const std::string& name, int depth) const
{
    static const std::vector<std::int64_t> to_nchw{0, 3, 1, 2};
    bool read = false;
    for (const onnx::NodeProto* node : m_model.nodes()) {
        if (std::find(node->input().begin(), node->input().end(), name) == node->input().end())
            continue;
        read = true;
        const std::string& op = node->op_type();
        if (op == "Transpose") {
            if (m_model.integers(*node, "perm", {}) != to_nchw) return false;
            continue;
        }
        const bool elementwise = op == "QuantizeLinear" || op == "DequantizeLinear" ||
                                 op == "Cast" || op == "Mul" || op == "Sub" || op == "Add" ||
                                 op == "Div" || op == "Identity";
        if (!elementwise || depth > 8 || !leads_to_nchw(node->output(0), depth + 1)) return false;
    }
    return read;
}

void Importer::add_input(const onnx::ValueInfoProto& info)
{
    const auto& type = info.type().tensor_type();
    const int rank = type.shape().dim_size();
    if (!info.type().has_tensor_type() || rank < 2 || rank > 4)
        m_model.fail(
            fmt::format("input '{}' has {} dimensions; (N,C,H,W), (N,C,L) or (N,F) is supported",
                        info.name(), rank));
    std::vector<int> sizes;
    std::int64_t elements = 1;
    for (int d = 1; d < rank; ++d) {
        const std::int64_t size = dimension(type.shape().dim(d));
        if (size < 1)
            m_model.fail(fmt::format(
                "input '{}': dimension {} is open; only the batch may be, fix the others at export",
                info.name(), d));
        if (size > largest_activation || elements > largest_activation / size)
            m_model.fail(fmt::format("input '{}': more than 2^28 elements an image", info.name()));
        elements *= size;
        sizes.push_back(static_cast<int>(size));
    }
    m_batch = dimension(type.shape().dim(0)) >= 1 ? dimension(type.shape().dim(0)) : open_batch;
    sizes.resize(3, 1);
    Activation input;
    input.rank = rank;
    input.nhwc = rank == 4 && leads_to_nchw(info.name(), 0);
    const int element = type.elem_type();
    input.integer = element == onnx::TensorProto::INT8 || element == onnx::TensorProto::UINT8;
    m_input_dtype = element == onnx::TensorProto::INT8 ? DType::int8 : DType::uint8;
    m_graph.input_is_nhwc = input.nhwc;
    m_graph.input_is_flat = rank == 2;
    const Shape shape =
        input.nhwc ? Shape{sizes[2], sizes[0], sizes[1]} : Shape{sizes[0], sizes[1], sizes[2]};
    m_graph.nodes.push_back({Op::input, info.name(), {}, 0, -1, -1, {}});
    m_graph.values.push_back({info.name(), shape, 0, {}});
    m_graph.input = input.value = 0;
    m_node_names[info.name()] = 1;
    define(info.name(), input);
}

void Importer::import_node(const onnx::NodeProto& node)
{
    const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
    const bool pair = node.op_type() == "QuantizeLinear" || node.op_type() == "DequantizeLinear";
    if ((domain.empty() || pair) && fold_constant_node(*this, node)) return;
    const Handler handler = find_handler(domain, node.op_type());
    if (handler == nullptr)
        m_model.fail(node, "operator is not supported; `vp list ops` shows those that are");
    handler(*this, node);
    for (int i = 1; i < node.output_size(); ++i)
        if (m_model.uses(node.output(i)) > 0 && m_activations.count(node.output(i)) == 0)
            m_model.fail(node,
                         fmt::format("its output {} ('{}') is used; only the first is supported", i,
                                     node.output(i)));
}

void Importer::read_outputs()
{
    if (m_model.graph().output_size() == 0) m_model.fail("the graph has no output");
    for (const auto& info : m_model.graph().output()) {
        const Activation* x = find_activation(info.name());
        if (x == nullptr) m_model.fail(fmt::format("output '{}' is a constant", info.name()));
        if (x->unflattened.c > 0)
            m_model.fail(
                fmt::format("output '{}' is flattened in (H,W,C) order; only a Gemm may read that",
                            info.name()));
        const auto& shape = info.type().tensor_type().shape();
        const std::vector<std::int64_t> found = dims(*x);
        for (int d = 1; info.type().tensor_type().has_shape() && d < shape.dim_size(); ++d)
            if (shape.dim_size() == x->rank && dimension(shape.dim(d)) >= 0 &&
                dimension(shape.dim(d)) != found[static_cast<std::size_t>(d) - 1])
                m_model.fail(fmt::format(
                    "output '{}': dimension {} is declared {} but comes out as {}", info.name(), d,
                    dimension(shape.dim(d)), found[static_cast<std::size_t>(d) - 1]));
        if (m_graph.outputs.empty()) m_graph.output_is_codes = x->integer;
        m_graph.outputs.push_back(x->value);
    }
}

std::string Importer::unique_name(const onnx::NodeProto& node, const std::string& suffix)
{
    std::string name = node.name().empty() ? node.output(0) : node.name();
    if (!suffix.empty()) name += "_" + suffix;
    const int count = ++m_node_names[name];
    if (count == 1) return name;
    return unique_name(
        node, suffix.empty() ? std::to_string(count) : suffix + "_" + std::to_string(count));
}

int Importer::add_node(const onnx::NodeProto& node, Op op, const std::vector<int>& inputs,
                       const Shape& shape, Attributes attributes, const std::string& suffix)
{
    if (shape.c < 1 || shape.h < 1 || shape.w < 1)
        m_model.fail(
            node,
            fmt::format("output would be {}x{}x{}: the window or slice is larger than the input",
                        shape.c, shape.h, shape.w));
    if (static_cast<std::int64_t>(shape.h) * shape.w > largest_activation / shape.c)
        m_model.fail(node, "output would have more than 2^28 elements an image");
    const int index = static_cast<int>(m_graph.values.size());
    const std::string value_name = suffix.empty() ? node.output(0) : node.output(0) + "_" + suffix;
    m_graph.values.push_back({value_name, shape, static_cast<int>(m_graph.nodes.size()), {}});
    m_graph.nodes.push_back(
        {op, unique_name(node, suffix), inputs, index, -1, -1, std::move(attributes)});
    return index;
}

const Activation* Importer::find_activation(const std::string& name) const
{
    const auto found = m_activations.find(name);
    return found == m_activations.end() ? nullptr : &found->second;
}

std::vector<std::int64_t> Importer::dims(const Activation& x) const
{
    const Shape& s = value(x).shape;
    if (x.rank == 2) return {s.c};
    if (x.rank == 3) return {s.c, s.h};
    if (x.nhwc) return {s.h, s.w, s.c};
    return {s.c, s.h, s.w};
}

std::int64_t checked_axis(const Importer& importer, const onnx::NodeProto& node, std::int64_t axis,
                          int rank)
{
    if (axis < -rank || axis >= rank)
        importer.model().fail(
            node, fmt::format("axis {} is outside a tensor of {} dimensions", axis, rank));
    return axis < 0 ? axis + rank : axis;
}

namespace {

Graph import_model(OnnxModel& model, const ImportOptions& options)
{
    return Importer(model, options).run();
}

}  // namespace

Graph import_onnx(const std::string& path, const ImportOptions& options)
{
    const std::string folder = std::filesystem::absolute(path).parent_path().string();
    const MappedFile file(path);
    OnnxModel model(file.data(), file.size(), path, folder);
    return import_model(model, options);
}

Graph import_onnx_bytes(const void* data, std::size_t size, const std::string& name,
                        const ImportOptions& options)
{
    OnnxModel model(data, size, name, "");
    return import_model(model, options);
}

}  // namespace imc::compiler
