// SPDX-License-Identifier: Apache-2.0
#include "config/scenario.h"

#include "config/ignored_keys.h"
#include "config/include.h"
#include "config/owned_keys.h"
#include "config/technology_file.h"

#include <algorithm>
#include <cstdlib>

namespace imc::config {

namespace {

namespace fs = std::filesystem;

struct Override {
    std::string path;
    Value value;
};

std::vector<Override> parse_overrides(const LoadOptions& options, Errors& errors)
{
    std::vector<Override> overrides;
    std::vector<std::pair<std::string, std::string>> given;
    for (const auto& text : options.overrides)
        given.emplace_back("--set " + text, text);
    given.insert(given.end(), options.arguments.begin(), options.arguments.end());
    for (const auto& [origin, text] : given) {
        const Place place{origin, 0, 0};
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            errors.add(place, "", "is not key.path=value", "write such as --set run.images=4");
            continue;
        }
        overrides.push_back(
            {text.substr(0, equals), parse_override(text.substr(equals + 1), place, errors)});
    }
    return overrides;
}

void erase(Value& map, const std::string& key)
{
    auto& entries = map.entries;
    entries.erase(std::remove_if(entries.begin(), entries.end(),
                                 [&](const Entry& e) { return e.key == key; }),
                  entries.end());
}

void erase_path(Value& top, const std::string& path)
{
    const auto dot = path.find('.');
    if (dot == std::string::npos)
        erase(top, path);
    else if (Value* below = top.find(path.substr(0, dot)))
        erase_path(*below, path.substr(dot + 1));
}

Value& entry(Value& top, const std::string& key)
{
    if (Value* found = top.find(key)) return *found;
    Entry made{key, top.place, {}};
    made.value.place = top.place;
    top.entries.push_back(std::move(made));
    return top.entries.back().value;
}

/// One pass from file to structs.
class Loader {
public:
    Loader(const std::string& path, const LoadOptions& options)
        : m_path(path),
          m_folder(fs::path(path).parent_path() / "."),
          m_options(options),
          m_reader{m_errors, {}, {}, {}}
    {
    }

    Scenario load()
    {
        m_top = load_yaml(m_path, m_path, m_errors);
        if (!m_top.is_map()) m_errors.throw_if_any();
        const auto overrides = parse_overrides(m_options, m_errors);
        for (const auto& o : overrides) {
            if (o.path.find('.') == std::string::npos)
                apply_override(m_top, o.path, o.value, m_reader);
        }
        set_folders();
        include_platform_and_technology();
        for (const auto& o : overrides) {
            if (o.path.find('.') != std::string::npos)
                apply_override(m_top, o.path, o.value, m_reader);
        }
        return read();
    }

private:
    void set_folders()
    {
        std::string files;
        const Value* given = m_top.find("files");
        if (given && read_text(*given, "files", files, m_errors))
            m_reader.folders.push_back(m_folder / files);
        m_reader.folders.push_back(m_folder);
        const char* data = std::getenv("VP_DATA");
        if (data && *data) m_reader.folders.emplace_back(data);
        m_reader.folders.push_back(shipped_folder());
    }

    void include_platform_and_technology()
    {
        Value& platform = entry(m_top, "platform");
        if (platform.kind == Value::Kind::null) {
            m_errors.add(m_top.place, "platform", "is missing",
                         "name a file of platforms/ (`vp list platforms`)");
            platform.kind = Value::Kind::map;
        }
        expand_include(platform, "platform", m_folder, m_reader);
        if (Value* usual = platform.find("technology")) {
            const Value moved = *usual;
            if (!m_top.find("technology")) entry(m_top, "technology") = moved;
        }
        Value& technology = entry(m_top, "technology");
        if (technology.kind == Value::Kind::null)
            m_errors.add(m_top.place, "technology", "is missing",
                         "name a file of technologies/ (`vp list technologies`)");
        else
            expand_include(technology, "technology", m_folder, m_reader);
    }

    Scenario read()
    {
        Scenario scenario;
        RunConfig& config = scenario.config;
        config.scenario_path = m_path;
        config.name = fs::path(m_path).stem().string();
        Value technology = entry(m_top, "technology");
        erase(m_top, "technology");
        Value& platform = entry(m_top, "platform");
        erase(platform, "technology");
        erase(platform, "description");
        if (platform.kind == Value::Kind::null) erase(m_top, "platform");
        const RunConfig before = config;
        scenario_table().read(config, m_top, "", m_reader);
        if (const auto unread = inherited_unread(config, m_reader);
            m_errors.empty() && !unread.empty()) {
            for (const auto& key : unread)
                erase_path(m_top, key);
            m_reader.places.clear();
            config = before;
            scenario_table().read(config, m_top, "", m_reader);
        }
        if (technology.is_map())
            read_technology(config.platform.technology, technology, "technology", m_reader);
        if (config.files.empty()) config.files = fs::absolute(m_folder).lexically_normal().string();
        if (m_options.needs_network && !m_top.find("network"))
            m_errors.add(m_top.place, "network.onnx", "is missing",
                         "name the ONNX file of the network");
        else if (m_options.needs_network && !config.network.onnx.given())
            m_errors.add(m_reader.place("network"), "network.onnx", "is missing",
                         "name the ONNX file of the network");
        check_consistency(config, m_reader);
        check_owned_keys(config, m_reader);
        check_owned_technology(config, m_reader);
        check_ignored_keys(config, m_reader);
        m_errors.throw_if_any();
        scenario.places = std::move(m_reader.places);
        return scenario;
    }

    std::string m_path;
    fs::path m_folder;
    const LoadOptions& m_options;
    Errors m_errors;
    Reader m_reader;
    Value m_top;
};

}  // namespace

std::filesystem::path shipped_folder()
{
    const char* root = std::getenv("VP_ROOT");
    return fs::path(root && *root ? root : ".") / "scenarios";
}

Scenario load_scenario(const std::string& path, const LoadOptions& options)
{
    return Loader(path, options).load();
}

std::vector<Setting> Scenario::settings() const
{
    std::vector<Setting> all;
    scenario_table().list(config, "", all);
    list_technology(config.platform.technology, "technology", all);
    return all;
}

std::string Scenario::origin(const std::string& path) const
{
    const auto found = places.find(path);
    return found == places.end() ? "default" : found->second.text();
}

std::vector<KeyInfo> scenario_keys()
{
    std::vector<KeyInfo> keys;
    scenario_table().describe("", keys);
    keys.push_back({"technology", "file, or map of component: {event: {value, unit, source}}", "",
                    "the platform's", "energies, latencies and areas"});
    return keys;
}

}  // namespace imc::config
