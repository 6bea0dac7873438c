// SPDX-License-Identifier: Apache-2.0
#include "noc/kernel/mesh.h"

#include <cstdlib>

namespace imc::noc {

namespace {

enum Direction { east = 0, west = 1, south = 2, north = 3 };

unsigned gap(unsigned a, unsigned b)
{
    return a > b ? a - b : b - a;
}

}  // namespace

Mesh::Mesh(const NodeMap& nodes, unsigned concentration)
    : m_nodes(nodes), m_concentration(concentration)
{
    const unsigned routers = (nodes.nodes_per_chip() + concentration - 1) / concentration;
    while (m_columns * m_columns < routers)
        ++m_columns;
    m_rows = (routers + m_columns - 1) / m_columns;
    m_router_links = 2 * nodes.nodes_per_chip();
    m_chip_links = m_router_links + 4 * m_columns * m_rows;
    m_links_per_chip = m_chip_links + 2;
}

void Mesh::walk(unsigned chip, unsigned from, unsigned to, Path& path) const
{
    const std::uint32_t base = chip * m_links_per_chip + m_router_links;
    unsigned x = from % m_columns, y = from / m_columns;
    const unsigned to_x = to % m_columns, to_y = to / m_columns;
    const auto step = [&](Direction direction) {
        path.links.push_back(base + 4 * (y * m_columns + x) + direction);
        ++path.routers;
    };
    for (; x < to_x; ++x)
        step(east);
    for (; x > to_x; --x)
        step(west);
    for (; y < to_y; ++y)
        step(south);
    for (; y > to_y; --y)
        step(north);
}

void Mesh::route(unsigned source, unsigned destination, Path& path) const
{
    path.links.clear();
    path.routers = 0;
    path.crosses_chips = false;
    if (source == destination) return;
    const unsigned a = m_nodes.chip_of(source), b = m_nodes.chip_of(destination);
    path.links.push_back(a * m_links_per_chip + 2 * m_nodes.local_of(source));
    ++path.routers;
    if (a == b) {
        walk(a, router_of(source), router_of(destination), path);
    } else {
        path.crosses_chips = true;
        walk(a, router_of(source), 0, path);
        path.links.push_back(a * m_links_per_chip + m_chip_links);
        path.links.push_back(b * m_links_per_chip + m_chip_links + 1);
        ++path.routers;
        walk(b, 0, router_of(destination), path);
    }
    path.links.push_back(b * m_links_per_chip + 2 * m_nodes.local_of(destination) + 1);
}

unsigned Mesh::distance(unsigned from, unsigned to) const
{
    return gap(from % m_columns, to % m_columns) + gap(from / m_columns, to / m_columns);
}

unsigned Mesh::hops(unsigned source, unsigned destination) const
{
    if (source == destination) return 0;
    if (m_nodes.chip_of(source) == m_nodes.chip_of(destination))
        return 1 + distance(router_of(source), router_of(destination));
    return 2 + distance(router_of(source), 0) + distance(0, router_of(destination));
}

/// Of a node by its position within the chip; tiles count over all chips.
std::string Mesh::node_name(unsigned chip, unsigned local) const
{
    if (local == m_nodes.tiles_per_chip) return "I/O";
    if (local > m_nodes.tiles_per_chip) return "global buffer";
    return "tile " + std::to_string(chip * m_nodes.tiles_per_chip + local);
}

std::string Mesh::link_name(std::uint32_t link) const
{
    static const char* const directions[] = {"east", "west", "south", "north"};
    const unsigned local = link % m_links_per_chip;
    if (local >= m_chip_links) return local == m_chip_links ? "chip out" : "chip in";
    if (local < m_router_links)
        return node_name(chip_of_link(link), local / 2) + (local % 2 == 0 ? " out" : " in");
    const unsigned router = (local - m_router_links) / 4;
    return "router (" + std::to_string(router % m_columns) + "," +
           std::to_string(router / m_columns) + ") " + directions[(local - m_router_links) % 4];
}

}  // namespace imc::noc
