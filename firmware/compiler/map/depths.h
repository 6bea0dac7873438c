// SPDX-License-Identifier: Apache-2.0
/// How many rows each edge may hold, and which edges live in the global buffer.
#pragma once

#include "compiler/map/place.h"

namespace imc::compiler {

constexpr unsigned psum_slots =
    4;  ///< rows of partial sums an owner holds: two per worker in flight keeps both busy

/// Slots for a kernel's window and the slack, without any lag of a join.
unsigned window_slots(const QNet& net, const QLayer& layer, unsigned slack, unsigned unit_rows);

/// One entry per (layer with stages, stream) in layer order.
std::vector<EdgeDepth> choose_depths(
    const QNet& net, const AcceleratorConfig& config, const MapOptions& options,
    const Lowerings& lowerings, const std::vector<std::vector<std::vector<InputPiece>>>& inputs,
    const Mapping& mapping);

}  // namespace imc::compiler
