// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace imc {

/// CRC-32 of IEEE 802.3 (reflected 0xEDB88320), as zlib's crc32: `crc32(p, n)`; chain parts by
/// passing the result so far.
std::uint32_t crc32(const void* data, std::size_t bytes, std::uint32_t so_far = 0);

}  // namespace imc
