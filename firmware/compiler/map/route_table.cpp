// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/route_table.h"

#include <algorithm>

namespace imc::compiler {

void RouteTable::connect(int producer, const Piece& made, unsigned offset, const Piece& wanted,
                         imc_route route)
{
    const unsigned begin = std::max(made.channels.begin + offset, wanted.channels.begin);
    const unsigned end = std::min(made.channels.end + offset, wanted.channels.end);
    const unsigned first = std::max(made.rows.begin, wanted.rows.begin);
    const unsigned last = std::min(made.rows.end, wanted.rows.end);
    if (begin >= end || first >= last) return;
    if (made.rows.begin != wanted.rows.begin || made.rows.end != wanted.rows.end) {
        route.row_first = first - made.rows.begin;
        route.row_count = last - first;
        route.row_offset = static_cast<std::int32_t>(made.rows.begin) -
                           static_cast<std::int32_t>(wanted.rows.begin);
    }
    route.channel_first = begin - offset;
    route.channel_count = end - begin;
    route.channel_offset = offset;
    (producer < 0 ? m_source : m_routes[producer]).push_back(route);
}

void RouteTable::write(Mapping& mapping) const
{
    mapping.source_routes = m_source;
    for (std::size_t i = 0; i < m_routes.size(); ++i) {
        mapping.stages[i].stage.route_begin = static_cast<std::uint32_t>(mapping.routes.size());
        mapping.stages[i].stage.route_count = static_cast<std::uint32_t>(m_routes[i].size());
        mapping.routes.insert(mapping.routes.end(), m_routes[i].begin(), m_routes[i].end());
    }
}

}  // namespace imc::compiler
