// SPDX-License-Identifier: Apache-2.0
/// Axes: round ticks, linear and logarithmic, values to pixels.
#pragma once

#include "report/units.h"

#include <string>
#include <vector>

namespace imc::report {

/// About `wanted` multiples of 1, 2, 2.5 or 5 times a power of ten that cover [low, high]'s inside.
std::vector<double> linear_ticks(double low, double high, int wanted);

/// Powers of ten within [low, high] (both > 0), thinned to about `wanted`; 2 and 5 between them
/// where there are few.
std::vector<double> log_ticks(double low, double high, int wanted);

/// Maps values to pixels; `low` at pixel_low.
class Axis {
public:
    Axis(double low, double high, double pixel_low, double pixel_high, bool logarithmic = false);

    double pixel(double value) const;
    std::vector<double> ticks(int wanted) const;
    double low() const { return m_low; }
    double high() const { return m_high; }

private:
    double m_low, m_high, m_pixel_low, m_pixel_high;
    bool m_logarithmic;
};

/// Tick label: `value` in the axis' scaled unit without superfluous zeros.
std::string tick_text(double value, const ScaledUnit& unit);

/// `name` with its unit in brackets, if it has one.
std::string axis_title(const std::string& name, const ScaledUnit& unit);

}  // namespace imc::report
