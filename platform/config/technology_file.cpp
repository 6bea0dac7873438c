// SPDX-License-Identifier: Apache-2.0
#include "config/technology_file.h"

#include "config/technology_keys.h"

#include <algorithm>

namespace imc::config {

namespace {

/// Names that may stand below `key`, "" for the components: `cell_read_pj` below `crossbar`.
std::vector<std::string> names_below(const std::string& key)
{
    const std::string prefix = key.empty() ? "" : key + ".";
    std::vector<std::string> names;
    for (const auto& name : technology_names()) {
        if (name.rfind(prefix, 0) != 0) continue;
        const std::string rest = name.substr(prefix.size());
        const std::string first = rest.substr(0, rest.find('.'));
        if (std::find(names.begin(), names.end(), first) == names.end()) names.push_back(first);
    }
    return names;
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
        const auto known = names_below(key);
        for (const auto& entry : group.entries) {
            const std::string name = key + "." + entry.key, below_path = below(path, entry.key);
            if (!is_known(entry, below_path, known)) continue;
            const bool is_part = entry.value.is_map() && !find_technology_key(name) &&
                                 !entry.value.find("value") && !entry.value.find("unit") &&
                                 !entry.value.find("source");
            if (is_part)
                read_group(entry.value, name, below_path);
            else
                read_value(entry.value, name, below_path);
        }
    }

    /// Adds an error with the nearest name for an entry that no model reads.
    bool is_known(const Entry& entry, const std::string& path,
                  const std::vector<std::string>& known)
    {
        if (std::find(known.begin(), known.end(), entry.key) != known.end()) return true;
        const std::string near = nearest(entry.key, known);
        m_reader.errors.add(
            entry.place, path, "no model reads such a number",
            near.empty() ? "write " + alternatives(known) : "did you mean '" + near + "'?");
        return false;
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
        const TechnologyKey* known = find_technology_key(key);
        if (!known) {
            m_reader.errors.add(value.place, path, "is a component, not a number",
                                "write its parts: " + alternatives(names_below(key)));
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
        if (number) m_reader.places.emplace(path + ".value", number->place);
        if (number)
            read_number(*number, path + ".value", 0, unbounded, read.value, m_reader.errors);
        if (unit) read_text(*unit, path + ".unit", read.unit, m_reader.errors);
        if (source) read_text(*source, path + ".source", read.source, m_reader.errors);
        if (unit && !read.unit.empty() && read.unit != known->unit)
            m_reader.errors.add(unit->place, path + ".unit",
                                fmt::format("'{}' does not fit the name", read.unit),
                                fmt::format("convert the value and write {}", known->unit));
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
    const auto components = names_below("");
    for (const auto& entry : map.entries) {
        if (entry.key == "name") {
            reader.places.emplace(below(path, "name"), entry.value.place);
            read_text(entry.value, below(path, "name"), to.name, reader.errors);
        } else if (entry.key != "description" &&
                   values.is_known(entry, below(path, entry.key), components)) {
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
