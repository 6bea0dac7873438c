// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/emit/blob_builder.h"
#include "compiler/map/engine_lowering.h"

namespace imc::compiler {

/// Weights, block bits, requantisation and tables of one stage; empty if it needs none.
BlobBuilder stage_blob(const QNet& net, const PlacedStage& placed, const EngineLowering& lowering);

/// K indices [begin, end) of a conv layer's weight row that belong to input channels `inputs`
/// (groups = 1), or the whole row.
ChannelRange weight_columns(const QLayer& layer, const PlacedStage& placed);

}  // namespace imc::compiler
