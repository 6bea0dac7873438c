// SPDX-License-Identifier: Apache-2.0
/// What a nearest-distance CAM (NDCAM) computes: the row whose key is nearest to a query. Source:
/// rapidnn.md section 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imc::cam {

/// How the match lines weigh a mismatch.
enum class Distance {
    absolute,      ///< |query - key|: RAPIDNN's NDCAM (FOUND, [S3])
    weighted_xor,  ///< sum of 2^bit over mismatching bits, as a plain binary-weighted mismatch
                   ///< current measures
    exact          ///< equal or no match: an ordinary CAM, whose cells need no weights
};

constexpr std::int32_t no_match = -1;

/// The definition: looks at every row of `keys` [rows] and returns the index of the nearest, the
/// lower index on ties; `no_match` for Distance::exact without an equal row or for an empty table.
/// For weighted_xor keys and query are words of `key_bits` bits (1 to 32; higher bits are ignored).
std::int32_t search_rows(const std::int32_t* keys, std::size_t rows, std::int32_t query,
                         Distance distance, unsigned key_bits = 32);

/// A CAM table prepared for many queries. With Distance::absolute and exact a query is compared
/// with the midpoints between sorted keys, which gives exactly the row of search_rows (also for
/// unsorted and repeated keys).
class NearestTable {
public:
    NearestTable() = default;
    /// Throws InputError for an empty table or key_bits outside 1 to 32.
    explicit NearestTable(std::vector<std::int32_t> keys, Distance distance = Distance::absolute,
                          unsigned key_bits = 32);

    std::int32_t find(std::int32_t query) const;
    /// rows_out[n] = find(queries[n]); a 64-row table costs about a tenth of `count` single
    /// searches.
    void find_many(const std::int32_t* queries, std::size_t count, std::int32_t* rows_out) const;

    std::size_t rows() const { return m_keys.size(); }
    const std::vector<std::int32_t>& keys() const { return m_keys; }
    Distance distance() const { return m_distance; }

private:
    void prepare_midpoints();
    bool by_midpoints() const;

    std::vector<std::int32_t> m_keys;
    Distance m_distance = Distance::absolute;
    unsigned m_key_bits = 32;
    std::vector<std::int32_t>
        m_midpoints;  ///< a query above m_midpoints[n] lies nearer to sorted key n + 1
    std::vector<std::int32_t> m_row;  ///< sorted position -> row
};

}  // namespace imc::cam
