// SPDX-License-Identifier: Apache-2.0
/// Writes a stage's blob: section heads and 16-byte aligned data (imcvp/program.h).
#pragma once

#include "imcvp/program.h"

#include <cstdint>
#include <cstring>
#include <vector>

namespace imc::compiler {

class BlobBuilder {
public:
    /// Room for `count` entries of T in a section of `kind`; valid until the next call.
    template <typename T>
    T* add(std::uint32_t kind, std::size_t count)
    {
        const std::size_t offset = (m_data.size() + 15) / 16 * 16;
        m_data.resize(offset + count * sizeof(T));
        m_sections.push_back({kind, sizeof(T), offset, count});
        return reinterpret_cast<T*>(m_data.data() + offset);
    }
    bool empty() const { return m_sections.empty(); }
    std::size_t bytes() const { return head_bytes() + m_data.size(); }
    /// Writes the blob to `out`, which has bytes() of room.
    void write(std::uint8_t* out) const
    {
        const imc_blob_header header{IMC_BLOB_MAGIC, static_cast<std::uint32_t>(m_sections.size())};
        std::memset(out, 0, head_bytes());
        std::memcpy(out, &header, sizeof header);
        for (std::size_t i = 0; i < m_sections.size(); ++i) {
            imc_section section = m_sections[i];
            section.offset += head_bytes();
            std::memcpy(out + sizeof header + i * sizeof section, &section, sizeof section);
        }
        std::memcpy(out + head_bytes(), m_data.data(), m_data.size());
    }

private:
    std::size_t head_bytes() const
    {
        return (sizeof(imc_blob_header) + m_sections.size() * sizeof(imc_section) + 15) / 16 * 16;
    }
    std::vector<imc_section> m_sections;
    std::vector<std::uint8_t> m_data;
};

}  // namespace imc::compiler
