// SPDX-License-Identifier: Apache-2.0
#include "common/crc32.h"

#include <array>
#include <cstring>

namespace imc {

namespace {

/// Eight tables let eight bytes a step be folded (Kounavis and Berry, "slicing-by-8").
constexpr std::array<std::array<std::uint32_t, 256>, 8> make_tables()
{
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t c = i;
        for (int bit = 0; bit < 8; ++bit)
            c = (c & 1) ? 0xEDB88320u ^ (c >> 1) : c >> 1;
        tables[0][i] = c;
    }
    for (std::uint32_t i = 0; i < 256; ++i)
        for (std::size_t t = 1; t < 8; ++t)
            tables[t][i] = tables[0][tables[t - 1][i] & 0xFF] ^ (tables[t - 1][i] >> 8);
    return tables;
}

constexpr auto tables = make_tables();

}  // namespace

std::uint32_t crc32(const void* data, std::size_t bytes, std::uint32_t so_far)
{
    const auto* p = static_cast<const unsigned char*>(data);
    std::uint32_t c = ~so_far;
    for (; bytes >= 8; bytes -= 8, p += 8) {
        std::uint32_t low, high;
        std::memcpy(&low, p, 4);
        std::memcpy(&high, p + 4, 4);
        low ^= c;
        c = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF] ^
            tables[4][low >> 24] ^ tables[3][high & 0xFF] ^ tables[2][(high >> 8) & 0xFF] ^
            tables[1][(high >> 16) & 0xFF] ^ tables[0][high >> 24];
    }
    for (; bytes > 0; --bytes, ++p)
        c = tables[0][(c ^ *p) & 0xFF] ^ (c >> 8);
    return ~c;
}

}  // namespace imc
