// SPDX-License-Identifier: Apache-2.0
#include "data/npy.h"

#include "common/error.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

namespace imc::data {

namespace {

constexpr char magic[] = "\x93NUMPY";
constexpr std::size_t magic_bytes = 6;

struct TypeName {
    const char* descr;
    NpyType type;
    std::size_t bytes;
};
constexpr std::array<TypeName, 8> type_names{{{"<f4", NpyType::float32, 4},
                                              {"<f8", NpyType::float64, 8},
                                              {"|u1", NpyType::uint8, 1},
                                              {"|i1", NpyType::int8, 1},
                                              {"<i2", NpyType::int16, 2},
                                              {"<i4", NpyType::int32, 4},
                                              {"<i8", NpyType::int64, 8},
                                              {"|b1", NpyType::uint8, 1}}};

std::size_t element_bytes(NpyType type)
{
    for (const auto& name : type_names) {
        if (name.type == type) return name.bytes;
    }
    return 0;
}

/// The header's Python dictionary: three keys in any order.
class Header {
public:
    Header(std::string text, std::string file) : m_text(std::move(text)), m_file(std::move(file)) {}

    NpyType type() const
    {
        const std::string descr = quoted(after("descr"));
        for (const auto& name : type_names) {
            if (descr == name.descr) return name.type;
        }
        fail(fmt::format("elements of type '{}'", descr),
             "save float32, float64, uint8, int8, int16, int32 or int64");
    }

    void check_order() const
    {
        const std::string rest = m_text.substr(after("fortran_order"));
        if (rest.rfind("True", 0) == 0)
            fail("is in Fortran order", "save numpy.ascontiguousarray(x)");
        if (rest.rfind("False", 0) != 0)
            fail("has a damaged header", "save it again with numpy.save");
    }

    std::vector<std::size_t> shape() const
    {
        std::size_t at = after("shape");
        if (at >= m_text.size() || m_text[at] != '(')
            fail("has a damaged header", "save it again with numpy.save");
        std::vector<std::size_t> dims;
        for (++at; at < m_text.size() && m_text[at] != ')'; ++at) {
            if (m_text[at] == ',' || m_text[at] == ' ') continue;
            dims.push_back(number(at));
            --at;
        }
        if (at >= m_text.size()) fail("has a damaged header", "save it again with numpy.save");
        return dims;
    }

    [[noreturn]] void fail(const std::string& wrong, const std::string& right) const
    {
        throw InputError(fmt::format("{}: {}; {}", m_file, wrong, right));
    }

private:
    /// Position of the value of `key`.
    std::size_t after(const std::string& key) const
    {
        const auto found = m_text.find("'" + key + "'");
        const auto colon = found == std::string::npos ? found : m_text.find(':', found);
        const auto value =
            colon == std::string::npos ? colon : m_text.find_first_not_of(' ', colon + 1);
        if (value == std::string::npos)
            fail("has a damaged header", "save it again with numpy.save");
        return value;
    }

    std::string quoted(std::size_t at) const
    {
        const auto end = m_text.find('\'', at + 1);
        if (m_text[at] != '\'' || end == std::string::npos)
            fail("holds records or has a damaged header", "save a plain numeric array");
        return m_text.substr(at + 1, end - at - 1);
    }

    std::size_t number(std::size_t& at) const
    {
        std::size_t value = 0;
        const std::size_t begin = at;
        for (; at < m_text.size() && m_text[at] >= '0' && m_text[at] <= '9'; ++at) {
            if (value > std::numeric_limits<std::size_t>::max() / 16)
                fail("is too large", "split the batch");
            value = value * 10 + static_cast<std::size_t>(m_text[at] - '0');
        }
        if (at == begin) fail("has a damaged header", "save it again with numpy.save");
        return value;
    }

    std::string m_text;
    std::string m_file;
};

template <typename T, typename To>
void convert(const std::vector<std::uint8_t>& bytes, std::vector<To>& out)
{
    for (std::size_t i = 0; i < out.size(); ++i) {
        T element;
        std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
        out[i] = static_cast<To>(element);
    }
}

template <typename To>
std::vector<To> converted(const NpyArray& array)
{
    std::vector<To> out(array.size());
    switch (array.type) {
        case NpyType::float32:
            convert<float>(array.bytes, out);
            break;
        case NpyType::float64:
            convert<double>(array.bytes, out);
            break;
        case NpyType::uint8:
            convert<std::uint8_t>(array.bytes, out);
            break;
        case NpyType::int8:
            convert<std::int8_t>(array.bytes, out);
            break;
        case NpyType::int16:
            convert<std::int16_t>(array.bytes, out);
            break;
        case NpyType::int32:
            convert<std::int32_t>(array.bytes, out);
            break;
        case NpyType::int64:
            convert<std::int64_t>(array.bytes, out);
            break;
    }
    return out;
}

std::string read_header(std::ifstream& in, const std::string& path)
{
    const Header none("", path);
    char head[8];
    if (!in.read(head, sizeof head) || std::memcmp(head, magic, magic_bytes) != 0)
        none.fail("is no NPY file", "save it with numpy.save");
    const unsigned version = static_cast<unsigned char>(head[6]);
    if (version < 1 || version > 3)
        none.fail("has an unknown NPY version", "save it with numpy.save");
    unsigned char length[4] = {};
    in.read(reinterpret_cast<char*>(length), version == 1 ? 2 : 4);
    const std::uint32_t bytes =
        length[0] | length[1] << 8 | length[2] << 16 | std::uint32_t{length[3]} << 24;
    if (!in || bytes > 1u << 20) none.fail("has a damaged header", "save it again with numpy.save");
    std::string text(bytes, '\0');
    if (!in.read(text.data(), bytes))
        none.fail("ends in its header", "save it again with numpy.save");
    return text;
}

}  // namespace

std::size_t NpyArray::size() const
{
    std::size_t n = 1;
    for (const auto dim : shape)
        n *= dim;
    return n;
}

std::vector<float> NpyArray::to_float(const std::string& file) const
{
    auto out = converted<float>(*this);
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (!std::isfinite(out[i]))
            throw InputError(
                fmt::format("{}: element {} is not a finite number; clean the data", file, i));
    }
    return out;
}

std::vector<std::int64_t> NpyArray::to_integers(const std::string& file) const
{
    if (type == NpyType::float32 || type == NpyType::float64)
        throw InputError(fmt::format(
            "{}: holds floating numbers where whole ones are wanted; save x.astype('int64')",
            file));
    return converted<std::int64_t>(*this);
}

NpyArray read_npy(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in) throw InputError(path + ": cannot be opened; give the path of an NPY file");
    const Header header(read_header(in, path), path);
    header.check_order();
    NpyArray array;
    array.type = header.type();
    array.shape = header.shape();
    const auto begin = in.tellg();
    in.seekg(0, std::ios::end);
    const auto present = static_cast<std::size_t>(in.tellg() - begin);
    in.seekg(begin);
    std::size_t wanted = element_bytes(array.type);
    for (const auto dim : array.shape) {
        if (dim != 0 && wanted > (std::size_t{1} << 40) / dim)
            header.fail("is too large", "split the batch");
        wanted *= dim;
    }
    if (present != wanted)
        header.fail(fmt::format("has {} bytes of data where its shape {} needs {}", present,
                                shape_text(array.shape), wanted),
                    "save it again with numpy.save");
    array.bytes.resize(wanted);
    in.read(reinterpret_cast<char*>(array.bytes.data()), static_cast<std::streamsize>(wanted));
    if (!in) header.fail("cannot be read", "check the file");
    return array;
}

void write_npy(const std::string& path, const std::vector<std::size_t>& shape,
               const std::vector<float>& numbers)
{
    std::string text =
        fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': {}, }}", shape_text(shape));
    const std::size_t head = magic_bytes + 4;
    text.append((64 - (head + text.size() + 1) % 64) % 64, ' ');
    text += '\n';
    std::ofstream out(path, std::ios::binary);
    out.write(magic, magic_bytes);
    const unsigned char rest[4] = {1, 0, static_cast<unsigned char>(text.size() & 255),
                                   static_cast<unsigned char>(text.size() >> 8)};
    out.write(reinterpret_cast<const char*>(rest), sizeof rest);
    out << text;
    out.write(reinterpret_cast<const char*>(numbers.data()),
              static_cast<std::streamsize>(numbers.size() * sizeof(float)));
    out.flush();
    if (!out)
        throw InputError(path + ": cannot be written; check the folder and the space on the disk");
}

std::string shape_text(const std::vector<std::size_t>& shape)
{
    if (shape.size() == 1) return fmt::format("({},)", shape[0]);
    return fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace imc::data
