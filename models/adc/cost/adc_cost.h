// SPDX-License-Identifier: Apache-2.0
/// What a conversion costs. Pure functions of resolution and counts.
#pragma once

#include "common/technology.h"

#include <cstdint>
#include <string>

namespace imc::adc {

/// Where energy and area of a resolution come from: the technology's table, or a family of
/// converters that meets ISAAC's 8-bit one (2 mW, 1.2 GS/s, 1200 um2; ISCA 2016, Table I).
enum class Scaling {
    technology,  ///< the keys of the technology file
    isaac_sre,   ///< 2^b / (b + 1): returns SRE's published 6-bit value (bwq.md section 4)
    capacitive,  ///< capacitive-DAC scaling of the Accelergy library, 4, 5, 7, 8 bits published,
                 ///< straight lines between
    flash,  ///< number of levels less one, i.e. comparators (JETC 18(4) 2022; 1 bit = 1 comparator,
            ///< ternary = 2)
    linear  ///< b / 8
};

/// Resolution as levels: 1.5 bits is ternary. Throws InputError outside 1 .. 16.
double levels(double bits);

/// Energy of one conversion, pJ. Scaling::technology: key `adc.conversion_pj_<n>bit`, `_ternary`,
/// or plain `adc.conversion_pj`; throws InputError if the table has none of them.
double conversion_pj(const Technology& technology, double bits,
                     Scaling scaling = Scaling::technology);
/// Area of one converter, mm2, in the same manner (`adc.area_mm2_<n>bit`), 0 if the table has none;
/// isaac_sre scales as its energy.
double converter_mm2(const Technology& technology, double bits,
                     Scaling scaling = Scaling::technology);
/// Time of a conversion over that of an 8-bit one. Converters that decide bit by bit (SAR: ISAAC's,
/// Kull et al., JSSC 2013, which isaac_sre, capacitive and linear scale) take (b + 2) / 10 of it,
/// two cycles being the sampling (MNSIM 2.0, Hardware_Model/ADC.py; bwq.md 3.14, which finds BWQ's
/// OU sweep to need it). 1 for flash, which decides all levels at once, and for technology, whose
/// rate is the platform's `adc_gsps` at any resolution.
double relative_conversion_time(double bits, Scaling scaling);
/// "conversion_4bit", "conversion_ternary": names of keys and events by resolution.
std::string by_bits(const std::string& key, double bits);

/// Conversions one after the other where `converters` share `conversions`.
std::uint64_t conversion_rounds(std::uint64_t conversions, unsigned converters);

}  // namespace imc::adc
