// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/tile_pool.h"

#include "compiler/map/capacity_error.h"

#include <fmt/format.h>

namespace imc::compiler {

TilePool::TilePool(const AcceleratorConfig& config, const EngineLowering& lowering,
                   unsigned max_chips)
    : m_config(config),
      m_engine(lowering.engine()),
      m_arrays_per_tile(lowering.arrays_per_tile()),
      m_buffer_bytes(lowering.buffer_bytes()),
      m_max_chips(max_chips)
{
}

unsigned TilePool::take(unsigned arrays, std::uint64_t bytes, const std::string& layer)
{
    if (m_current < 0) advance(layer);
    if (m_used + arrays > m_arrays_per_tile || !has_room(static_cast<unsigned>(m_current), bytes))
        advance(layer);
    m_used += arrays;
    m_bytes[static_cast<unsigned>(m_current)] += bytes;
    return static_cast<unsigned>(m_current);
}

bool TilePool::has_room(unsigned tile, std::uint64_t bytes) const
{
    const auto used = m_bytes.find(tile);
    return used == m_bytes.end() || used->second + bytes <= m_buffer_bytes;
}

void TilePool::prefer_fresh(unsigned arrays, const std::string& layer)
{
    if (m_current < 0 || m_used + arrays > m_arrays_per_tile) advance(layer);
}

void TilePool::advance(const std::string& layer)
{
    const auto tiles = static_cast<int>(m_max_chips * m_config.tiles_per_chip());
    do
        ++m_current;
    while (m_current < tiles && m_config.engine_of(static_cast<unsigned>(m_current)) != m_engine);
    m_used = 0;
    if (m_current >= tiles)
        throw CapacityError(fmt::format("layer '{}': no tile is left on {} chip(s) of {} tiles",
                                        layer, m_max_chips, m_config.tiles_per_chip()));
}

}  // namespace imc::compiler
