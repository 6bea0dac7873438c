// SPDX-License-Identifier: Apache-2.0
#include "config/scalars.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace imc::config {

namespace {

/// The plain text of a scalar, or an error that says what was expected.
bool plain(const Value& value, const std::string& key, const std::string& expected, Errors& errors)
{
    if (value.is_scalar() && !value.quoted) return true;
    errors.add(value.place, key,
               value.is_scalar() ? fmt::format("'{}' is text", value.text)
                                 : fmt::format("is {}", value.kind_text()),
               "write " + expected);
    return false;
}

bool has_exactly(const std::string& text, const char* end)
{
    return end == text.data() + text.size();
}

template <typename Integer>
bool parse_integer(const std::string& text, Integer& out)
{
    const bool hex = text.rfind("0x", 0) == 0;
    const char* first = text.data() + (hex ? 2 : text.rfind('+', 0) == 0 ? 1 : 0);
    const auto result = std::from_chars(first, text.data() + text.size(), out, hex ? 16 : 10);
    return result.ec == std::errc() && has_exactly(text, result.ptr);
}

/// `parsed` into `out` where it lies between the bounds; else an error that says what was expected.
template <typename Number>
bool take(const Value& value, const std::string& key, Number parsed, Number min, Number max,
          const std::string& expected, Number& out, Errors& errors)
{
    if (parsed < min || parsed > max) {
        errors.add(value.place, key, fmt::format("{} is out of range", value.text),
                   "write " + expected);
        return false;
    }
    out = parsed;
    return true;
}

template <typename Integer>
bool read_whole(const Value& value, const std::string& key, Integer min, Integer max, Integer& out,
                Errors& errors)
{
    const std::string expected = max == std::numeric_limits<Integer>::max()
                                     ? fmt::format("a whole number from {} on", min)
                                     : fmt::format("a whole number from {} to {}", min, max);
    if (!plain(value, key, expected, errors)) return false;
    Integer parsed{};
    if (!parse_integer(value.text, parsed)) {
        errors.add(value.place, key, fmt::format("'{}' is not a whole number in range", value.text),
                   "write " + expected);
        return false;
    }
    return take(value, key, parsed, min, max, expected, out, errors);
}

struct TimeUnit {
    const char* name;
    std::uint64_t ps;
};
constexpr std::array<TimeUnit, 5> time_units{
    {{"s", 1'000'000'000'000}, {"ms", 1'000'000'000}, {"us", 1'000'000}, {"ns", 1'000}, {"ps", 1}}};

bool parse_time(const std::string& text, std::uint64_t& out_ps)
{
    double number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc() || number < 0 || !std::isfinite(number)) return false;
    std::string unit(result.ptr, text.data() + text.size());
    unit.erase(0, unit.find_first_not_of(' '));
    if (number == 0 && unit.empty()) {
        out_ps = 0;
        return true;
    }
    for (const auto& known : time_units) {
        if (unit != known.name) continue;
        const double ps = number * static_cast<double>(known.ps);
        if (ps > 9e18) return false;
        out_ps = static_cast<std::uint64_t>(std::llround(ps));
        return true;
    }
    return false;
}

}  // namespace

bool read_integer(const Value& value, const std::string& key, std::uint64_t min, std::uint64_t max,
                  std::uint64_t& out, Errors& errors)
{
    return read_whole(value, key, min, max, out, errors);
}

bool read_signed(const Value& value, const std::string& key, std::int64_t min, std::int64_t max,
                 std::int64_t& out, Errors& errors)
{
    return read_whole(value, key, min, max, out, errors);
}

bool read_number(const Value& value, const std::string& key, double min, double max, double& out,
                 Errors& errors)
{
    const std::string expected = std::isinf(max) ? fmt::format("a number from {} on", min)
                                                 : fmt::format("a number from {} to {}", min, max);
    if (!plain(value, key, expected, errors)) return false;
    double parsed = 0;
    const char* first = value.text.data() + (value.text.rfind('+', 0) == 0 ? 1 : 0);
    const auto result = std::from_chars(first, value.text.data() + value.text.size(), parsed);
    if (result.ec != std::errc() || !has_exactly(value.text, result.ptr) ||
        !std::isfinite(parsed)) {
        errors.add(value.place, key, fmt::format("'{}' is not a number", value.text),
                   "write " + expected);
        return false;
    }
    return take(value, key, parsed, min, max, expected, out, errors);
}

bool read_bool(const Value& value, const std::string& key, bool& out, Errors& errors)
{
    if (!plain(value, key, "true or false", errors)) return false;
    if (value.text != "true" && value.text != "false") {
        errors.add(value.place, key, fmt::format("'{}' is not a truth value", value.text),
                   "write true or false");
        return false;
    }
    out = value.text == "true";
    return true;
}

bool read_text(const Value& value, const std::string& key, std::string& out, Errors& errors)
{
    if (!value.is_scalar()) {
        errors.add(value.place, key, fmt::format("is {}", value.kind_text()), "write a text");
        return false;
    }
    if (value.text.empty()) {
        errors.add(value.place, key, "is empty", "write a text, or leave the key out");
        return false;
    }
    out = value.text;
    return true;
}

bool read_choice(const Value& value, const std::string& key, const std::vector<std::string>& words,
                 std::size_t& out, Errors& errors)
{
    const std::string expected = alternatives(words);
    if (!value.is_scalar()) {
        errors.add(value.place, key, fmt::format("is {}", value.kind_text()), "write " + expected);
        return false;
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] != value.text) continue;
        out = i;
        return true;
    }
    const std::string near = nearest(value.text, words);
    errors.add(
        value.place, key, fmt::format("'{}' is not known here", value.text),
        (near.empty() ? "" : fmt::format("did you mean '{}'? ", near)) + "write " + expected);
    return false;
}

bool read_time(const Value& value, const std::string& key, std::uint64_t& out_ps, Errors& errors)
{
    const char* expected = "write a time with its unit (s, ms, us, ns, ps), such as `10 us`";
    if (!value.is_scalar()) {
        errors.add(value.place, key, fmt::format("is {}", value.kind_text()), expected);
        return false;
    }
    if (!parse_time(value.text, out_ps)) {
        errors.add(value.place, key, fmt::format("'{}' is not a time", value.text), expected);
        return false;
    }
    return true;
}

std::string yaml_text(const std::string& text)
{
    const bool safe_letters = text.find_first_not_of(
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_./- ") == std::string::npos;
    double number = 0;
    const bool numeric =
        std::from_chars(text.data(), text.data() + text.size(), number).ptr != text.data() ||
        text == "true" || text == "false" || text == "null";
    if (!text.empty() && safe_letters && !numeric && text.front() != ' ' && text.back() != ' ' &&
        text[0] != '-')
        return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        if (c == '\n')
            quoted += "\\n";
        else
            quoted += c;
    }
    return quoted + "\"";
}

std::string yaml_number(double number)
{
    return fmt::format("{}", number);
}

std::string yaml_time(std::uint64_t ps)
{
    if (ps == 0) return "0";
    for (const auto& unit : time_units) {
        if (ps % unit.ps == 0) return fmt::format("{} {}", ps / unit.ps, unit.name);
    }
    return fmt::format("{} ps", ps);
}

std::string yaml_flow(const Value& value)
{
    std::string text;
    switch (value.kind) {
        case Value::Kind::null:
            return "null";
        case Value::Kind::scalar:
            return value.quoted ? '"' + value.text + '"' : value.text;
        case Value::Kind::list:
            for (const auto& item : value.items)
                text += (text.empty() ? "" : ", ") + yaml_flow(item);
            return "[" + text + "]";
        case Value::Kind::map:
            for (const auto& entry : value.entries)
                text += (text.empty() ? "" : ", ") + yaml_text(entry.key) + ": " +
                        yaml_flow(entry.value);
            return "{" + text + "}";
    }
    return text;
}

}  // namespace imc::config
