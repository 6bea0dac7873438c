// SPDX-License-Identifier: Apache-2.0
/// Where a packet goes: mesh with XY routing, several nodes a router, chips joined at router 0.
#pragma once

#include "noc/kernel/node_map.h"

#include <string>
#include <vector>

namespace imc::noc {

/// The way of a packet: the links it occupies one after the other, and the routers it passes.
struct Path {
    std::vector<std::uint32_t> links;
    unsigned routers = 0;
    bool crosses_chips = false;
};

/// Links of a chip: per node one in and one out, per router four to its neighbours, per chip one
/// link out of the package and one in. A node that sends to itself uses no link (its traffic stays
/// in the tile).
class Mesh {
public:
    Mesh(const NodeMap& nodes, unsigned concentration);

    /// Fills `path` from `source` to `destination`, both below nodes().nodes(): X first, then Y.
    void route(unsigned source, unsigned destination, Path& path) const;
    /// Routers passed between two nodes, 0 for a node to itself; chip crossings count the routers
    /// on both chips.
    unsigned hops(unsigned source, unsigned destination) const;

    const NodeMap& nodes() const { return m_nodes; }
    unsigned routers_per_chip() const { return m_columns * m_rows; }
    unsigned links() const { return m_nodes.chips * m_links_per_chip; }
    bool is_chip_link(std::uint32_t link) const { return link % m_links_per_chip >= m_chip_links; }
    bool is_chip_out(std::uint32_t link) const { return link % m_links_per_chip == m_chip_links; }
    unsigned chip_of_link(std::uint32_t link) const { return link / m_links_per_chip; }
    /// Name within its chip, such as "tile 3 out", "I/O in", "router (1,2) east", "chip out".
    std::string link_name(std::uint32_t link) const;

private:
    unsigned router_of(unsigned node) const { return m_nodes.local_of(node) / m_concentration; }
    void walk(unsigned chip, unsigned from, unsigned to, Path& path) const;
    unsigned distance(unsigned from, unsigned to) const;
    std::string node_name(unsigned chip, unsigned local) const;

    NodeMap m_nodes;
    unsigned m_concentration;
    unsigned m_columns = 1, m_rows = 1;
    std::uint32_t m_router_links;  ///< number of the first router-to-router link of a chip
    std::uint32_t m_chip_links;    ///< number of the link out of the chip; the link in follows
    std::uint32_t m_links_per_chip;
};

}  // namespace imc::noc
