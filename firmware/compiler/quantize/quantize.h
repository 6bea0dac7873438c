// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/calibration.h"
#include "compiler/quantize/options.h"
#include "compiler/quantize/qnet.h"

namespace imc::compiler {

/// Integers for `graph`. Batch norms are folded where they can be; synthetic weights are drawn (by
/// the scheme: inside block maps for bwq) and then seen by the calibrator. A graph that carries
/// quantisations keeps every scale and computes the integers ONNX specifies. Throws InputError
/// naming node and remedy.
QNet quantize(Graph graph, const QuantOptions& options, const CalibrationSource& calibration);

}  // namespace imc::compiler
