// SPDX-License-Identifier: Apache-2.0
/// Converters with a step and a centre of their own for each column (ColumnQuant, columnquant.md
/// section 8).
#pragma once

#include <cstdint>
#include <vector>

#include "imcvp/program.h"

namespace imc::adc {

/// Codes around the centre: b bits -2^(b-1) .. 2^(b-1)-1; 1 bit 0 .. 1; 1.5 bits (ternary) -1 .. 1.
struct CodeRange {
    std::int32_t low = -128;
    std::int32_t high = 127;

    /// Throws InputError unless bits is 1, 1.5 or a whole number from 2 to 16.
    static CodeRange of_bits(double bits);
};

/// The constants of a row of columns, each array `padded` long; columns beyond `count` convert to 0
/// and count no clips.
struct ColumnConstants {
    int count = 0;
    int padded = 0;
    std::vector<double> inverse;  ///< 1 / step
    std::vector<double> base;     ///< added to the sum before it is scaled
    std::vector<double> low;      ///< lowest code, centre included
    std::vector<double> high;
    std::vector<double> weight;  ///< scale word x weight of the slice

    /// `columns` constants, rounded up to a multiple of 16.
    explicit ColumnConstants(int columns);
    /// Throws InputError for a step that is not a positive float32, a scale that is not a whole
    /// number below 2^31, or a centre beyond +-2^20.
    void set(int column, const imc_column_adc& adc, CodeRange range, std::int64_t slice_weight);
};

/// code = clamp(round_half_even(sum / step), centre + low, centre + high), of one sum. The
/// reference for tests and tools.
std::int32_t convert_one(double sum, const imc_column_adc& adc, CodeRange range);

}  // namespace imc::adc
