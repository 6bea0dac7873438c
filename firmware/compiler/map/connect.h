// SPDX-License-Identifier: Apache-2.0
/// Streams, slots, spills and routes between placed stages.
#pragma once

#include "compiler/map/place.h"

namespace imc::compiler {

/// Input channels of the layer that a placed stage reads: its input slice, the inputs of its
/// groups, or for element-wise work the same channels as its outputs.
ChannelRange channels_read(const QNet& net, const PlacedStage& placed);

/// Fills in every stage's geometry and streams, inserts SPILL stages, writes routes. Throws
/// InputError for buffer_rows that can block (unless forced) and for a global buffer that is too
/// small.
void connect_stages(const QNet& net, const AcceleratorConfig& config, const MapOptions& options,
                    const Lowerings& lowerings, Mapping& mapping);

}  // namespace imc::compiler
