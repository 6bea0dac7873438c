// SPDX-License-Identifier: Apache-2.0
/// Numbers as people read them: SI prefixes, a few significant digits, thousands separated.
#pragma once

#include <cstdint>
#include <string>

namespace imc::report {

/// A unit with prefix and the factor that brings a base value to it, e.g. {1e6, "µs"}.
struct ScaledUnit {
    double factor = 1.0;
    std::string name;
};

/// The prefix that shows `largest` as 1 to 999; no prefix for units that take none ("", "%",
/// "mm²").
ScaledUnit scaled_unit(double largest, const std::string& unit);

/// `value` with `digits` significant digits, never in exponent form between 1e-6 and 1e15, "-" if
/// it is not finite.
std::string significant(double value, int digits = 4);

/// E.g. si(1.234e-5, "s") = "12.34 µs".
std::string si(double value, const std::string& unit, int digits = 4);

/// Long times as people count them: seconds to 2 minutes, then minutes, hours, days, years of
/// 365.25 days; e.g. "12.3 days".
std::string long_time(double seconds);

/// E.g. "1,234,567".
std::string grouped(std::uint64_t value);

/// E.g. scaled_count(11173962) = "11.2 M".
std::string scaled_count(std::uint64_t value);

/// E.g. counted(1, "tile") = "1 tile", counted(1200, "tile") = "1,200 tiles".
std::string counted(std::uint64_t count, const std::string& thing);

/// A mean count: whole numbers grouped, others with four digits.
std::string count_text(double value);

/// E.g. percent(0.1234) = "12.3 %".
std::string percent(double share);

}  // namespace imc::report
