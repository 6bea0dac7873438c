// SPDX-License-Identifier: Apache-2.0
#include "config/errors.h"

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

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal
/// string alignment).
std::size_t edit_distance(const std::string& a, const std::string& b)
{
    const std::size_t columns = b.size() + 1;
    std::vector<std::size_t> d((a.size() + 1) * columns);
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            std::size_t& cell = d[i * columns + j];
            if (i == 0 || j == 0) {
                cell = i + j;
                continue;
            }
            const std::size_t replaced =
                d[(i - 1) * columns + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cell = std::min({replaced, d[(i - 1) * columns + j] + 1, d[i * columns + j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cell = std::min(cell, d[(i - 2) * columns + j - 2] + 1);
        }
    }
    return d.back();
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
    std::string best;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < least) {
            least = distance;
            best = candidate;
        }
    }
    return best;
}

std::string alternatives(const std::vector<std::string>& words)
{
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return text;
}

}  // namespace imc::config
