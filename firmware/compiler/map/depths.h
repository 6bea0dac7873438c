// SPDX-License-Identifier: Apache-2.0
/// How many rows each edge may hold, and which edges live in the global buffer.
#pragma once

#include "compiler/map/dataflow.h"
#include "compiler/map/place.h"

namespace imc::compiler {

constexpr unsigned psum_slots =
    4;  ///< rows of partial sums an owner holds: two per worker in flight keeps both busy

/// Slots for a kernel's window and the slack, without any lag of a join.
unsigned window_slots(const QNet& net, const QLayer& layer, unsigned slack, unsigned unit_rows);

/// Rows of its input by which the window of a copy moves on between its units; 0 for a single copy.
unsigned next_window(const QLayer& layer, unsigned copies, unsigned unit_rows);

/// What to say of buffer_rows with which the program can block.
std::string blocks_below(const std::string& edge, unsigned rows, unsigned fewest);

/// One entry per (layer with stages, stream) in layer order. Geometry of the stages is filled in.
/// Throws InputError for buffer_rows of no edge or below a window and for tiles that are too small,
/// CapacityError for a global buffer that is.
std::vector<EdgeDepth> choose_depths(const QNet& net, const AcceleratorConfig& config,
                                     const MapOptions& options, const Lowerings& lowerings,
                                     const LayerInputs& inputs, const Mapping& mapping);

}  // namespace imc::compiler
