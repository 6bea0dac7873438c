// SPDX-License-Identifier: Apache-2.0
/// A section of the scenario as a table: each key once, with type, range, default and help.
/// Reading, validation, `vp config`, the lock file and the reference page all come from it.
/// Defaults are those of the C++ struct behind the section.
#pragma once

#include "config/scalars.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>

namespace imc::config {

/// A file as the scenario names it, and where it was found ("" if it was not).
struct FileName {
    std::string name;
    std::filesystem::path path;
    bool given() const { return !name.empty(); }
};

/// What a pass over a scenario collects beside the values.
struct Reader {
    Errors& errors;
    std::vector<std::filesystem::path> folders;  ///< where file names are looked up, in this order
    std::map<std::string, Place> places;         ///< of every key that was given
    std::vector<std::string> included;           ///< files, each before those that it includes

    /// The place of `path`, or of the nearest key above it that was given.
    Place place(std::string path) const;
    /// Looks `value` up; reports it if there is no such file.
    bool read_file(const Value& value, const std::string& key, FileName& out);
};

/// A key as the reference page and `vp config --keys` show it.
struct KeyInfo {
    std::string path, type, unit, fallback, help;
};

/// A key with its effective value.
struct Setting {
    std::string path, value, unit, help;
};

std::string below(const std::string& path, const std::string& key);
/// Reports every entry of `map` that is not in `known`.
void report_unknown(const Value& map, const std::string& path,
                    const std::vector<std::string>& known, Errors& errors);

template <typename T>
class Table {
public:
    explicit Table(std::string help) : m_help(std::move(help)) {}

    template <typename M>
    Table& integer(const char* name, M T::*member, std::uint64_t min, std::uint64_t max,
                   const char* unit, const char* help)
    {
        const std::string type = max == unlimited ? fmt::format("whole number >= {}", min)
                                                  : fmt::format("whole number {}..{}", min, max);
        return add(
            name, type, unit, help,
            [=](T& to, const Value& value, const std::string& key, Reader& reader) {
                std::uint64_t read = 0;
                if (read_integer(value, key, min, max, read, reader.errors))
                    to.*member = static_cast<M>(read);
            },
            [=](const T& from) { return fmt::format("{}", from.*member); });
    }

    Table& number(const char* name, double T::*member, double min, double max, const char* unit,
                  const char* help)
    {
        const std::string type = std::isinf(max) ? fmt::format("number >= {}", min)
                                                 : fmt::format("number {}..{}", min, max);
        return add(
            name, type, unit, help,
            [=](T& to, const Value& value, const std::string& key, Reader& reader) {
                read_number(value, key, min, max, to.*member, reader.errors);
            },
            [=](const T& from) { return yaml_number(from.*member); });
    }

    Table& boolean(const char* name, bool T::*member, const char* help)
    {
        return add(
            name, "true | false", "", help,
            [=](T& to, const Value& value, const std::string& key, Reader& reader) {
                read_bool(value, key, to.*member, reader.errors);
            },
            [=](const T& from) { return from.*member ? "true" : "false"; });
    }

    Table& text(const char* name, std::string T::*member, const char* help)
    {
        return add(
            name, "text", "", help,
            [=](T& to, const Value& value, const std::string& key, Reader& reader) {
                read_text(value, key, to.*member, reader.errors);
            },
            [=](const T& from) { return (from.*member).empty() ? "" : yaml_text(from.*member); });
    }

    Table& file(const char* name, FileName T::*member, const char* help)
    {
        return add(
            name, "file", "", help,
            [=](T& to, const Value& value, const std::string& key, Reader& reader) {
                reader.read_file(value, key, to.*member);
            },
            [=](const T& from) {
                return (from.*member).given() ? yaml_text((from.*member).name) : "";
            });
    }

    /// 0 stands for "not set".
    Table& time(const char* name, std::uint64_t T::*member_ps, const char* help)
    {
        return add(
            name, "time", "", help,
            [=](T& to, const Value& value, const std::string& key, Reader& reader) {
                read_time(value, key, to.*member_ps, reader.errors);
            },
            [=](const T& from) { return yaml_time(from.*member_ps); });
    }

    /// `words[i]` stands for the enumerator with value i.
    template <typename Enum>
    Table& choice(const char* name, Enum T::*member, std::vector<std::string> words,
                  const char* help)
    {
        std::string type;
        for (const auto& word : words)
            type += (type.empty() ? "" : " | ") + word;
        return add(
            name, type, "", help,
            [=](T& to, const Value& value, const std::string& key, Reader& reader) {
                std::size_t read = 0;
                if (read_choice(value, key, words, read, reader.errors))
                    to.*member = static_cast<Enum>(read);
            },
            [=](const T& from) { return words[static_cast<std::size_t>(from.*member)]; });
    }

    using Read = std::function<void(T&, const Value&, const std::string& key, Reader&)>;
    using Print = std::function<std::string(const T&)>;  ///< YAML flow text; "" = not set

    /// A key with a reader of its own.
    Table& add(const char* name, std::string type, const char* unit, const char* help, Read read,
               Print print)
    {
        Field field;
        field.info = {name, std::move(type), unit, print(T{}), help};
        field.read = std::move(read);
        field.print = std::move(print);
        m_fields.push_back(std::move(field));
        return *this;
    }

    /// The key must be given.
    Table& required()
    {
        m_fields.back().required = true;
        return *this;
    }

    /// A map below this one.
    template <typename S>
    Table& section(const char* name, S T::*member, const Table<S>& table)
    {
        const auto shared = std::make_shared<Table<S>>(table);
        Field field;
        field.info = {name, "map", "", "", table.help()};
        field.read = [=](T& to, const Value& value, const std::string& key, Reader& reader) {
            shared->read(to.*member, value, key, reader);
        };
        field.list = [=](const T& from, const std::string& path, std::vector<Setting>& out) {
            shared->list(from.*member, path, out);
        };
        field.describe = [=](const std::string& path, std::vector<KeyInfo>& out) {
            shared->describe(path, out);
        };
        m_fields.push_back(std::move(field));
        return *this;
    }

    const std::string& help() const { return m_help; }

    /// Reads `map` into `to`: unknown keys, wrong types and values out of range become errors.
    void read(T& to, const Value& map, const std::string& path, Reader& reader) const
    {
        reader.places.emplace(path, map.place);
        if (!map.is_map()) {
            reader.errors.add(map.place, path, std::string("is ") + map.kind_text(),
                              "write a map of " + key_list());
            return;
        }
        report_unknown(map, path, names(), reader.errors);
        for (const auto& field : m_fields) {
            const std::string key = below(path, field.info.path);
            const Value* value = map.find(field.info.path);
            if (value) {
                reader.places.emplace(key, value->place);
                field.read(to, *value, key, reader);
            } else if (field.required) {
                reader.errors.add(map.place, key, "is missing", "add it: " + field.info.help);
            }
        }
    }

    void list(const T& from, const std::string& path, std::vector<Setting>& out) const
    {
        for (const auto& field : m_fields) {
            const std::string key = below(path, field.info.path);
            if (field.list)
                field.list(from, key, out);
            else
                out.push_back({key, field.print(from), field.info.unit, field.info.help});
        }
    }

    void describe(const std::string& path, std::vector<KeyInfo>& out) const
    {
        for (const auto& field : m_fields) {
            KeyInfo info = field.info;
            info.path = below(path, info.path);
            if (field.describe) {
                out.push_back(info);
                field.describe(info.path, out);
            } else {
                if (field.required) info.fallback = "(required)";
                out.push_back(info);
            }
        }
    }

    std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (const auto& field : m_fields)
            all.push_back(field.info.path);
        return all;
    }

private:
    struct Field {
        KeyInfo info;
        bool required = false;
        Read read;
        Print print;
        std::function<void(const T&, const std::string&, std::vector<Setting>&)> list;
        std::function<void(const std::string&, std::vector<KeyInfo>&)> describe;
    };

    std::string key_list() const
    {
        std::string all;
        for (const auto& name : names())
            all += (all.empty() ? "" : ", ") + name;
        return all;
    }

    std::string m_help;
    std::vector<Field> m_fields;

public:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace imc::config
