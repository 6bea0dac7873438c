// SPDX-License-Identifier: Apache-2.0
/// Internal to the importer: what the operator handlers share while a model turns into a graph.
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/import/constant.h"
#include "compiler/import/onnx_import.h"
#include "compiler/import/onnx_model.h"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace imc::compiler {

/// What a tensor name of the file stands for when it is no constant: a value of the graph, seen
/// through the file's dimensions. The value itself is always (C, H, W) in that order.
struct Activation {
    int value = -1;
    int rank = 4;       ///< of the file's tensor, batch included: 4 (C,H,W), 3 (C,L), 2 (F)
    bool nhwc = false;  ///< rank 4 and the file's order is (N, H, W, C)
    bool integer =
        false;  ///< the name means the codes of the value's quantization, not its real numbers
    Shape unflattened;  ///< c > 0: flattened by the file in (H, W, C) order from this shape
};

/// One import. Handlers (ops_*.cpp) read a node through it and add nodes to the graph.
class Importer {
public:
    Importer(OnnxModel& model, const ImportOptions& options) : m_model(model), m_options(options) {}
    Graph run();

    const OnnxModel& model() const { return m_model; }
    Graph& graph() { return m_graph; }
    const Value& value(const Activation& x) const
    {
        return m_graph.values[static_cast<std::size_t>(x.value)];
    }
    std::int64_t batch() const { return m_batch; }

    bool is_constant(const std::string& name) const { return m_constants.count(name) > 0; }
    Constant& constant(const onnx::NodeProto& node, int index);
    /// Numbers of a small float constant (fill expanded); fails if absent or above 2^24 elements.
    std::vector<float> floats(const onnx::NodeProto& node, int index);
    /// Numbers of an integer constant used as shape, axes, pads.
    std::vector<std::int64_t> integers(const onnx::NodeProto& node, int index);
    /// One number.
    float scalar(const onnx::NodeProto& node, int index);
    std::int64_t integer(const onnx::NodeProto& node, int index);
    void define_constant(const std::string& name, Constant constant);

    /// The activation at an input; fails for constants.
    const Activation& any_activation(const onnx::NodeProto& node, int index);
    /// The same, and fails for codes: they need a DequantizeLinear first.
    const Activation& activation(const onnx::NodeProto& node, int index);
    /// Fails unless the tensor is (N, C, H, W) or (N, C, L).
    const Activation& image(const onnx::NodeProto& node, int index);
    void define(const std::string& name, const Activation& activation)
    {
        m_activations[name] = activation;
    }
    const Activation* find_activation(const std::string& name) const;

    /// Adds a node with its output value; returns the value. The name is the node's, or `_<suffix>`
    /// behind it.
    int add_node(const onnx::NodeProto& node, Op op, const std::vector<int>& inputs,
                 const Shape& shape, Attributes attributes = {}, const std::string& suffix = "");
    Node& last_node() { return m_graph.nodes.back(); }

    /// Adds a graph tensor of integer or float data.
    int add_tensor(const std::string& name, const std::vector<int>& dims, Constant&& constant);
    int add_tensor(const std::string& name, const std::vector<float>& numbers);
    /// A constant input as a parameter of shape `dims` (already checked against it): moved if used
    /// once, shared if the same name was taken with the same dims, synthetic if absent or filled.
    int parameter(const onnx::NodeProto& node, int index, const std::vector<int>& dims);

    /// Scale and zero point at two inputs; the zero point may be left out. `axis` -1: must be one
    /// scale.
    Quantization quantization(const onnx::NodeProto& node, int scale, int zero_point, int axis);
    /// Sets a value's quantization after checking that there is none that differs.
    void set_quantization(int value, const Quantization& quantization);
    /// The codes of an integer graph input `x` get their scale and zero point from its first
    /// reader.
    void set_input_grid(const onnx::NodeProto& node, const Activation& x, Quantization q);
    /// Per-image dimensions of the file's tensor, in its order.
    std::vector<std::int64_t> dims(const Activation& x) const;

private:
    void read_inputs();
    void read_initializers();
    bool is_parameter(const std::string& name) const;
    bool leads_to_nchw(const std::string& name, int depth) const;
    void add_input(const onnx::ValueInfoProto& info);
    void import_node(const onnx::NodeProto& node);
    void read_outputs();
    std::string unique_name(const onnx::NodeProto& node, const std::string& suffix);

    OnnxModel& m_model;
    ImportOptions m_options;
    Graph m_graph;
    std::int64_t m_batch = open_batch;
    DType m_input_dtype = DType::uint8;  ///< where the file's input is codes or pixels
    std::unordered_map<std::string, Activation> m_activations;
    std::unordered_map<std::string, Constant> m_constants;
    std::unordered_map<std::string, const onnx::TensorProto*> m_undecoded;
    std::map<std::pair<std::string, std::vector<int>>, int> m_parameters;
    std::unordered_map<std::string, int> m_node_names;
};

using Handler = void (*)(Importer&, const onnx::NodeProto&);

/// The handler of an operator, nullptr if it is not supported. `domain` is "" for the default one.
Handler find_handler(const std::string& domain, const std::string& op);
/// Evaluates a node whose inputs are all constants (or Shape of anything); false if it is none that
/// folds.
bool fold_constant_node(Importer& importer, const onnx::NodeProto& node);

/// After the last node: roundings join their producers, padding its readers, biases their gemm.
void finish_graph(Graph& graph);

/// Brings a possibly negative axis into [0, rank); fails outside.
std::int64_t checked_axis(const Importer& importer, const onnx::NodeProto& node, std::int64_t axis,
                          int rank);

}  // namespace imc::compiler
