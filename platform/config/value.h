// SPDX-License-Identifier: Apache-2.0
/// A YAML document as a plain tree that remembers where each value stands. Duplicate keys,
/// octal-looking numbers, several documents and endless aliases are errors here, so that nothing
/// behind this has to think of them.
#pragma once

#include "config/errors.h"

#include <filesystem>
#include <string>
#include <vector>

namespace imc::config {

struct Entry;

struct Value {
    enum class Kind { null, scalar, list, map };
    Kind kind = Kind::null;
    std::string text;     ///< of a scalar
    bool quoted = false;  ///< a scalar in quotes is text, never a number
    Place place;
    std::vector<Value> items;    ///< of a list
    std::vector<Entry> entries;  ///< of a map, in the order of the file

    bool is_map() const { return kind == Kind::map; }
    bool is_list() const { return kind == Kind::list; }
    bool is_scalar() const { return kind == Kind::scalar; }
    const Value* find(const std::string& key) const;
    Value* find(const std::string& key);
    /// The kind in words, for messages: "a map", "a list", "a value", "nothing".
    const char* kind_text() const;
};

struct Entry {
    std::string key;
    Place place;
    Value value;
};

/// Reads a YAML file whose top is a map; `shown` is its name in messages. Every error goes to
/// `errors`; what could not be read is null.
Value load_yaml(const std::filesystem::path& path, const std::string& shown, Errors& errors);

/// Parses the value of a command line override (`4`, `[9, 8]`, `{layer1: 2}`); `place` names the
/// override.
Value parse_override(const std::string& text, const Place& place, Errors& errors);

/// `base` with the entries of `overlay` put over it, maps merged key by key.
Value overlaid(const Value& base, const Value& overlay);

}  // namespace imc::config
