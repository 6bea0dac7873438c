// SPDX-License-Identifier: Apache-2.0
#include "config/errors.h"

#include "common/nearest_name.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace imc::config {

namespace {

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const auto& line : lines)
        text += (text.empty() ? "" : "\n") + line;
    return text;
}

}  // namespace

std::string Place::text() const
{
    if (line == 0) return file;
    return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

ConfigError::ConfigError(std::vector<std::string> lines)
    : InputError(joined(lines)), m_lines(std::move(lines))
{
}

void Errors::add(const Place& place, const std::string& key, const std::string& wrong,
                 const std::string& right)
{
    std::string line = place.text() + ": ";
    if (!key.empty()) line += key + ": ";
    line += wrong;
    if (!right.empty()) line += "; " + right;
    m_found.push_back({place, key, line});
}

bool Errors::has(const std::string& key) const
{
    return std::any_of(m_found.begin(), m_found.end(),
                       [&](const Found& found) { return found.key == key; });
}

void Errors::throw_if_any() const
{
    if (m_found.empty()) return;
    std::vector<Found> sorted = m_found;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Found& a, const Found& b) {
        return std::tie(a.place.file, a.place.line, a.place.column) <
               std::tie(b.place.file, b.place.line, b.place.column);
    });
    std::vector<std::string> lines;
    std::set<std::string> seen;
    for (const auto& found : sorted) {
        if (seen.insert(found.line).second) lines.push_back(found.line);
    }
    throw ConfigError(std::move(lines));
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates)
{
    return nearest_name(word, candidates);
}

std::string alternatives(const std::vector<std::string>& words)
{
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return text;
}

}  // namespace imc::config
