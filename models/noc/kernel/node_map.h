// SPDX-License-Identifier: Apache-2.0
/// How the ends of the network are numbered: tiles chip by chip, then per chip an I/O node and a
/// global buffer node.
#pragma once

#include <cstdint>

namespace imc::noc {

/// A stage on a node.
struct Target {
    std::uint16_t node = 0;
    std::uint16_t stage = 0;
};

struct NodeMap {
    unsigned chips = 1;
    unsigned tiles_per_chip = 1;

    unsigned tiles() const { return chips * tiles_per_chip; }
    unsigned nodes() const { return tiles() + 2 * chips; }
    unsigned nodes_per_chip() const { return tiles_per_chip + 2; }
    unsigned io(unsigned chip) const { return tiles() + 2 * chip; }
    unsigned buffer(unsigned chip) const { return tiles() + 2 * chip + 1; }
    bool is_tile(unsigned node) const { return node < tiles(); }
    bool is_buffer(unsigned node) const { return node >= tiles() && (node - tiles()) % 2 == 1; }
    unsigned chip_of(unsigned node) const
    {
        return is_tile(node) ? node / tiles_per_chip : (node - tiles()) / 2;
    }
    /// Position of a node within its chip: tiles first, then I/O, then buffer.
    unsigned local_of(unsigned node) const
    {
        return is_tile(node) ? node % tiles_per_chip : tiles_per_chip + (node - tiles()) % 2;
    }
};

}  // namespace imc::noc
