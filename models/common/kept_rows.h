// SPDX-License-Identifier: Apache-2.0
/// Which rows of a stream reach a copy of a replicated stage, and under which numbers: a copy gets
/// only the rows under the windows of its own units (docs/seams.md, "Stages"). A copy of a 3 x 3
/// convolution among eight so needs slots for its windows alone, not for all that the others read.
#pragma once

#include "imcvp/program.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace imc {

class KeptRows {
public:
    /// `kept[y]`: row y of an image comes. At least one does.
    explicit KeptRows(const std::vector<bool>& kept);

    /// Rows of an image that come.
    std::uint32_t count() const { return m_below.back(); }
    /// Rows of an image that come, out of those before row `row` (at most the height).
    std::uint32_t below(std::uint32_t row) const { return m_below[row]; }
    bool has(std::uint32_t row) const
    {
        return row < m_below.size() - 1 && m_below[row] != m_below[row + 1];
    }
    /// Most rows that come out of any `span` rows in a row, over images.
    std::uint32_t most_in(std::uint32_t span) const;

private:
    std::vector<std::uint32_t> m_below;  ///< [height + 1]
};

/// Rows of input `stream` that this copy gets; null = all: a single copy, or one whose windows lie
/// in the padding alone.
std::shared_ptr<const KeptRows> kept_rows(const imc_stage& stage, unsigned stream);

/// The same for all streams of all `stages`, by id.
using KeptOfStreams = std::array<std::shared_ptr<const KeptRows>, IMC_MAX_STREAMS>;
std::vector<KeptOfStreams> kept_rows(const std::vector<imc_stage>& stages);

/// As the members, where null means all rows of `height`.
inline std::uint32_t kept_below(const KeptRows* kept, std::uint32_t row)
{
    return kept == nullptr ? row : kept->below(row);
}
inline std::uint32_t kept_count(const KeptRows* kept, std::uint32_t height)
{
    return kept == nullptr ? height : kept->count();
}

}  // namespace imc
