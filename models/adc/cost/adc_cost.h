// SPDX-License-Identifier: Apache-2.0
/// What a conversion costs. Pure functions of resolution and counts.
#pragma once

#include <cstdint>

namespace imc::adc {

/// How energy and area follow the resolution; all meet ISAAC's 8-bit converter (2 mW, 1.2 GS/s,
/// 1200 um2; ISCA 2016, Table I).
enum class Scaling {
    isaac_sre,   ///< 2^b / (b + 1): returns SRE's published 6-bit value (bwq.md section 4); the
                 ///< default
    capacitive,  ///< capacitive-DAC scaling of the Accelergy library, 4, 5, 7, 8 bits published,
                 ///< straight lines between
    flash,  ///< number of levels less one, i.e. comparators (JETC 18(4) 2022; 1 bit = 1 comparator,
            ///< ternary = 2)
    linear  ///< b / 8
};

/// Resolution as levels: 1.5 bits is ternary. Throws InputError outside 1 .. 16.
double levels(double bits);

/// Energy of one conversion, pJ.
double conversion_energy_pj(double bits, Scaling scaling = Scaling::isaac_sre);
/// Area of one converter, mm2, by the same scaling; isaac_sre scales as its energy.
double area_mm2(double bits, Scaling scaling = Scaling::isaac_sre);

/// Cycles for `conversions` shared by `converters`, one conversion a converter and cycle.
std::uint64_t conversion_cycles(std::uint64_t conversions, unsigned converters);

}  // namespace imc::adc
