// SPDX-License-Identifier: Apache-2.0
/// Inner loops of RnaLayer, one implementation an instruction set. Internal to models/cam/kernel.
#pragma once

#include "cam/kernel/rna_layer.h"

namespace imc::cam {

/// Counts of one input vector for one block of outputs.
struct CountJob {
    const Line* onehot = nullptr;  ///< [weight lines][fan_in + 1]
    const Line* mask = nullptr;    ///< [weight lines][input codes]
    unsigned weight_lines = 1, fan_in = 0, input_codes = 0;
    unsigned words_of_outputs =
        1;  ///< words of a line that hold different outputs; the rest are further weight codes
    bool signed_digits = false;
    const std::uint16_t* order = nullptr;  ///< as in GroupedInputs, likewise start and size
    const std::uint32_t *start = nullptr, *size = nullptr;
    std::uint16_t* nonzero = nullptr;  ///< [64 * words_of_outputs], zero on entry
    std::uint16_t* addends = nullptr;  ///< likewise
};

void count_portable(const CountJob& job);
void count_avx2(const CountJob& job);
void count_avx512(const CountJob& job);

/// Sums of one input vector for 64 outputs.
struct LookupJob {
    const Line* codes = nullptr;     ///< [fan_in] weight codes of 64 outputs
    const TableRow* rows = nullptr;  ///< [input codes]
    unsigned weight_codes = 0, input_codes = 0;
    const std::uint16_t* order = nullptr;  ///< as in GroupedInputs, likewise start and size
    const std::uint32_t *start = nullptr, *size = nullptr;
    std::int32_t* sums = nullptr;  ///< [64], overwritten
};

void lookup_portable(const LookupJob& job);
void lookup_avx2(const LookupJob& job);
void lookup_avx512(const LookupJob& job);

}  // namespace imc::cam
