// SPDX-License-Identifier: Apache-2.0
/// A program that carries its network at several precisions: section IMC_SECTION_ENGINE of a
/// stage's blob. Image i runs at precision i mod their number; what changes are masks and loop
/// bounds, which costs nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "common/stage_engine.h"
#include "imcvp/program.h"

namespace imc::associative {

/// The section: a count, then one Precision each, then the blobs of all but the first, whose tables
/// are the blob's own. Offsets from the section's begin, multiples of 16.
struct Precision {
    std::uint8_t weight_bits, out_bits, out_signed, requant;
    std::uint8_t in_bits[IMC_MAX_STREAMS], in_signed[IMC_MAX_STREAMS];
    std::int32_t out_min, out_max, out_zero_point;
    std::int32_t pad_code[IMC_MAX_STREAMS];
    std::uint32_t blob_offset, blob_bytes;
    std::uint32_t reserved;
};
static_assert(sizeof(Precision) == 76, "part of the program format");

struct PrecisionHead {
    std::uint32_t count, reserved;
};

inline Precision precision_of(const imc_stage& stage)
{
    Precision p{};
    p.weight_bits = stage.weight_bits;
    p.out_bits = stage.out_bits;
    p.out_signed = stage.out_signed;
    p.requant = stage.requant;
    p.out_min = stage.out_min;
    p.out_max = stage.out_max;
    p.out_zero_point = stage.out_zero_point;
    for (unsigned s = 0; s < stage.streams; ++s) {
        p.in_bits[s] = stage.in[s].bits;
        p.in_signed[s] = stage.in[s].is_signed;
        p.pad_code[s] = stage.in[s].pad_code;
    }
    return p;
}

inline imc_stage at_precision(imc_stage stage, const Precision& p)
{
    stage.weight_bits = p.weight_bits;
    stage.out_bits = p.out_bits;
    stage.out_signed = p.out_signed;
    stage.requant = p.requant;
    stage.out_min = p.out_min;
    stage.out_max = p.out_max;
    stage.out_zero_point = p.out_zero_point;
    for (unsigned s = 0; s < stage.streams; ++s) {
        stage.in[s].bits = p.in_bits[s];
        stage.in[s].is_signed = p.in_signed[s];
        stage.in[s].pad_code = p.pad_code[s];
    }
    return stage;
}

/// The precisions of a blob; empty if it has one alone. Throws InputError for a section that
/// contradicts itself.
std::vector<Precision> read_precisions(const Blob& blob);

/// The tables of `precision`, not the first.
Blob precision_blob(const Blob& blob, const Precision& precision);

}  // namespace imc::associative
