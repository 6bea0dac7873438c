// SPDX-License-Identifier: Apache-2.0
#include "compiler/import/constant.h"

#include "compiler/graph/finite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace imc::compiler {

namespace {

/// IEEE 754 half to single.
float half_to_float(std::uint16_t half)
{
    const int exponent = (half >> 10) & 31;
    const int mantissa = half & 1023;
    const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
    if (exponent == 31) return mantissa != 0 ? std::nanf("") : sign * INFINITY;
    if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
    return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

float bfloat_to_float(std::uint16_t bits)
{
    const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
    float number = 0.0f;
    std::memcpy(&number, &wide, sizeof number);
    return number;
}

struct Source {
    const OnnxModel& model;
    const onnx::TensorProto& tensor;
    std::string name;      // for messages
    std::size_t count;     // elements
    std::string external;  // bytes of the external file, if any
};

std::string external_key(const onnx::TensorProto& tensor, const char* key)
{
    for (const auto& entry : tensor.external_data())
        if (entry.key() == key) return entry.value();
    return "";
}

std::uint64_t external_number(const Source& source, const char* key, std::uint64_t fallback)
{
    const std::string text = external_key(source.tensor, key);
    if (text.empty()) return fallback;
    if (text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
        source.model.fail(
            fmt::format("{}: external_data '{}' is '{}', not a number", source.name, key, text));
    return std::stoull(text);
}

/// Reads the external file's part; the path may not leave the model's folder.
std::string read_external(const Source& source, std::size_t bytes)
{
    const std::filesystem::path location = external_key(source.tensor, "location");
    if (location.empty() || location.is_absolute() ||
        location.lexically_normal().string().substr(0, 2) == "..")
        source.model.fail(fmt::format("{}: external data '{}' must be a file beside the model",
                                      source.name, location.string()));
    std::ifstream file(std::filesystem::path(source.model.folder()) / location, std::ios::binary);
    if (source.model.folder().empty() || !file)
        source.model.fail(fmt::format(
            "{}: external data file '{}' is missing; put it beside the model, or run with "
            "synthetic weights",
            source.name, location.string()));
    if (external_number(source, "length", bytes) != bytes)
        source.model.fail(
            fmt::format("{}: external data has another length than the shape needs ({} bytes)",
                        source.name, bytes));
    const std::uint64_t offset = external_number(source, "offset", 0);
    file.seekg(0, std::ios::end);
    if (static_cast<std::uint64_t>(file.tellg()) < offset + bytes)
        source.model.fail(fmt::format("{}: external data file '{}' ends too early", source.name,
                                      location.string()));
    std::string data(bytes, '\0');
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(data.data(), static_cast<std::streamsize>(bytes));
    return data;
}

/// Bytes of raw_data or the external file if the tensor uses them, else nullptr; checks their
/// number.
const char* raw_bytes(Source& source, std::size_t element)
{
    const std::size_t bytes = source.count * element;
    if (source.tensor.data_location() == onnx::TensorProto::EXTERNAL) {
        source.external = read_external(source, bytes);
        return source.external.data();
    }
    if (!source.tensor.has_raw_data()) return nullptr;
    const RawSpan raw = source.model.raw_data(source.tensor);
    if (raw.size != bytes)
        source.model.fail(fmt::format("{}: {} bytes of data where the shape needs {}", source.name,
                                      raw.size, bytes));
    return raw.data;
}

/// False where the numbers are in a file beside the model that is not there.
bool has_data(const OnnxModel& model, const onnx::TensorProto& tensor)
{
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return true;
    std::error_code ignored;
    return std::filesystem::is_regular_file(
        std::filesystem::path(model.folder()) / external_key(tensor, "location"), ignored);
}

template <typename Field>
void check_count(const Source& source, const Field& field)
{
    if (static_cast<std::size_t>(field.size()) != source.count)
        source.model.fail(fmt::format("{}: {} numbers where the shape needs {}", source.name,
                                      field.size(), source.count));
}

/// Elements stored as `Stored` in raw bytes or as `field` entries, each turned into `Held` by
/// `convert`.
template <typename Stored, typename Held, typename Field, typename Convert>
std::vector<Held> elements(Source& source, const Field& field, Convert convert)
{
    const char* raw = raw_bytes(source, sizeof(Stored));
    if (raw == nullptr) check_count(source, field);
    std::vector<Held> numbers(source.count);
    for (std::size_t i = 0; i < source.count; ++i) {
        Stored stored{};
        if (raw != nullptr)
            std::memcpy(&stored, raw + i * sizeof(Stored), sizeof(Stored));
        else
            stored = static_cast<Stored>(field[static_cast<int>(i)]);
        numbers[i] = convert(stored);
    }
    return numbers;
}

/// Names the first number that is not finite; one infinity alone may be, as a clip bound.
void refuse_infinite(const Source& source, const std::vector<float>& numbers)
{
    for (std::size_t i = 0; i < numbers.size(); ++i)
        if (std::isnan(numbers[i]) || (std::isinf(numbers[i]) && source.count > 1))
            source.model.fail(fmt::format("{}: element {} is not a finite number", source.name, i));
}

/// Copies block by block, so that each is checked while it is in the cache.
std::vector<float> floats(Source& source)
{
    constexpr std::size_t block = 8192;
    const char* raw = raw_bytes(source, sizeof(float));
    if (raw == nullptr) check_count(source, source.tensor.float_data());
    if (raw == nullptr) raw = reinterpret_cast<const char*>(source.tensor.float_data().data());
    std::vector<float> numbers;
    numbers.reserve(source.count);
    for (std::size_t at = 0; at < source.count; at += block) {
        const std::size_t end = std::min(source.count, at + block);
        numbers.resize(end);
        std::memcpy(numbers.data() + at, raw + at * sizeof(float), (end - at) * sizeof(float));
        if (!all_finite(numbers.data() + at, end - at)) refuse_infinite(source, numbers);
    }
    return numbers;
}

template <typename T>
T same(T number)
{
    return number;
}

Constant::Data integers(Source& source, int type)
{
    const auto& tensor = source.tensor;
    const auto wide = [](auto number) { return static_cast<std::int32_t>(number); };
    switch (type) {
        case onnx::TensorProto::INT8:
            return elements<std::int8_t, std::int8_t>(source, tensor.int32_data(),
                                                      same<std::int8_t>);
        case onnx::TensorProto::UINT8:
        case onnx::TensorProto::BOOL:
            return elements<std::uint8_t, std::uint8_t>(source, tensor.int32_data(),
                                                        same<std::uint8_t>);
        case onnx::TensorProto::INT16:
            return elements<std::int16_t, std::int32_t>(source, tensor.int32_data(), wide);
        case onnx::TensorProto::UINT16:
            return elements<std::uint16_t, std::int32_t>(source, tensor.int32_data(), wide);
        case onnx::TensorProto::INT32:
            return elements<std::int32_t, std::int32_t>(source, tensor.int32_data(), wide);
        case onnx::TensorProto::INT64:
            return elements<std::int64_t, std::int64_t>(source, tensor.int64_data(),
                                                        same<std::int64_t>);
        default:
            source.model.fail(
                fmt::format("{}: element type {} is not supported", source.name, type));
    }
}

DType held_type(int type)
{
    switch (type) {
        case onnx::TensorProto::INT8:
            return DType::int8;
        case onnx::TensorProto::UINT8:
        case onnx::TensorProto::BOOL:
            return DType::uint8;
        case onnx::TensorProto::INT16:
            return DType::int16;
        case onnx::TensorProto::UINT16:
            return DType::uint16;
        case onnx::TensorProto::INT32:
        case onnx::TensorProto::INT64:
            return DType::int32;
        default:
            return DType::float32;
    }
}

std::vector<float> checked(const Source& source, std::vector<float> numbers)
{
    if (!all_finite(numbers.data(), numbers.size())) refuse_infinite(source, numbers);
    return numbers;
}

std::vector<float> any_floats(Source& source)
{
    const auto& tensor = source.tensor;
    const auto narrow = [](double number) { return static_cast<float>(number); };
    switch (tensor.data_type()) {
        case onnx::TensorProto::FLOAT:
            return floats(source);
        case onnx::TensorProto::DOUBLE:
            return checked(source, elements<double, float>(source, tensor.double_data(), narrow));
        case onnx::TensorProto::FLOAT16:
            return checked(
                source, elements<std::uint16_t, float>(source, tensor.int32_data(), half_to_float));
        default:
            return checked(source, elements<std::uint16_t, float>(source, tensor.int32_data(),
                                                                  bfloat_to_float));
    }
}

}  // namespace

bool is_float_type(std::int64_t type)
{
    return type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::DOUBLE ||
           type == onnx::TensorProto::FLOAT16 || type == onnx::TensorProto::BFLOAT16;
}

std::int64_t Constant::size() const
{
    std::int64_t count = 1;
    for (const std::int64_t dim : dims)
        count *= dim;
    return count;
}

std::int64_t checked_size(const OnnxModel& model, const std::string& what,
                          const std::vector<std::int64_t>& dims)
{
    constexpr std::int64_t most = std::int64_t{1} << 31;
    if (dims.size() > 8)
        model.fail(fmt::format("{}: {} dimensions, more than 8", what, dims.size()));
    std::int64_t count = 1;
    for (const std::int64_t dim : dims) {
        if (dim < 0) model.fail(fmt::format("{}: dimension {} is negative", what, dim));
        if (dim > most || (dim > 0 && count > most / dim))
            model.fail(fmt::format("{}: more than 2^31 elements", what));
        count *= dim;
    }
    return count;
}

Constant decode(const OnnxModel& model, const onnx::TensorProto& tensor, bool shapes_only)
{
    Constant constant;
    constant.dims.assign(tensor.dims().begin(), tensor.dims().end());
    constant.dtype = held_type(tensor.data_type());
    const std::string name = fmt::format("tensor '{}'", tensor.name());
    const auto count = static_cast<std::size_t>(checked_size(model, name, constant.dims));
    const bool floating = is_float_type(tensor.data_type());
    // Vectors stay: scales of channels, numbers that others are computed from.
    if (shapes_only && floating && (constant.dims.size() > 1 || !has_data(model, tensor)))
        return constant;
    Source source{model, tensor, name, count, {}};
    if (!floating) {
        constant.data = integers(source, tensor.data_type());
        return constant;
    }
    constant.data = any_floats(source);
    return constant;
}

}  // namespace imc::compiler
