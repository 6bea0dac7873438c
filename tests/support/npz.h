// SPDX-License-Identifier: Apache-2.0
/// Reads arrays of numpy.savez files (zip archives without compression), for golden data.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace imc::test {

/// The bytes of member `name`.npy behind its header, as elements of T; the caller knows type and
/// shape.
template <typename T>
std::vector<T> load_npz(const std::string& path, const std::string& name)
{
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto u16 = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes.at(at))) |
               static_cast<std::size_t>(static_cast<unsigned char>(bytes.at(at + 1))) << 8;
    };
    // Local file headers: sizes may be missing there, so the central directory at the end tells
    // them.
    std::size_t end = bytes.rfind("PK\5\6");
    if (end == std::string::npos) throw std::runtime_error(path + ": no zip archive");
    std::size_t entry = u16(end + 16) | u16(end + 18) << 16;
    for (std::size_t left = u16(end + 10); left > 0; --left) {
        const std::size_t length = u16(entry + 28);
        if (bytes.substr(entry + 46, length) == name + ".npy") {
            const std::size_t size = u16(entry + 20) | u16(entry + 22) << 16;
            const std::size_t local = u16(entry + 42) | u16(entry + 44) << 16;
            const std::size_t data = local + 30 + u16(local + 26) + u16(local + 28);
            const std::size_t header = 10 + u16(data + 8);
            std::vector<T> numbers((size - header) / sizeof(T));
            std::memcpy(numbers.data(), bytes.data() + data + header, numbers.size() * sizeof(T));
            return numbers;
        }
        entry += 46 + length + u16(entry + 30) + u16(entry + 32);
    }
    throw std::runtime_error(path + ": no array '" + name + "'");
}

}  // namespace imc::test
