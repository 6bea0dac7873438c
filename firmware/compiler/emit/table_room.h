// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/map/engine_lowering.h"
#include "compiler/map/place.h"

#include <vector>

namespace imc::compiler {

/// Rows, tables and copies of shared weights against the buffer of every tile whose engine keeps
/// tables there (EngineLowering::table_bits): tables of all `precisions` (`net` alone if there are
/// none), all layers' at once, or, where blobs come with images, those of a layer and the next.
/// Throws InputError with the tile that lacks most and the bytes it would need.
void check_table_room(const QNet& net, const Mapping& mapping, const Lowerings& lowerings,
                      const std::vector<QNet>& precisions);

}  // namespace imc::compiler
