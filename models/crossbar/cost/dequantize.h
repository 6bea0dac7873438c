// SPDX-License-Identifier: Apache-2.0
/// What it takes to turn the codes of ColumnQuant's converters into one accumulator: multipliers,
/// scale words, programmable references (columnquant.md section 4 and 8.5 to 8.8).
#pragma once

#include "common/technology.h"
#include "crossbar/config.h"
#include "imcvp/program.h"

#include <cstddef>
#include <cstdint>

namespace imc::crossbar {

/// The conversions of one output position of a layer's slice.
struct ColumnForm {
    unsigned polarities = 1, slices = 1, tiles = 1;
    unsigned outputs = 1;  ///< columns of a slice
    unsigned cell_bits = 2;
    double adc_bits = 4;        ///< 1, 1.5 (ternary), 2 to 16
    unsigned input_cycles = 1;  ///< reads of an array for one output position
    unsigned cycle_bits = 0;    ///< input bits that the later cycles add to a code

    std::uint64_t arrays(unsigned array_columns) const;
};

/// The form of a stage of scheme `column`, from its engine_arg (docs/models/crossbar.md).
ColumnForm column_form(const imc_stage& stage);

/// Which codes have the same scale word: they are shifted and added before one multiplication.
enum class WordSharing {
    output,     ///< all conversions of an output: one multiplication an output
    tile,       ///< the slices and polarities of an array: one an array and output
    conversion  ///< none: one a conversion
};

/// Events of one output position, and what must be stored for it. Input cycles are summed before
/// the multiplication, as the word does not depend on them.
struct DequantizeNeeds {
    WordSharing sharing = WordSharing::conversion;
    std::uint64_t multiplies = 0;
    unsigned operand_bits = 0;            ///< of the sum of codes that a word multiplies
    std::uint64_t scale_words = 0;        ///< stored; each is fetched once
    std::uint64_t reference_words = 0;    ///< stored steps and centres
    std::uint64_t reference_fetches = 0;  ///< of them, where a converter must change its reference
    std::uint64_t reference_updates = 0;  ///< references set anew, of all converters
    std::uint64_t conversions = 0;
};

/// Reads off the constants ([polarity][slice][tile][output]) what shares a word and what shares a
/// reference. Columns of an array are converted slice by slice; a converter changes its reference
/// between columns whose step or centre differ, unless each column has a converter of its own.
/// Throws InputError if `count` is not the form's number of conversions.
DequantizeNeeds dequantize_needs(const ColumnForm& form, const imc_column_adc* adc,
                                 std::size_t count, const Config& config);

/// The parts that a layer's slice has on its tile, mm2: word storage, multipliers that keep up with
/// the converters, one programmable reference a converter. Keys `dequantize.word_bits`,
/// `.reference_bits`, `.word_bit_mm2`, `.multiplier_bit_mm2`, `.reference_mm2`; throws InputError
/// naming one that is missing.
double dequantize_mm2(const DequantizeNeeds& needs, const ColumnForm& form, const Config& config,
                      const Technology& technology);

}  // namespace imc::crossbar
