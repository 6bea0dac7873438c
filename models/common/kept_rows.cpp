// SPDX-License-Identifier: Apache-2.0
#include "common/kept_rows.h"

#include "common/unit_plan.h"

#include <algorithm>

namespace imc {

KeptRows::KeptRows(const std::vector<bool>& kept) : m_below(1, 0)
{
    for (const bool comes : kept)
        m_below.push_back(m_below.back() + (comes ? 1 : 0));
}

std::uint32_t KeptRows::most_in(std::uint32_t span) const
{
    const auto height = static_cast<std::uint32_t>(m_below.size() - 1);
    const std::uint32_t whole = span / height, rest = span % height;
    std::uint32_t most = 0;
    for (std::uint32_t first = 0; first < height; ++first) {
        const std::uint32_t end = first + rest;
        const std::uint32_t rows = end <= height ? below(end) - below(first)
                                                 : count() - below(first) + below(end - height);
        most = std::max(most, rows);
    }
    return whole * count() + most;
}

std::shared_ptr<const KeptRows> kept_rows(const imc_stage& stage, unsigned stream)
{
    if (stage.copies <= 1) return nullptr;
    std::vector<bool> kept(stage.in[stream].height);
    for (std::uint32_t i = 0; i < own_units_per_image(stage); ++i) {
        const RowRange rows = unit_rows_of(stage, i);
        const std::uint32_t end = rows_needed(stage, stream, rows.end);
        for (std::uint32_t y = first_row_needed(stage, stream, rows.begin); y < end; ++y)
            kept[y] = true;
    }
    if (std::find(kept.begin(), kept.end(), true) == kept.end()) return nullptr;
    return std::make_shared<const KeptRows>(kept);
}

std::vector<KeptOfStreams> kept_rows(const std::vector<imc_stage>& stages)
{
    std::vector<KeptOfStreams> kept(stages.size());
    for (std::size_t i = 0; i < stages.size(); ++i)
        for (unsigned s = 0; s < stages[i].streams; ++s)
            kept[i][s] = kept_rows(stages[i], s);
    return kept;
}

}  // namespace imc
