// SPDX-License-Identifier: Apache-2.0
#include "compiler/data/npy.h"

#include "common/error.h"
#include "compiler/data/file_bytes.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace imc::compiler {

namespace {

const std::string magic = "\x93NUMPY";

[[noreturn]] void fail(const std::string& name, const std::string& text)
{
    throw InputError(name + ": " + text);
}

/// The text behind 'key': in the header dictionary, up to the next comma outside brackets.
std::string header_entry(const std::string& header, const std::string& key, const std::string& name)
{
    const std::size_t at = header.find("'" + key + "'");
    const std::size_t colon = at == std::string::npos ? at : header.find(':', at);
    if (colon == std::string::npos) fail(name, fmt::format("NPY header has no '{}'", key));
    std::size_t begin = header.find_first_not_of(" ", colon + 1), depth = 0, end = begin;
    for (; end < header.size(); ++end) {
        if (header[end] == '(') ++depth;
        if (header[end] == ')' && depth > 0) --depth;
        if ((header[end] == ',' && depth == 0) || header[end] == '}') break;
    }
    if (begin == std::string::npos || end >= header.size()) fail(name, "NPY header does not end");
    while (end > begin && header[end - 1] == ' ')
        --end;
    return header.substr(begin, end - begin);
}

std::vector<std::int64_t> parse_shape(const std::string& text, const std::string& name)
{
    if (text.size() < 2 || text.front() != '(' || text.back() != ')')
        fail(name, fmt::format("NPY shape '{}' does not parse", text));
    std::vector<std::int64_t> dims;
    std::size_t at = 1;
    while ((at = text.find_first_not_of(" ,", at)) < text.size() - 1) {
        const std::size_t end = text.find_first_not_of("0123456789", at);
        if (end == at || end - at > 12 || dims.size() == 8)
            fail(name, fmt::format("NPY shape '{}' does not parse", text));
        dims.push_back(std::stoll(text.substr(at, end - at)));
        at = end;
    }
    return dims;
}

template <typename T>
std::vector<T> elements(const std::string& bytes, std::size_t offset, std::int64_t count,
                        const std::string& name)
{
    const std::size_t there = bytes.size() - offset;
    if (there / sizeof(T) != static_cast<std::size_t>(count) || there % sizeof(T) != 0)
        fail(name, fmt::format("{} bytes of data where the shape needs {}; cut short?", there,
                               count * static_cast<std::int64_t>(sizeof(T))));
    std::vector<T> numbers(static_cast<std::size_t>(count));
    if (count > 0) std::memcpy(numbers.data(), bytes.data() + offset, there);
    return numbers;
}

NpyArray::Data parse_data(const std::string& type, const std::string& bytes, std::size_t offset,
                          std::int64_t count, const std::string& name)
{
    if (type == "<f4") return elements<float>(bytes, offset, count, name);
    if (type == "|u1" || type == "|b1") return elements<std::uint8_t>(bytes, offset, count, name);
    if (type == "|i1") return elements<std::int8_t>(bytes, offset, count, name);
    if (type == "<u2") return elements<std::uint16_t>(bytes, offset, count, name);
    if (type == "<i4") return elements<std::int32_t>(bytes, offset, count, name);
    if (type == "<i8") return elements<std::int64_t>(bytes, offset, count, name);
    fail(name, fmt::format("NPY element type '{}' is not supported; save float32, uint8, int8, "
                           "uint16, int32 or int64, "
                           "little-endian",
                           type));
}

const char* type_name(const NpyArray::Data& data)
{
    constexpr const char* names[] = {"<f4", "|u1", "|i1", "<u2", "<i4", "<i8"};
    return names[data.index()];
}

}  // namespace

std::int64_t NpyArray::size() const
{
    std::int64_t count = 1;
    for (const std::int64_t dim : dims)
        count *= dim;
    return count;
}

NpyArray parse_npy(const std::string& bytes, const std::string& name)
{
    if (bytes.size() < 12 || bytes.compare(0, magic.size(), magic) != 0)
        fail(name, "is not an NPY file");
    const int version = bytes[6];
    if (version < 1 || version > 3)
        fail(name, fmt::format("NPY version {} is not supported", version));
    const auto byte = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
    };
    const std::size_t start = version == 1 ? 10 : 12;
    const std::size_t length =
        byte(8) | byte(9) << 8 | (version == 1 ? 0 : byte(10) << 16 | byte(11) << 24);
    if (length > bytes.size() - start) fail(name, "NPY header is cut short");
    const std::string header = bytes.substr(start, length);
    if (header_entry(header, "fortran_order", name) != "False")
        fail(name, "is in Fortran order; save it with numpy.ascontiguousarray");
    std::string type = header_entry(header, "descr", name);
    if (type.size() > 2) type = type.substr(1, type.size() - 2);
    NpyArray array;
    array.dims = parse_shape(header_entry(header, "shape", name), name);
    std::int64_t count = 1;
    for (const std::int64_t dim : array.dims) {
        if (dim > 0 && count > (std::int64_t{1} << 40) / dim)
            fail(name, "NPY shape has more than 2^40 elements");
        count *= dim;
    }
    array.data = parse_data(type, bytes, start + length, count, name);
    return array;
}

NpyArray read_npy(const std::string& path)
{
    return parse_npy(read_file(path), path);
}

void write_npy(const std::string& path, const NpyArray& array)
{
    std::string shape;
    for (const std::int64_t dim : array.dims)
        shape += std::to_string(dim) + ",";
    if (array.dims.size() > 1) shape.pop_back();
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                     type_name(array.data), shape);
    header.append(63 - (magic.size() + 4 + header.size()) % 64,
                  ' ');  // data begin at a multiple of 64 bytes
    header += '\n';
    const std::string part = path + ".part";
    std::ofstream file(part, std::ios::binary);
    file << magic << '\x01' << '\0' << static_cast<char>(header.size() & 255)
         << static_cast<char>(header.size() >> 8) << header;
    const auto put = [&](const auto& numbers) {
        file.write(reinterpret_cast<const char*>(numbers.data()),
                   static_cast<std::streamsize>(numbers.size() * sizeof(numbers[0])));
    };
    std::visit(put, array.data);
    file.close();
    std::error_code error;
    if (file) std::filesystem::rename(part, path, error);
    if (!file || error) {
        std::filesystem::remove(part, error);
        fail(path, "cannot be written; does the folder exist, is there room?");
    }
}

}  // namespace imc::compiler
