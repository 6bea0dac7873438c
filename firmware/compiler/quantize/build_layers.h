// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/options.h"
#include "compiler/quantize/plan.h"
#include "compiler/quantize/qnet.h"
#include "compiler/quantize/weights.h"

namespace imc::compiler {

/// Tensors, layers and host operators of a planned graph. `codes` are those of the conv and gemm
/// nodes `array_nodes` of a float graph; empty for a quantised one, whose codes come from the file.
QNet build_layers(const Graph& graph, const Plan& plan, const std::vector<int>& array_nodes,
                  const std::vector<WeightCodes>& codes, const QuantOptions& options);

/// Scale, zero point and code range of a tensor: the file's own quantisation, or from the planned
/// range and bits.
QTensor build_tensor(const Graph& graph, const PlannedTensor& planned, const QuantOptions& options);

}  // namespace imc::compiler
