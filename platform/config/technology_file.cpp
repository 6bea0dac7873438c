// SPDX-License-Identifier: Apache-2.0
#include "config/technology_file.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace imc::config {

namespace {

/// The unit that a key's name promises: `adc.area_mm2_8bit` -> mm2; "" if it promises none.
std::string unit_of(const std::string& key)
{
    constexpr std::array<std::pair<const char*, const char*>, 10> units{{{"pj", "pJ"},
                                                                         {"fj", "fJ"},
                                                                         {"w", "W"},
                                                                         {"mw", "mW"},
                                                                         {"mm2", "mm2"},
                                                                         {"um2", "um2"},
                                                                         {"ns", "ns"},
                                                                         {"ps", "ps"},
                                                                         {"v", "V"},
                                                                         {"f2", "F2"}}};
    std::size_t begin = key.rfind('.') + 1;
    while (begin <= key.size()) {
        const std::size_t end = std::min(key.find('_', begin), key.size());
        const std::string token = key.substr(begin, end - begin);
        for (const auto& [name, unit] : units) {
            if (token == name) return unit;
        }
        begin = end + 1;
    }
    return "";
}

class TechnologyReader {
public:
    TechnologyReader(Technology& to, Reader& reader) : m_to(to), m_reader(reader) {}

    /// A component: its events, or parts that have events of their own.
    void read_group(const Value& group, const std::string& key, const std::string& path)
    {
        if (!group.is_map()) {
            m_reader.errors.add(group.place, path, fmt::format("is {}", group.kind_text()),
                                "write component: {event: {value, unit, source}}");
            return;
        }
        for (const auto& entry : group.entries) {
            const std::string name = key + "." + entry.key, below_path = below(path, entry.key);
            const bool is_part = entry.value.is_map() && !entry.value.find("value") &&
                                 !entry.value.find("unit") && !entry.value.find("source");
            if (is_part)
                read_group(entry.value, name, below_path);
            else
                read_value(entry.value, name, below_path);
        }
    }

private:
    void read_value(const Value& value, const std::string& key, const std::string& path)
    {
        m_reader.places.emplace(path, value.place);
        const char* shape = "write {value: 1.5, unit: pJ, source: where it comes from}";
        if (!value.is_map()) {
            m_reader.errors.add(value.place, path, fmt::format("is {}", value.kind_text()), shape);
            return;
        }
        report_unknown(value, path, {"value", "unit", "source"}, m_reader.errors);
        TechnologyValue read;
        const auto part = [&](const char* name) {
            const Value* found = value.find(name);
            if (!found) m_reader.errors.add(value.place, path + "." + name, "is missing", shape);
            return found;
        };
        const Value* number = part("value");
        const Value* unit = part("unit");
        const Value* source = part("source");
        const double unbounded = std::numeric_limits<double>::infinity();
        if (number)
            read_number(*number, path + ".value", 0, unbounded, read.value, m_reader.errors);
        if (unit) read_text(*unit, path + ".unit", read.unit, m_reader.errors);
        if (source) read_text(*source, path + ".source", read.source, m_reader.errors);
        const std::string promised = unit_of(key);
        if (unit && !promised.empty() && !read.unit.empty() && read.unit != promised)
            m_reader.errors.add(unit->place, path + ".unit",
                                fmt::format("'{}' does not fit the name", read.unit),
                                fmt::format("convert the value and write {}", promised));
        m_to.set(key, read);
    }

    Technology& m_to;
    Reader& m_reader;
};

}  // namespace

void read_technology(Technology& to, const Value& map, const std::string& path, Reader& reader)
{
    reader.places.emplace(path, map.place);
    if (!map.is_map()) {
        reader.errors.add(map.place, path, fmt::format("is {}", map.kind_text()),
                          "name a file of technologies/");
        return;
    }
    TechnologyReader values(to, reader);
    for (const auto& entry : map.entries) {
        if (entry.key == "name") {
            reader.places.emplace(below(path, "name"), entry.value.place);
            read_text(entry.value, below(path, "name"), to.name, reader.errors);
        } else if (entry.key != "description") {
            values.read_group(entry.value, entry.key, below(path, entry.key));
        }
    }
    if (to.name.empty())
        reader.errors.add(map.place, below(path, "name"), "is missing", "name the technology");
}

void list_technology(const Technology& from, const std::string& path, std::vector<Setting>& out)
{
    out.push_back({below(path, "name"), yaml_text(from.name), "", "of the technology"});
    for (const auto& [key, value] : from.values())
        out.push_back({below(path, key), yaml_number(value.value), value.unit, value.source});
}

}  // namespace imc::config
