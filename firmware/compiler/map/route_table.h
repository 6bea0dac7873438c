// SPDX-License-Identifier: Apache-2.0
/// Routes between stages, collected by producer.
#pragma once

#include "compiler/map/mapping.h"

namespace imc::compiler {

/// A rectangle of a tensor: channels of the layer's output or input, rows of it.
struct Piece {
    ChannelRange channels;
    RowSpan rows;
};

/// Collects each producer's routes, then lays them out in one table.
class RouteTable {
public:
    explicit RouteTable(std::size_t stages) : m_routes(stages) {}
    void add_stage() { m_routes.emplace_back(); }
    /// From stage `producer` (-1 = source) what it makes, needed by the consumer as `wanted` after
    /// adding `offset` to the channels; nothing if the two have nothing in common.
    void connect(int producer, const Piece& made, unsigned offset, const Piece& wanted,
                 imc_route route);
    void write(Mapping& mapping) const;

private:
    std::vector<std::vector<imc_route>> m_routes;
    std::vector<imc_route> m_source;
};

}  // namespace imc::compiler
