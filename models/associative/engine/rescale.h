// SPDX-License-Identifier: Apache-2.0
/// Requantisation on an associative processor: scale by a constant, add a constant, drop columns,
/// saturate. Docs: docs/models/associative.md, "Requantisation".
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "associative/kernel/word_unit.h"
#include "imcvp/program.h"

namespace imc::associative {

__extension__ using Wide = __int128;

/// Bits needed for an unsigned value, at least 1.
int bit_length(Wide value);

/// What turns a word w of 0 .. highest into a code: clamp(floor((w x multiplier + constant) /
/// (count x 2^shift)), 0, top).
struct Rescale {
    std::uint64_t highest = 0;     ///< largest word
    std::uint64_t multiplier = 1;  ///< above 0
    bool complement = false;       ///< words go in as highest - w (a negative multiplier)
    Wide constant = 0;
    int shift = 0;
    std::uint64_t count = 1;  ///< cells of an average, 1 otherwise
    std::uint64_t top = 255;

    bool is_identity() const
    {
        return multiplier == 1 && !complement && constant == 0 && shift == 0 && count == 1 &&
               highest <= top;
    }
};

/// The rescaling of words w = x - lowest_x, x being the accumulator before its bias, by a
/// requantisation entry (kinds NONE and DYADIC). `multiplied_bias`: the bias is in units of the
/// product (affine layers). Throws InputError for other kinds: the compiler converts them.
struct Range {
    std::int64_t lowest = 0;    ///< x of word 0
    std::uint64_t highest = 0;  ///< largest word
};
/// Codes of an input: the lowest, and the largest of them less the lowest.
inline Range code_range(const imc_stream& in)
{
    return {in.is_signed ? -(std::int64_t{1} << (in.bits - 1)) : 0,
            (std::uint64_t{1} << in.bits) - 1};
}

Rescale rescale_of(const imc_stage& stage, const imc_requant& entry, const Range& range,
                   bool multiplied_bias, std::uint64_t count = 1);

/// An addition: every stream by its constant, one rounding of the sum.
struct SumRescale {
    std::vector<Rescale> terms;
    Rescale whole;
    Wide highest = 0;  ///< sum of the terms' highest
};
SumRescale sum_rescale_of(const imc_stage& stage, const std::vector<imc_requant>& entries);

/// Runs it; `words` gives the words of a stream, one a row.
void run_sum(WordUnit& unit, const SumRescale& sum,
             const std::function<std::vector<std::uint64_t>(unsigned stream)>& words,
             std::uint64_t* codes);

/// Runs it on `words` (one a row, 0 .. highest) and reads the codes back, less the output's lowest.
void run_rescale(WordUnit& unit, const Rescale& rescale, const std::uint64_t* words,
                 std::uint64_t* codes);

/// The second half: `p` holds values of which 0 <= value <= highest; adds the constant, drops
/// columns, saturates, divides by `count`, and leaves the code in the returned register.
WordUnit::Register finish_rescale(WordUnit& unit, WordUnit::Register p, Wide highest,
                                  const Rescale& rescale);

/// Columns of p that finish_rescale needs. Throws InputError beyond 62.
int rescale_columns(Wide highest, const Rescale& rescale);

/// w <- a x multiplier in a fresh register of `columns` columns.
WordUnit::Register load_product(WordUnit& unit, const std::uint64_t* words, const Rescale& rescale,
                                int columns);

}  // namespace imc::associative
