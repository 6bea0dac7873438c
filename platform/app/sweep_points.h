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

/// A point a line: overrides separated by blanks; empty lines and lines that start with # are left
/// out. Throws InputError.
std::vector<SweepPoint> list_points(const std::string& path);

}  // namespace imc::app
