// SPDX-License-Identifier: Apache-2.0
#include "report/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace imc::report {

namespace {

/// Exponent of the leading digit after rounding to `digits`, so that 999.96 counts as 1000.
int leading_exponent(double value, int digits)
{
    const int exponent = static_cast<int>(std::floor(std::log10(value)));
    const double scale = std::pow(10.0, digits - 1 - exponent);
    return std::round(value * scale) >= std::pow(10.0, digits) ? exponent + 1 : exponent;
}

bool takes_prefix(const std::string& unit)
{
    return !unit.empty() && unit != "%" && unit != "mm²" && unit != "dB" && unit != "bit" &&
           unit != "images/s";
}

}  // namespace

ScaledUnit scaled_unit(double largest, const std::string& unit)
{
    static const std::array<const char*, 13> prefixes{"a", "f", "p", "n", "µ", "m", "",
                                                      "k", "M", "G", "T", "P", "E"};
    largest = std::fabs(largest);
    if (!takes_prefix(unit) || !std::isfinite(largest) || largest == 0.0) return {1.0, unit};
    const int thousands = static_cast<int>(std::floor(leading_exponent(largest, 4) / 3.0));
    const int index = std::clamp(thousands + 6, 0, 12);
    return {std::pow(1000.0, 6 - index), prefixes[static_cast<std::size_t>(index)] + unit};
}

std::string significant(double value, int digits)
{
    if (!std::isfinite(value)) return "-";
    if (value == 0.0) return "0";
    const int exponent = leading_exponent(std::fabs(value), digits);
    char text[64];
    if (exponent < -6 || exponent >= 15)
        std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
    else
        std::snprintf(text, sizeof text, "%.*f", std::max(0, digits - 1 - exponent), value);
    return text;
}

std::string si(double value, const std::string& unit, int digits)
{
    const ScaledUnit scaled = scaled_unit(value, unit);
    return significant(value * scaled.factor, digits) +
           (scaled.name.empty() ? "" : " " + scaled.name);
}

std::string long_time(double seconds)
{
    struct Unit {
        double s;
        const char* name;
    };
    constexpr Unit units[] = {
        {365.25 * 86400, "years"}, {86400, "days"}, {3600, "hours"}, {60, "minutes"}};
    for (const Unit& unit : units) {
        const double count = seconds / unit.s;
        if (count < 2.0) continue;
        if (count < 1e4) return significant(count, 3) + " " + unit.name;
        return count < 1e15
                   ? grouped(static_cast<std::uint64_t>(std::llround(count))) + " " + unit.name
                   : significant(count, 3) + " " + unit.name;
    }
    return si(seconds, "s");
}

std::string grouped(std::uint64_t value)
{
    std::string digits = std::to_string(value);
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

std::string scaled_count(std::uint64_t value)
{
    if (value < 1000) return std::to_string(value);
    const std::string text = si(static_cast<double>(value), "#", 3);  // '#' only asks for a prefix
    return text.substr(0, text.size() - 1);
}

std::string counted(std::uint64_t count, const std::string& thing)
{
    return grouped(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string count_text(double value)
{
    if (value >= 0 && value < 1e15 && value == std::floor(value))
        return grouped(static_cast<std::uint64_t>(value));
    return significant(value);
}

std::string percent(double share)
{
    if (share > 0 && share < 0.0005) return "< 0.1 %";
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
    return text;
}

}  // namespace imc::report
