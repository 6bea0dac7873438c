// SPDX-License-Identifier: Apache-2.0
/// Internal to the importer: the parsed protobuf with checked access. Not for other folders: brings
/// protobuf's headers.
#pragma once

#include "compiler/import/raw_spans.h"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace imc::compiler {

using OnnxNode = onnx::NodeProto;

/// A parsed model whose node list is in topological order and whose tensor names are written once.
class OnnxModel {
public:
    /// Throws InputError for what is no ONNX model, for cycles and for names written twice. The
    /// bytes must outlive the model: large weights are read where they lie.
    OnnxModel(const void* data, std::size_t size, std::string file, std::string folder);

    const onnx::GraphProto& graph() const { return m_model.graph(); }
    onnx::GraphProto& graph() { return *m_model.mutable_graph(); }
    const std::vector<const onnx::NodeProto*>& nodes() const { return m_nodes; }
    std::int64_t opset() const { return m_opset; }
    const std::string& file() const { return m_file; }
    /// Where external data lie; empty if the model came from memory.
    const std::string& folder() const { return m_folder; }
    /// A tensor's raw_data field, in the message or in the file.
    RawSpan raw_data(const onnx::TensorProto& tensor) const;
    /// How often a tensor name is read, by nodes or as a graph output.
    int uses(const std::string& name) const;

    [[noreturn]] void fail(const std::string& text) const;
    [[noreturn]] void fail(const onnx::NodeProto& node, const std::string& text) const;

    // Attributes of a node; a wrong type is an error.
    bool has_attribute(const onnx::NodeProto& node, const char* name) const;
    std::int64_t integer(const onnx::NodeProto& node, const char* name,
                         std::int64_t fallback) const;
    float real(const onnx::NodeProto& node, const char* name, float fallback) const;
    std::string text(const onnx::NodeProto& node, const char* name,
                     const std::string& fallback) const;
    std::vector<std::int64_t> integers(const onnx::NodeProto& node, const char* name,
                                       const std::vector<std::int64_t>& fallback) const;

private:
    bool parse(const char* data, std::size_t size);
    void check_opset();
    void check_names();
    void sort_nodes();
    const onnx::AttributeProto* attribute(const onnx::NodeProto& node, const char* name, int type,
                                          const char* type_name) const;

    onnx::ModelProto m_model;
    std::unordered_map<const onnx::TensorProto*, RawSpan> m_spans;
    std::string m_file;
    std::string m_folder;
    std::int64_t m_opset = 0;
    std::vector<const onnx::NodeProto*> m_nodes;
    std::unordered_map<std::string, int> m_uses;
};

/// "'name' (Op)", or "(Op) that writes 'y'" where the node has no name.
std::string describe(const onnx::NodeProto& node);

/// True if input `index` is there (optional inputs may be left empty).
bool has_input(const onnx::NodeProto& node, int index);

}  // namespace imc::compiler
