// SPDX-License-Identifier: Apache-2.0
#include "adc/cost/adc_cost.h"

#include <cmath>
#include <string>

#include "common/error.h"

namespace imc::adc {

namespace {

constexpr double isaac_energy_pj = 2.0e-3 / 1.2e9 * 1e12;  // 2 mW at 1.2 GS/s
constexpr double isaac_area_mm2 = 1200e-6;
constexpr double isaac_bits = 8.0;

/// A published point of a converter family.
struct Point {
    double bits, energy_pj, area_mm2;
};

/// Accelergy library plug-in, ISAAC's ADC scaled by its capacitive DAC (bwq.md section 4).
constexpr Point capacitive_points[] = {
    {4, 0.79, 361e-6}, {5, 0.99, 477e-6}, {7, 1.42, 845e-6}, {8, isaac_energy_pj, isaac_area_mm2}};

double between(double bits, double Point::*value)
{
    const Point* p = capacitive_points;
    if (bits < p->bits)
        return p->*value * levels(bits) / levels(p->bits);  // below the family: by its levels
    while (p + 2 < capacitive_points + 4 && bits > p[1].bits)
        ++p;
    return p[0].*value + (p[1].*value - p[0].*value) / (p[1].bits - p[0].bits) * (bits - p[0].bits);
}

double relative(double bits, Scaling scaling)
{
    const auto exponential = [](double b) { return levels(b) / (std::log2(levels(b)) + 1.0); };
    switch (scaling) {
        case Scaling::flash:
            return (levels(bits) - 1.0) / (levels(isaac_bits) - 1.0);
        case Scaling::linear:
            return std::log2(levels(bits)) / isaac_bits;
        case Scaling::isaac_sre:
        case Scaling::capacitive:
            break;
    }
    return exponential(bits) / exponential(isaac_bits);
}

}  // namespace

double levels(double bits)
{
    if (bits < 1.0 || bits > 16.0)
        throw InputError("ADC: resolution of " + std::to_string(bits) + " bits; must be 1 to 16");
    return bits == 1.5 ? 3.0 : std::exp2(bits);
}

double conversion_energy_pj(double bits, Scaling scaling)
{
    if (scaling == Scaling::capacitive) return between(bits, &Point::energy_pj);
    return isaac_energy_pj * relative(bits, scaling);
}

double area_mm2(double bits, Scaling scaling)
{
    if (scaling == Scaling::capacitive) return between(bits, &Point::area_mm2);
    return isaac_area_mm2 * relative(bits, scaling);
}

std::uint64_t conversion_cycles(std::uint64_t conversions, unsigned converters)
{
    return (conversions + converters - 1) / converters;
}

}  // namespace imc::adc
