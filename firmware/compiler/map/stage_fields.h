// SPDX-License-Identifier: Apache-2.0
/// Fields of the program's stages, out of the network.
#pragma once

#include "compiler/map/mapping.h"

namespace imc::compiler {

/// Input channels of the layer that a placed stage reads: its input slice, the inputs of its
/// groups, or for element-wise work the same channels as its outputs.
ChannelRange channels_read(const QNet& net, const PlacedStage& placed);

/// Geometry, bits and ranges of a stage that has been placed.
void fill_geometry(const QNet& net, PlacedStage& placed);

/// A stream of `tensor`'s rows with `depth` slots.
imc_stream stream_of(const QTensor& tensor, ChannelRange channels, unsigned height, unsigned depth);

/// Stage `id` that passes the rows of `edge` on at the global buffer of node `node`.
PlacedStage make_spill(const QNet& net, const EdgeDepth& edge, unsigned node, std::uint16_t id);

}  // namespace imc::compiler
