// SPDX-License-Identifier: Apache-2.0
#include "config/table.h"

#include <algorithm>
#include <cstdlib>

namespace imc::config {

Place Reader::place(std::string path) const
{
    while (true) {
        const auto found = places.find(path);
        if (found != places.end()) return found->second;
        const auto dot = path.rfind('.');
        if (dot == std::string::npos) break;
        path.resize(dot);
    }
    const auto top = places.find("");
    return top == places.end() ? Place{} : top->second;
}

bool Reader::read_file(const Value& value, const std::string& key, FileName& out)
{
    if (value.kind == Value::Kind::null || (value.is_scalar() && value.text.empty())) {
        out = {};  // `key:` or `--set key=`: as if it were not given
        return true;
    }
    if (!read_text(value, key, out.name, errors)) return false;
    std::error_code code;
    const char* data = std::getenv("VP_DATA");
    for (const auto& folder : folders) {
        const auto path = folder / out.name;
        if (std::filesystem::is_regular_file(path, code) ||
            std::filesystem::is_directory(path, code)) {
            out.path = path.lexically_normal();
            return true;
        }
    }
    errors.add(value.place, key,
               fmt::format("there is no file '{}' beside the scenario, in $VP_DATA or among the "
                           "shipped scenarios",
                           out.name),
               data && *data ? "correct the name"
                             : "correct the name, or set VP_DATA to the folder of your data");
    return false;
}

std::string below(const std::string& path, const std::string& key)
{
    return path.empty() ? key : path + "." + key;
}

namespace {

/// A key of earlier versions, and what says the same today.
struct MovedKey {
    const char *path, *remedy;
};

const MovedKey moved_keys[]{
    {"quantization.codebook.weighted_xor",
     "write platform.cam.search: weighted_xor for true, leave it out for false"},
};

const MovedKey* find_moved(const std::string& path)
{
    for (const auto& moved : moved_keys)
        if (path == moved.path) return &moved;
    return nullptr;
}

}  // namespace

void report_unknown(const Value& map, const std::string& path,
                    const std::vector<std::string>& known, Errors& errors)
{
    for (const auto& entry : map.entries) {
        if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
        const std::string full = below(path, entry.key);
        if (const MovedKey* moved = find_moved(full)) {
            errors.add(entry.place, full, "is a key of earlier versions", moved->remedy);
            continue;
        }
        const std::string near = nearest(entry.key, known);
        errors.add(entry.place, full, "unknown key",
                   near.empty() ? "known here: " + fmt::format("{}", fmt::join(known, ", "))
                                : "did you mean '" + near + "'?");
    }
}

}  // namespace imc::config
