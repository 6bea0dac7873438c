// SPDX-License-Identifier: Apache-2.0
#include "compiler/import/onnx_model.h"

#include "common/error.h"

#include <fmt/format.h>

#include <climits>
#include <cmath>
#include <deque>
#include <unordered_set>

namespace imc::compiler {

namespace {

constexpr std::int64_t oldest_opset = 7;  // below, broadcasting was an attribute
constexpr std::int64_t newest_opset = 23;

}  // namespace

std::string describe(const onnx::NodeProto& node)
{
    const std::string op =
        node.domain().empty() ? node.op_type() : node.domain() + "." + node.op_type();
    if (!node.name().empty()) return fmt::format("node '{}' ({})", node.name(), op);
    return fmt::format("node ({}) that writes '{}'", op,
                       node.output_size() > 0 ? node.output(0) : "nothing");
}

bool has_input(const onnx::NodeProto& node, int index)
{
    return index < node.input_size() && !node.input(index).empty();
}

OnnxModel::OnnxModel(const void* data, std::size_t size, std::string file, std::string folder)
    : m_file(std::move(file)), m_folder(std::move(folder))
{
    if (size == 0) fail("the file is empty, not an ONNX model");
    if (size > INT_MAX)
        fail("the file is larger than 2 GiB, more than an ONNX file can be; use external data");
    if (!parse(static_cast<const char*>(data), size))
        fail("not an ONNX model, or cut short: the protobuf does not parse");
    if (!m_model.has_graph() || m_model.graph().node_size() == 0)
        fail("the model has no graph with nodes");
    check_opset();
    check_names();
    sort_nodes();
}

bool OnnxModel::parse(const char* data, std::size_t size)
{
    const auto slim = take_raw_data_out(data, size);
    if (slim && m_model.ParseFromString(slim->message) &&
        m_model.graph().initializer_size() == static_cast<int>(slim->spans.size())) {
        for (std::size_t i = 0; i < slim->spans.size(); ++i)
            if (slim->spans[i].data != nullptr)
                m_spans[&m_model.graph().initializer(static_cast<int>(i))] = slim->spans[i];
        return true;
    }
    return m_model.ParseFromArray(data, static_cast<int>(size));
}

RawSpan OnnxModel::raw_data(const onnx::TensorProto& tensor) const
{
    const auto found = m_spans.find(&tensor);
    return found != m_spans.end() ? found->second
                                  : RawSpan{tensor.raw_data().data(), tensor.raw_data().size()};
}

int OnnxModel::uses(const std::string& name) const
{
    const auto found = m_uses.find(name);
    return found == m_uses.end() ? 0 : found->second;
}

void OnnxModel::fail(const std::string& text) const
{
    throw InputError(m_file + ": " + text);
}

void OnnxModel::fail(const onnx::NodeProto& node, const std::string& text) const
{
    throw InputError(m_file + ": " + describe(node) + ": " + text);
}

void OnnxModel::check_opset()
{
    for (const auto& import : m_model.opset_import())
        if (import.domain().empty() || import.domain() == "ai.onnx") m_opset = import.version();
    if (m_opset < oldest_opset || m_opset > newest_opset)
        fail(fmt::format("opset {} of the default domain is not supported; export with {} to {}",
                         m_opset, oldest_opset, newest_opset));
}

void OnnxModel::check_names()
{
    std::unordered_set<std::string> initialized, written;
    for (const auto& tensor : graph().initializer())
        if (!initialized.insert(tensor.name()).second)
            fail(fmt::format("initializer '{}' is there twice", tensor.name()));
    for (const auto& input : graph().input())
        if (!written.insert(input.name()).second)
            fail(fmt::format("graph input '{}' is there twice", input.name()));
    for (const auto& name : initialized)
        written.insert(name);
    for (const auto& node : graph().node()) {
        if (node.output_size() == 0) fail(node, "has no output");
        for (const auto& name : node.output())
            if (!name.empty() && !written.insert(name).second)
                fail(node, fmt::format("writes '{}', which something else writes too", name));
        for (const auto& name : node.input())
            ++m_uses[name];
    }
    for (const auto& output : graph().output())
        ++m_uses[output.name()];
    for (const auto& [name, count] : m_uses)
        if (!name.empty() && count > 0 && written.count(name) == 0)
            fail(fmt::format("tensor '{}' is read, but no input, initializer or node gives it",
                             name));
}

void OnnxModel::sort_nodes()
{
    const auto& nodes = graph().node();
    std::unordered_map<std::string, int> producer;
    for (int n = 0; n < nodes.size(); ++n)
        for (const auto& name : nodes[n].output())
            producer[name] = n;
    std::vector<int> waiting(static_cast<std::size_t>(nodes.size()), 0);
    std::vector<std::vector<int>> readers(static_cast<std::size_t>(nodes.size()));
    for (int n = 0; n < nodes.size(); ++n)
        for (const auto& name : nodes[n].input()) {
            const auto found = name.empty() ? producer.end() : producer.find(name);
            if (found == producer.end()) continue;
            readers[found->second].push_back(n);
            ++waiting[n];
        }
    std::deque<int> ready;
    for (int n = 0; n < nodes.size(); ++n)
        if (waiting[n] == 0) ready.push_back(n);
    for (; !ready.empty(); ready.pop_front()) {
        m_nodes.push_back(&nodes[ready.front()]);
        for (const int reader : readers[ready.front()])
            if (--waiting[reader] == 0) ready.push_back(reader);
    }
    for (int n = 0; n < nodes.size(); ++n)
        if (waiting[n] > 0) fail(nodes[n], "stands in a cycle: it needs its own output");
}

const onnx::AttributeProto* OnnxModel::attribute(const onnx::NodeProto& node, const char* name,
                                                 int type, const char* type_name) const
{
    for (const auto& candidate : node.attribute()) {
        if (candidate.name() != name) continue;
        if (candidate.type() != type)
            fail(node, fmt::format("attribute '{}' must be {}", name, type_name));
        return &candidate;
    }
    return nullptr;
}

bool OnnxModel::has_attribute(const onnx::NodeProto& node, const char* name) const
{
    for (const auto& candidate : node.attribute())
        if (candidate.name() == name) return true;
    return false;
}

std::int64_t OnnxModel::integer(const onnx::NodeProto& node, const char* name,
                                std::int64_t fallback) const
{
    const auto* found = attribute(node, name, onnx::AttributeProto::INT, "an integer");
    return found ? found->i() : fallback;
}

float OnnxModel::real(const onnx::NodeProto& node, const char* name, float fallback) const
{
    const auto* found = attribute(node, name, onnx::AttributeProto::FLOAT, "a float");
    if (found && !std::isfinite(found->f()))
        fail(node, fmt::format("attribute '{}' is not a finite number", name));
    return found ? found->f() : fallback;
}

std::string OnnxModel::text(const onnx::NodeProto& node, const char* name,
                            const std::string& fallback) const
{
    const auto* found = attribute(node, name, onnx::AttributeProto::STRING, "a string");
    return found ? found->s() : fallback;
}

std::vector<std::int64_t> OnnxModel::integers(const onnx::NodeProto& node, const char* name,
                                              const std::vector<std::int64_t>& fallback) const
{
    const auto* found = attribute(node, name, onnx::AttributeProto::INTS, "a list of integers");
    return found ? std::vector<std::int64_t>(found->ints().begin(), found->ints().end()) : fallback;
}

}  // namespace imc::compiler
