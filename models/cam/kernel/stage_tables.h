// SPDX-License-Identifier: Apache-2.0
/// The tables of a stage as they lie in its blob: a head (IMC_SECTION_ENGINE) and int32 words
/// (IMC_SECTION_CODEBOOK). Weight codes are IMC_SECTION_WEIGHTS_I8.
#pragma once

#include "cam/kernel/code_ops.h"
#include "common/stage_engine.h"

#include <cstdint>
#include <vector>

namespace imc::cam {

/// Lengths of the tables, in the order in which their words stand.
struct CodebookHead {
    std::uint32_t scopes = 0, weight_codes = 0, input_codes = 0;  ///< products [scopes][w][u]
    std::uint32_t biases = 0;
    std::uint32_t decode_codes[2] = {0, 0};  ///< by stream
    std::uint32_t activation_rows = 0;       ///< keys, then values
    std::uint32_t encode_rows = 0;
    std::uint32_t product_bits = 0;
    std::uint32_t relu = 0;
    std::uint32_t search = 0;  ///< the Distance of every search of the stage
    std::uint32_t reserved = 0;
};
static_assert(sizeof(CodebookHead) == 48, "CodebookHead");

struct StageTables {
    CodebookHead head;
    std::vector<std::int32_t> product, bias, decode[2];
    std::vector<std::int32_t> activation_key, activation_value, encode_key;

    /// Words in the order of the head.
    std::vector<std::int32_t> words() const;
    /// Throws InputError for an encoder that matches exactly: a sum is hardly ever one of its keys.
    OutputStage output(std::int32_t min, std::int32_t max) const;
};

/// Throws InputError if a section is missing or the lengths do not agree.
StageTables read_tables(const Blob& blob);

}  // namespace imc::cam
