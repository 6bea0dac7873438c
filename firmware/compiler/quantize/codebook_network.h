// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/options.h"
#include "compiler/quantize/qnet.h"
#include "compiler/quantize/value_samples.h"

namespace imc::compiler {

/// Scheme codebook (RAPIDNN): clusters weights and what the images that `observe` shows make of
/// every layer input, and builds the integer tables of docs/numbers.md, "Codebooks". Synthetic
/// weights are drawn first; quantised files count as float ones. Every layer asks for engine CAM.
/// Throws InputError naming node and remedy.
QNet quantize_codebook(Graph graph, const QuantOptions& options, const ObserveImages& observe);

}  // namespace imc::compiler
