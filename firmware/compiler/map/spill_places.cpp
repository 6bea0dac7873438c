// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/spill_places.h"

#include "compiler/map/capacity_error.h"

#include <algorithm>

#include <fmt/format.h>

namespace imc::compiler {

SpillPlaces::SpillPlaces(const AcceleratorConfig& config, unsigned chips)
    : m_tiles_per_chip(config.tiles_per_chip()), m_capacity(config.buffer.bytes), m_used(chips)
{
}

unsigned SpillPlaces::take(unsigned reader, std::uint64_t bytes, const std::string& edge)
{
    const auto chips = static_cast<unsigned>(m_used.size());
    unsigned chip = std::min(reader / m_tiles_per_chip, chips - 1);
    if (m_used[chip] + bytes > m_capacity)
        chip =
            static_cast<unsigned>(std::min_element(m_used.begin(), m_used.end()) - m_used.begin());
    m_used[chip] += bytes;
    if (m_used[chip] > m_capacity)
        throw CapacityError(
            fmt::format("global buffer: the rows of '{}' need {} bytes, no chip's buffer of {} has "
                        "them left; enlarge buffer.bytes of the platform",
                        edge, bytes, m_capacity));
    return chips * m_tiles_per_chip + 2 * chip + 1;
}

}  // namespace imc::compiler
