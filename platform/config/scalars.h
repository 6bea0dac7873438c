// SPDX-License-Identifier: Apache-2.0
/// Reading and writing of single values: each reader checks type and range and reports what is
/// wrong at its place.
#pragma once

#include "config/value.h"

#include <cstdint>
#include <string>
#include <vector>

namespace imc::config {

/// Each returns false after an error; `key` is the dotted name for the message.
bool read_integer(const Value& value, const std::string& key, std::uint64_t min, std::uint64_t max,
                  std::uint64_t& out, Errors& errors);
bool read_signed(const Value& value, const std::string& key, std::int64_t min, std::int64_t max,
                 std::int64_t& out, Errors& errors);
bool read_number(const Value& value, const std::string& key, double min, double max, double& out,
                 Errors& errors);
bool read_bool(const Value& value, const std::string& key, bool& out, Errors& errors);
bool read_text(const Value& value, const std::string& key, std::string& out, Errors& errors);
/// Index in `words`.
bool read_choice(const Value& value, const std::string& key, const std::vector<std::string>& words,
                 std::size_t& out, Errors& errors);
/// A time with its unit (`10 us`), or 0; picoseconds.
bool read_time(const Value& value, const std::string& key, std::uint64_t& out_ps, Errors& errors);

/// Text as YAML: quoted where it would otherwise be read as something else.
std::string yaml_text(const std::string& text);
/// Shortest decimal that reads back as the same double.
std::string yaml_number(double number);
std::string yaml_time(std::uint64_t ps);
/// `value` as one line of YAML in flow style.
std::string yaml_flow(const Value& value);

}  // namespace imc::config
