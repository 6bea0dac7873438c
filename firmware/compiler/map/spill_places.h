// SPDX-License-Identifier: Apache-2.0
/// Which chip's global buffer holds a spilled edge.
#pragma once

#include "compiler/map/place.h"

#include <cstdint>
#include <string>
#include <vector>

namespace imc::compiler {

/// An edge stands on the chip that reads it; where that chip's global buffer is full, on the chip
/// with the most room.
class SpillPlaces {
public:
    SpillPlaces(const AcceleratorConfig& config, unsigned chips);

    /// Takes `bytes` for an edge that tile `reader` reads; the node number of the buffer. Throws
    /// CapacityError naming `edge` and the number needed where no chip has room.
    unsigned take(unsigned reader, std::uint64_t bytes, const std::string& edge);

private:
    unsigned m_tiles_per_chip;
    std::uint64_t m_capacity;
    std::vector<std::uint64_t> m_used;  ///< bytes, a chip
};

}  // namespace imc::compiler
