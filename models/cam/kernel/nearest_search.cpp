// SPDX-License-Identifier: Apache-2.0
#include "cam/kernel/nearest_search.h"

#include "common/error.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

namespace imc::cam {

namespace {

std::uint64_t mismatch(std::int32_t key, std::int32_t query, Distance distance, unsigned key_bits)
{
    if (distance == Distance::absolute) {
        const std::int64_t difference = std::int64_t{key} - query;
        return static_cast<std::uint64_t>(difference < 0 ? -difference : difference);
    }
    // Each mismatching bit b adds 2^b, so the distance is the exclusive or read as a number.
    const std::uint64_t mask = key_bits >= 32 ? 0xFFFFFFFFull : (1ull << key_bits) - 1;
    return static_cast<std::uint32_t>(key ^ query) & mask;
}

}  // namespace

std::int32_t search_rows(const std::int32_t* keys, std::size_t rows, std::int32_t query,
                         Distance distance, unsigned key_bits)
{
    std::int32_t best = no_match;
    std::uint64_t best_distance = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t row = 0; row < rows; ++row) {
        const std::uint64_t d = mismatch(keys[row], query, distance, key_bits);
        if (d >= best_distance || (distance == Distance::exact && d != 0)) continue;
        best_distance = d;
        best = static_cast<std::int32_t>(row);
    }
    return best;
}

NearestTable::NearestTable(std::vector<std::int32_t> keys, Distance distance, unsigned key_bits)
    : m_keys(std::move(keys)), m_distance(distance), m_key_bits(key_bits)
{
    if (m_keys.empty())
        throw InputError("CAM table: no rows; a nearest search needs at least one key");
    if (key_bits < 1 || key_bits > 32)
        throw InputError("CAM table: key_bits is " + std::to_string(key_bits) + "; use 1 to 32");
    if (by_midpoints()) prepare_midpoints();
}

/// An equal key is the nearest one; of words of fewer bits the midpoints say nothing.
bool NearestTable::by_midpoints() const
{
    return m_distance == Distance::absolute || (m_distance == Distance::exact && m_key_bits == 32);
}

void NearestTable::prepare_midpoints()
{
    std::vector<std::int32_t> order(m_keys.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int32_t a, std::int32_t b) { return m_keys[a] < m_keys[b]; });
    for (const std::int32_t row : order) {
        if (!m_row.empty() && m_keys[m_row.back()] == m_keys[row])
            continue;  // the lower index of equal keys wins
        if (!m_row.empty()) {
            const std::int64_t sum = std::int64_t{m_keys[m_row.back()]} + m_keys[row];
            // Floor of the midpoint goes to the lower key; an exact midpoint is a tie and goes to
            // the lower index.
            const std::int64_t floor = sum >> 1;
            const bool tie_to_upper = (sum & 1) == 0 && row < m_row.back();
            m_midpoints.push_back(static_cast<std::int32_t>(floor - (tie_to_upper ? 1 : 0)));
        }
        m_row.push_back(row);
    }
}

std::int32_t NearestTable::find(std::int32_t query) const
{
    if (!by_midpoints())
        return search_rows(m_keys.data(), m_keys.size(), query, m_distance, m_key_bits);
    const auto position =
        std::lower_bound(m_midpoints.begin(), m_midpoints.end(), query) - m_midpoints.begin();
    const std::int32_t row = m_row[static_cast<std::size_t>(position)];
    return m_distance == Distance::exact && m_keys[row] != query ? no_match : row;
}

void NearestTable::find_many(const std::int32_t* queries, std::size_t count,
                             std::int32_t* rows_out) const
{
    if (m_distance != Distance::absolute) {  // exact: a search among sorted keys each
        for (std::size_t n = 0; n < count; ++n)
            rows_out[n] = find(queries[n]);
        return;
    }
    constexpr std::size_t chunk = 64;  // positions stay in registers while all midpoints pass
    for (std::size_t begin = 0; begin < count; begin += chunk) {
        const std::size_t n = std::min(chunk, count - begin);
        std::int32_t value[chunk] = {}, position[chunk] = {};
        std::copy_n(queries + begin, n, value);
        for (const std::int32_t midpoint : m_midpoints)
            for (std::size_t i = 0; i < chunk; ++i)
                position[i] += value[i] > midpoint;
        for (std::size_t i = 0; i < n; ++i)
            rows_out[begin + i] = m_row[static_cast<std::size_t>(position[i])];
    }
}

}  // namespace imc::cam
