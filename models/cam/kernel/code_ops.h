// SPDX-License-Identifier: Apache-2.0
/// What happens to codes after the weighted sum: activation, encoding, pooling and residual
/// addition by table search. Bit-exact definition: docs/numbers.md, "Codebooks"; source: rapidnn.md
/// sections 3 and 8.2.
#pragma once

#include "cam/kernel/nearest_search.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace imc::cam {

/// From a sum to what a layer gives: the sign test of ReLU, an activation memory of keys with a
/// value row each, an encoding memory; each may be absent.
struct OutputStage {
    bool relu = false;
    NearestTable activation;                     ///< no rows: none
    std::vector<std::int32_t> activation_value;  ///< [rows]
    NearestTable encoder;                        ///< no rows: values go out, clamped
    std::int32_t min = INT32_MIN, max = INT32_MAX;

    /// values[n] = finish(values[n]), in place. Throws InputError if the activation memory matches
    /// exactly and has no row for a value.
    void run(std::int32_t* values, std::size_t count) const;
};

/// Maximum of `window` codes, element by element: codes [window][count] -> out [count]. With an
/// ascending codebook the code of the largest value is the largest code, so this equals max pooling
/// on values (DERIVED, section 3).
void max_pool(const std::int32_t* codes, std::size_t window, std::size_t count, std::int32_t* out);

/// Average pooling: the decoded values are added, shifted right by floor(log2(n)) and encoded
/// again. For a number of cells n that is no power of two the rest of the division, n / 2^shift in
/// [1, 2), is folded into the encoder's keys, once for each n that occurs.
class AveragePool {
public:
    /// `values` [codes] decode the inputs, the encoder's keys are in the same units; a window has 1
    /// to `most_cells` cells. Throws InputError if a table or the window is empty.
    AveragePool(std::vector<std::int32_t> values, const OutputStage& output, unsigned most_cells);

    std::int64_t decode(std::int32_t code) const
    {
        return m_values[static_cast<std::size_t>(code)];
    }
    /// Sums of `cells` decoded values each -> codes (or values); in place is not allowed.
    void finish(const std::int64_t* sums, unsigned cells, std::size_t count, std::int32_t* out);

private:
    const OutputStage& stage_of(unsigned cells);

    std::vector<std::int32_t> m_values;
    OutputStage m_output;
    unsigned m_most_cells;
    std::map<unsigned, OutputStage> m_stages;  ///< by cells
};

/// floor(log2 n), n >= 1.
unsigned floor_log2(std::uint64_t n);

/// Residual addition of two code streams: decode each by its own values (same units), add, finish.
class ResidualAdd {
public:
    /// Throws InputError for an empty table.
    ResidualAdd(const std::vector<std::int32_t>& values_a,
                const std::vector<std::int32_t>& values_b, const OutputStage& output);
    void run(const std::int32_t* a, const std::int32_t* b, std::size_t count,
             std::int32_t* out) const;

private:
    unsigned m_codes_b = 0;
    /// [code a][code b]: only 64 x 64 cases exist, so they are done once.
    std::vector<std::int32_t> m_result;
};

}  // namespace imc::cam
