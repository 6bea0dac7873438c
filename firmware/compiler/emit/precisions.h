// SPDX-License-Identifier: Apache-2.0
/// One network at several precisions in one program (associative processors).
#pragma once

#include "compiler/emit/blob_builder.h"
#include "compiler/map/engine_lowering.h"

#include <vector>

namespace imc::compiler {

/// Throws InputError unless all of `nets` are the network of the first at other precisions: the
/// same layers on associative processors, the same input and output codes.
void check_precisions(const std::vector<QNet>& nets);

/// Stages carry the widest codes of all precisions: what links and buffers are built for. Throws
/// InputError for several precisions where a layer runs on tiles that hold one.
void widen_streams(const std::vector<QNet>& nets, std::vector<PlacedStage>& stages);

/// Appends the section of models/associative/engine/precision.h to a stage's blob.
void add_precisions(const std::vector<QNet>& nets, const PlacedStage& placed,
                    const EngineLowering& lowering, BlobBuilder& blob);

}  // namespace imc::compiler
