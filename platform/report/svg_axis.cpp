// SPDX-License-Identifier: Apache-2.0
#include "report/svg_axis.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace imc::report {

std::vector<double> linear_ticks(double low, double high, int wanted)
{
    if (!(high > low) || wanted < 1) return {low};
    const double rough = (high - low) / wanted;
    const double decade = std::pow(10.0, std::floor(std::log10(rough)));
    double step = 10 * decade;
    for (const double nice : {1.0, 2.0, 2.5, 5.0})
        if (nice * decade >= rough * (1 - 1e-9)) {
            step = nice * decade;
            break;
        }
    std::vector<double> ticks;
    for (double n = std::ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; ++n)
        ticks.push_back(n == 0.0 ? 0.0 : n * step);
    return ticks;
}

std::vector<double> log_ticks(double low, double high, int wanted)
{
    const int first = static_cast<int>(std::floor(std::log10(low) + 1e-9));
    const int last = static_cast<int>(std::ceil(std::log10(high) - 1e-9));
    const int stride = std::max(1, (last - first + wanted - 1) / std::max(1, wanted));
    const bool few = high / low < 300;
    std::vector<double> ticks;
    for (int e = first; e <= last; e += stride)
        for (const double mantissa : {1.0, 2.0, 5.0}) {
            const double value = mantissa * std::pow(10.0, e);
            if (mantissa != 1.0 && !few) continue;
            if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push_back(value);
        }
    return ticks;
}

Axis::Axis(double low, double high, double pixel_low, double pixel_high, bool logarithmic)
    : m_low(low),
      m_high(high > low ? high : low + 1.0),
      m_pixel_low(pixel_low),
      m_pixel_high(pixel_high),
      m_logarithmic(logarithmic && low > 0)
{
}

double Axis::pixel(double value) const
{
    const double share = m_logarithmic
                             ? std::log(std::max(value, m_low) / m_low) / std::log(m_high / m_low)
                             : (value - m_low) / (m_high - m_low);
    return m_pixel_low + share * (m_pixel_high - m_pixel_low);
}

std::vector<double> Axis::ticks(int wanted) const
{
    return m_logarithmic ? log_ticks(m_low, m_high, wanted) : linear_ticks(m_low, m_high, wanted);
}

std::string tick_text(double value, const ScaledUnit& unit)
{
    char text[48];
    std::snprintf(text, sizeof text, "%.5g", value * unit.factor);
    return text;
}

std::string axis_title(const std::string& name, const ScaledUnit& unit)
{
    return unit.name.empty() ? name : name + " (" + unit.name + ")";
}

}  // namespace imc::report
