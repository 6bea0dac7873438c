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
        default:
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

double relative_conversion_time(double bits, Scaling scaling)
{
    if (scaling == Scaling::technology || scaling == Scaling::flash) return 1.0;
    return (std::log2(levels(bits)) + 2.0) / (isaac_bits + 2.0);
}

std::string by_bits(const std::string& key, double bits)
{
    return bits == 1.5 ? key + "_ternary"
                       : key + "_" + std::to_string(static_cast<int>(bits)) + "bit";
}

double conversion_pj(const Technology& technology, double bits, Scaling scaling)
{
    if (scaling == Scaling::capacitive) return between(bits, &Point::energy_pj);
    if (scaling != Scaling::technology) return isaac_energy_pj * relative(bits, scaling);
    const std::string key = by_bits("adc.conversion_pj", bits);
    return technology.has(key) ? technology.get(key) : technology.get("adc.conversion_pj");
}

double converter_mm2(const Technology& technology, double bits, Scaling scaling)
{
    if (scaling == Scaling::capacitive) return between(bits, &Point::area_mm2);
    if (scaling != Scaling::technology) return isaac_area_mm2 * relative(bits, scaling);
    return technology.get_or(by_bits("adc.area_mm2", bits), technology.get_or("adc.area_mm2", 0.0));
}

std::uint64_t conversion_rounds(std::uint64_t conversions, unsigned converters)
{
    return (conversions + converters - 1) / converters;
}

}  // namespace imc::adc
