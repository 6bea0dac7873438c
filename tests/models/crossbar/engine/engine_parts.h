// SPDX-License-Identifier: Apache-2.0
/// What tests of the crossbar engine share: a technology, a stage, its blob and its inputs.
#pragma once

#include "crossbar/engine/crossbar_engine.h"

#include <cstring>
#include <vector>

namespace imc::test {

/// Every key the engines ask for at 1 pJ.
inline Technology unit_technology()
{
    Technology t;
    t.name = "unit";
    for (const char* key :
         {"crossbar.cell_read_pj", "crossbar.cell_write_pj", "crossbar.cell_verify_pj",
          "dac.drive_pj", "sample_hold.sample_pj", "shift_add.add_pj", "shift_add.merge_pj",
          "controller.lookup_pj", "register.bit_pj", "buffer.read_bit_pj", "buffer.write_bit_pj",
          "bus.bit_pj", "digital.requantize_pj", "digital.add_pj", "digital.compare_pj",
          "digital.multiply_pj", "digital.lookup_pj"})
        t.set(key, {1.0, "pJ", "test"});
    return t;
}

struct Conversions : crossbar::ConversionAccount {
    std::uint64_t conversions = 0, clipped = 0;
    std::uint64_t converted(std::uint64_t n, std::uint64_t c, double, Work&) override
    {
        conversions += n;
        clipped += c;
        return 0;
    }
};

struct Rows : InputRows {
    std::vector<std::int32_t> codes;  // [row][channel][width]
    std::size_t row_size = 0;
    const std::int32_t* row(unsigned, std::uint32_t y) const override
    {
        return codes.data() + y * row_size;
    }
};

/// A blob of sections: kind, bytes of an entry, data.
struct BlobPart {
    std::uint32_t kind, entry_bytes;
    const void* data;
    std::size_t count;
};

inline std::vector<std::uint8_t> blob_of(const std::vector<BlobPart>& parts)
{
    const auto aligned = [](std::size_t n) { return (n + 15) / 16 * 16; };
    std::size_t at = aligned(sizeof(imc_blob_header) + parts.size() * sizeof(imc_section));
    std::vector<std::uint8_t> blob(at);
    const imc_blob_header header{IMC_BLOB_MAGIC, static_cast<std::uint32_t>(parts.size())};
    std::memcpy(blob.data(), &header, sizeof header);
    for (std::size_t i = 0; i < parts.size(); ++i, at = blob.size()) {
        const std::size_t bytes = parts[i].entry_bytes * parts[i].count;
        const imc_section section{parts[i].kind, parts[i].entry_bytes, at, parts[i].count};
        blob.resize(aligned(at + bytes));
        std::memcpy(blob.data() + sizeof header + i * sizeof section, &section, sizeof section);
        std::memcpy(blob.data() + at, parts[i].data, bytes);
    }
    return blob;
}

/// A blob with 8-bit weights and requantisation entries.
inline std::vector<std::uint8_t> blob_of(const std::vector<std::int8_t>& weights,
                                         const std::vector<imc_requant>& entries)
{
    return blob_of({{IMC_SECTION_WEIGHTS_I8, 1, weights.data(), weights.size()},
                    {IMC_SECTION_REQUANT, sizeof(imc_requant), entries.data(), entries.size()}});
}

/// A 3 x 3 convolution of 6 to 5 channels, 7 x 7 to 4 x 4, K = 54.
inline imc_stage conv_stage()
{
    imc_stage s{};
    s.op = IMC_STAGE_CONV;
    s.requant = IMC_REQUANT_NONE;
    s.streams = s.copies = s.unit_rows = s.groups = 1;
    s.out_channels = s.channel_end = 5;
    s.out_height = s.out_width = 4;
    s.kernel_h = s.kernel_w = 3;
    s.stride_h = s.stride_w = 2;
    s.dilation_h = s.dilation_w = 1;
    s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
    s.weight_bits = 8;
    s.out_min = -1000000;
    s.out_max = 1000000;
    s.arrays = 96;
    s.in[0].channels = 6;
    s.in[0].height = s.in[0].width = 7;
    s.in[0].bits = 8;
    s.in[0].pad_code = 3;
    return s;
}

}  // namespace imc::test
