// SPDX-License-Identifier: Apache-2.0
#include "common/stage_engine.h"

#include "common/error.h"

#include <cstring>

namespace imc {

Blob::Blob(const std::uint8_t* data, std::size_t bytes) : m_data(data)
{
    imc_blob_header header{};
    if (bytes < sizeof header) throw InputError("weight blob: shorter than its header");
    std::memcpy(&header, data, sizeof header);
    if (header.magic != IMC_BLOB_MAGIC) throw InputError("weight blob: bad magic");
    if (header.sections > (bytes - sizeof header) / sizeof(imc_section))
        throw InputError("weight blob: more section heads than bytes");
    m_sections.resize(header.sections);
    std::memcpy(m_sections.data(), data + sizeof header, header.sections * sizeof(imc_section));
    for (const auto& s : m_sections) {
        const bool fits = s.entry_bytes != 0 && s.offset <= bytes &&
                          s.count <= (bytes - s.offset) / s.entry_bytes;
        if (!fits || s.offset % 16 != 0)
            throw InputError("weight blob: a section lies outside or is misaligned");
    }
}

const imc_section* Blob::find(std::uint32_t kind) const
{
    for (const auto& s : m_sections)
        if (s.kind == kind) return &s;
    return nullptr;
}

}  // namespace imc
