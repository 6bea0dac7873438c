// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/options.h"
#include "compiler/quantize/qnet.h"

#include <cstddef>

namespace imc::compiler {

/// Scheme codebook (RAPIDNN): clusters weights and what `images` (count x (C, H, W)) make of every
/// layer input, and builds the integer tables of docs/numbers.md, "Codebooks". Synthetic weights
/// are drawn first; quantised files count as float ones. Every layer asks for engine CAM. Throws
/// InputError naming node and remedy.
QNet quantize_codebook(Graph graph, const QuantOptions& options, const float* images,
                       std::size_t count);

}  // namespace imc::compiler
