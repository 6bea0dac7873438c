// SPDX-License-Identifier: Apache-2.0
/// What happens to codes after the weighted sum: activation, encoding, pooling and residual
/// addition by table search. Source: rapidnn.md sections 3 and 8.2.
#pragma once

#include "cam/kernel/nearest_search.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imc::cam {

/// Activation memory: nothing, the sign test of ReLU, or a CAM of keys with a value row each.
struct Activation {
    enum class Kind { identity, relu, table };
    Kind kind = Kind::identity;
    NearestTable keys;                 ///< of Kind::table
    std::vector<std::int32_t> values;  ///< [rows] of Kind::table

    /// values_out[n] = f(sums[n]); in place is allowed.
    void apply(const std::int32_t* sums, std::size_t count, std::int32_t* values_out) const;
};

/// codes[n] = row of `encoder` nearest to values[n] (up to 256 rows).
void encode(const NearestTable& encoder, const std::int32_t* values, std::size_t count,
            std::uint8_t* codes);

/// Maximum of `window` codes, element by element: codes [window][count] -> out [count]. With an
/// ascending codebook the code of the largest value is the largest code, so this equals max pooling
/// on values (DERIVED, section 3).
void max_pool(const std::uint8_t* codes, std::size_t window, std::size_t count, std::uint8_t* out);

/// Average pooling: the decoded values are added, shifted right by floor(log2(window)) and encoded
/// again. For a window that is no power of two the rest of the division, window / 2^shift in (1,
/// 2), is folded into the encoder's keys.
class AveragePool {
public:
    /// `values` [codes] decode the inputs, `encode_keys` [codes out] are in the same units. Throws
    /// InputError if empty.
    AveragePool(std::vector<std::int32_t> values, const std::vector<std::int32_t>& encode_keys,
                unsigned window);
    /// codes [window][count] -> out [count].
    void run(const std::uint8_t* codes, std::size_t count, std::uint8_t* out) const;
    unsigned shift() const { return m_shift; }

private:
    std::vector<std::int32_t> m_values;
    unsigned m_window = 1, m_shift = 0;
    NearestTable m_encoder;
};

/// Residual addition of two code streams: decode each by its own values (same units), add, ReLU if
/// asked, encode.
class ResidualAdd {
public:
    /// Throws InputError for an empty table.
    ResidualAdd(std::vector<std::int32_t> values_a, std::vector<std::int32_t> values_b,
                std::vector<std::int32_t> encode_keys, bool relu);
    void run(const std::uint8_t* a, const std::uint8_t* b, std::size_t count,
             std::uint8_t* out) const;

private:
    unsigned m_codes_b = 0;
    std::vector<std::uint8_t>
        m_code_of_pair;  ///< [code a][code b]: only 64 x 64 cases exist, so they are done once
};

}  // namespace imc::cam
