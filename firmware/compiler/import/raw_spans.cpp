// SPDX-License-Identifier: Apache-2.0
#include "compiler/import/raw_spans.h"

#include <cstdint>

namespace imc::compiler {

namespace {

// Field numbers of onnx.proto.
constexpr std::uint64_t model_graph = 7, graph_initializer = 5, tensor_raw_data = 9;
constexpr std::size_t large = 1024;  // below, a copy costs less than the bookkeeping

/// One field of a message: where it begins with its tag, and where its content lies.
struct Field {
    std::uint64_t number = 0;
    const char* begin = nullptr;
    const char* content = nullptr;
    const char* end = nullptr;
    bool is_message = false;  // length-delimited
};

/// Reads a varint; false at the end of the bytes or beyond 64 bits.
bool read_varint(const char*& at, const char* end, std::uint64_t& value)
{
    value = 0;
    for (int shift = 0; shift < 64 && at < end; shift += 7) {
        const auto byte = static_cast<unsigned char>(*at++);
        value |= static_cast<std::uint64_t>(byte & 127u) << shift;
        if (byte < 128) return true;
    }
    return false;
}

/// Reads the field at `at` and moves behind it; false if it does not parse.
bool read_field(const char*& at, const char* end, Field& field)
{
    field.begin = at;
    std::uint64_t tag = 0, value = 0;
    if (!read_varint(at, end, tag)) return false;
    field.number = tag >> 3;
    field.is_message = (tag & 7) == 2;
    std::size_t skip = 0;
    if ((tag & 7) == 0 && !read_varint(at, end, value)) return false;
    if ((tag & 7) == 1) skip = 8;
    if ((tag & 7) == 5) skip = 4;
    if (field.is_message) {
        if (!read_varint(at, end, value)) return false;
        skip = value;
    }
    if ((tag & 7) == 3 || (tag & 7) == 4 || (tag & 7) > 5 ||
        skip > static_cast<std::size_t>(end - at))
        return false;
    field.content = at;
    at += skip;
    field.end = at;
    return true;
}

void append_message(std::string& out, std::uint64_t number, const std::string& content)
{
    const auto varint = [&](std::uint64_t value) {
        for (; value >= 128; value >>= 7)
            out += static_cast<char>(value | 128u);
        out += static_cast<char>(value);
    };
    varint(number << 3 | 2);
    varint(content.size());
    out += content;
}

/// Copies a TensorProto without its raw_data if they are large; a second raw_data field is left to
/// protobuf.
bool slim_tensor(const Field& tensor, std::string& out, RawSpan& span)
{
    std::string slim;
    const char* at = tensor.content;
    for (Field field; at < tensor.end;) {
        if (!read_field(at, tensor.end, field)) return false;
        if (field.number != tensor_raw_data) {
            slim.append(field.begin, field.end);
            continue;
        }
        if (span.data != nullptr || !field.is_message) return false;
        span = {field.content, static_cast<std::size_t>(field.end - field.content)};
        append_message(slim, tensor_raw_data, "");
    }
    append_message(out, graph_initializer, slim);
    return true;
}

bool slim_graph(const Field& graph, std::string& out, std::vector<RawSpan>& spans)
{
    std::string slim;
    const char* at = graph.content;
    for (Field field; at < graph.end;) {
        if (!read_field(at, graph.end, field)) return false;
        const bool initializer = field.number == graph_initializer && field.is_message;
        if (initializer) spans.emplace_back();
        if (!initializer || static_cast<std::size_t>(field.end - field.content) < large)
            slim.append(field.begin, field.end);
        else if (!slim_tensor(field, slim, spans.back()))
            return false;
    }
    append_message(out, model_graph, slim);
    return true;
}

}  // namespace

std::optional<SlimModel> take_raw_data_out(const char* data, std::size_t size)
{
    SlimModel model;
    const char* at = data;
    const char* const end = data + size;
    bool seen = false;
    for (Field field; at < end;) {
        if (!read_field(at, end, field)) return std::nullopt;
        if (field.number != model_graph || !field.is_message) {
            model.message.append(field.begin, field.end);
            continue;
        }
        if (seen || !slim_graph(field, model.message, model.spans)) return std::nullopt;
        seen = true;
    }
    return model;
}

}  // namespace imc::compiler
