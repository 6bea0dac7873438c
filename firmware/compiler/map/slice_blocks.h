// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/map/mapping.h"

#include <cstdint>
#include <vector>

namespace imc::compiler {

/// The part of a layer's block map that a slice holds, [group][V][H] as the crossbar wants it.
/// Slices begin at whole blocks or, in grouped layers, at whole groups; a block of the map that
/// spans groups stands in each of them.
std::vector<std::uint8_t> slice_blocks(const QLayer& layer, const QNet& net, ChannelRange outputs,
                                       ChannelRange inputs);

}  // namespace imc::compiler
