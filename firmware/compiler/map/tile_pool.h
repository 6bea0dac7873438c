// SPDX-License-Identifier: Apache-2.0
/// Arrays and buffer room of the tiles of one engine, handed out tile by tile.
#pragma once

#include "compiler/map/engine_lowering.h"

#include <map>
#include <string>

namespace imc::compiler {

class TilePool {
public:
    TilePool(const AcceleratorConfig& config, const EngineLowering& lowering, unsigned max_chips);

    /// A tile with `arrays` and `bytes` free: the current one, or the next fresh one (whose buffer
    /// may still be too small: choose_depths says so). Throws CapacityError if none is left.
    unsigned take(unsigned arrays, std::uint64_t bytes, const std::string& layer);
    bool has_room(unsigned tile, std::uint64_t bytes) const;
    void use_room(unsigned tile, std::uint64_t bytes) { m_bytes[tile] += bytes; }
    /// Goes on with a fresh tile unless the current one still has `arrays` free.
    void prefer_fresh(unsigned arrays, const std::string& layer);
    /// Tiles up to the last one in use.
    unsigned highest() const { return static_cast<unsigned>(m_current + 1); }

private:
    void advance(const std::string& layer);

    const AcceleratorConfig& m_config;
    imc_engine m_engine;
    unsigned m_arrays_per_tile;
    std::uint64_t m_buffer_bytes;
    unsigned m_max_chips;
    int m_current = -1;
    unsigned m_used = 0;
    std::map<unsigned, std::uint64_t> m_bytes;  ///< of the buffer, by tile
};

}  // namespace imc::compiler
