// SPDX-License-Identifier: Apache-2.0
#include "common/nearest_name.h"

#include <algorithm>

namespace imc {

namespace {

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

std::string nearest_name(const std::string& word, const std::vector<std::string>& candidates)
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

}  // namespace imc
