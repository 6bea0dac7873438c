// SPDX-License-Identifier: Apache-2.0
#include "associative/engine/precision.h"

#include <cstring>

#include "common/error.h"

namespace imc::associative {

std::vector<Precision> read_precisions(const Blob& blob)
{
    const imc_section* section = blob.find(IMC_SECTION_ENGINE);
    if (section == nullptr) return {};
    const auto bad = [] {
        return InputError("associative processor: the blob's precisions contradict its size");
    };
    const std::uint64_t bytes = section->count;
    PrecisionHead head{};
    if (section->entry_bytes != 1 || bytes < sizeof head) throw bad();
    const auto* data = blob.data<std::uint8_t>(*section);
    std::memcpy(&head, data, sizeof head);
    if (head.count < 1 || head.count > (bytes - sizeof head) / sizeof(Precision)) throw bad();
    std::vector<Precision> precisions(head.count);
    std::memcpy(precisions.data(), data + sizeof head, head.count * sizeof(Precision));
    for (const Precision& p : precisions) {
        if (p.blob_offset % 16 != 0 || p.blob_offset > bytes ||
            p.blob_bytes > bytes - p.blob_offset)
            throw bad();
        for (unsigned s = 0; s < IMC_MAX_STREAMS; ++s)
            if (p.in_bits[s] > 32) throw bad();
    }
    return precisions;
}

Blob precision_blob(const Blob& blob, const Precision& precision)
{
    const auto* data = blob.data<std::uint8_t>(*blob.find(IMC_SECTION_ENGINE));
    return {data + precision.blob_offset, precision.blob_bytes};
}

}  // namespace imc::associative
