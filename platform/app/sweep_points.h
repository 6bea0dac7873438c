// SPDX-License-Identifier: Apache-2.0
/// The points of a sweep: which keys take which values.
#pragma once

#include <string>
#include <vector>

namespace imc::app {

/// A key and its values, from `key.path=v1,v2,[a, b]`.
struct SweepAxis {
    std::string key;
    std::vector<std::string> values;
};

/// One run of a sweep: an override for each key, `key.path=value`.
using SweepPoint = std::vector<std::string>;

/// Throws InputError if `text` is no axis. Commas inside brackets belong to a value.
SweepAxis parse_axis(const std::string& text);

/// Every combination; the last axis changes fastest.
std::vector<SweepPoint> grid_points(const std::vector<SweepAxis>& axes);

/// Overrides separated by blanks, a point a line, or with several values of a key every combination
/// of the line; empty lines and lines that start with # are left out. Throws InputError.
std::vector<SweepPoint> list_points(const std::string& path);

/// Both sides of `key.path=value`.
std::string key_of(const std::string& override_text);
std::string value_of(const std::string& override_text);

}  // namespace imc::app
