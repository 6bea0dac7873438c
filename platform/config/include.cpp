// SPDX-License-Identifier: Apache-2.0
#include "config/include.h"

#include <algorithm>

namespace imc::config {

namespace {

constexpr int max_includes = 8;

std::filesystem::path find_file(const std::string& name, const std::filesystem::path& folder,
                                const Reader& reader)
{
    std::vector<std::filesystem::path> folders{folder};
    folders.insert(folders.end(), reader.folders.begin(), reader.folders.end());
    std::error_code code;
    for (const auto& candidate : folders) {
        const auto path = (candidate / name).lexically_normal();
        if (std::filesystem::is_regular_file(path, code)) return path;
    }
    return {};
}

void expand(Value& value, const std::string& key, const std::filesystem::path& folder,
            Reader& reader, int depth);

/// The map of the file that `name` gives; null after an error.
Value included(const Value& name, const std::string& key, const std::filesystem::path& folder,
               Reader& reader, int depth)
{
    Value none;
    none.place = name.place;
    std::string text;
    if (!read_text(name, key, text, reader.errors)) return none;
    if (depth > max_includes) {
        reader.errors.add(name.place, key, "files include each other without end",
                          "break the circle of `base` keys");
        return none;
    }
    const auto path = find_file(text, folder, reader);
    if (path.empty()) {
        reader.errors.add(name.place, key,
                          fmt::format("there is no file '{}' beside the scenario, in $VP_DATA or "
                                      "among the shipped scenarios",
                                      text),
                          "write such as platforms/bwq_h.yaml or technologies/isaac_32nm.yaml "
                          "(`vp list` shows them)");
        return none;
    }
    reader.included.push_back(path.string());
    Value loaded = load_yaml(path, path.string(), reader.errors);
    if (loaded.is_map()) expand(loaded, key, path.parent_path(), reader, depth + 1);
    return loaded;
}

void expand(Value& value, const std::string& key, const std::filesystem::path& folder,
            Reader& reader, int depth)
{
    if (value.is_scalar()) {
        value = included(value, key, folder, reader, depth);
        return;
    }
    if (!value.is_map()) return;
    // A platform file may name its usual technology: relative to itself, so it is expanded here.
    if (Value* technology = value.find("technology"))
        expand(*technology, key + ".technology", folder, reader, depth + 1);
    const Value* base = value.find("base");
    if (!base) return;
    const Value loaded = included(*base, key + ".base", folder, reader, depth);
    auto& entries = value.entries;
    entries.erase(std::remove_if(entries.begin(), entries.end(),
                                 [](const Entry& e) { return e.key == "base"; }),
                  entries.end());
    if (loaded.is_map()) value = overlaid(loaded, value);
}

}  // namespace

void expand_include(Value& value, const std::string& key, const std::filesystem::path& folder,
                    Reader& reader)
{
    expand(value, key, folder, reader, 0);
}

void apply_override(Value& top, const std::string& path, const Value& value, Reader& reader)
{
    if (path.empty() || path.front() == '.' || path.back() == '.' ||
        path.find("..") != std::string::npos) {
        reader.errors.add(value.place, "", "the key has an empty part", "write key.path=value");
        return;
    }
    Value* at = &top;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('.', begin), path.size());
        const std::string key = path.substr(begin, end - begin);
        if (at->kind == Value::Kind::null) at->kind = Value::Kind::map;
        if (!at->is_map()) {
            reader.errors.add(value.place, path,
                              fmt::format("'{}' is {}", path.substr(0, begin - 1), at->kind_text()),
                              "name a key of a map");
            return;
        }
        if (!at->find(key)) {
            Entry entry{key, value.place, {}};
            entry.value.place = value.place;
            at->entries.push_back(std::move(entry));
        }
        at = at->find(key);
        begin = end + 1;
    }
    Value* number = at->is_map() && value.is_scalar() ? at->find("value") : nullptr;
    if (number && at->find("source")) {
        *number = value;
        at->place = value.place;
    } else {
        *at = value;
    }
}

}  // namespace imc::config
