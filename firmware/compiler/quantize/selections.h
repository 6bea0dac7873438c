// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/graph/graph.h"

namespace imc::compiler {

/// Turns slices and pads (parameter-free shortcuts of residual networks: every second pixel,
/// channels padded with zeros) into convolutions that pick: weight 1 where an output channel shows
/// an input channel. A pad that alone reads a slice joins it. Throws InputError naming the node for
/// pads with values other than 0, slices along channels with a step, or padding around the picture.
void lower_selections(Graph& graph);

}  // namespace imc::compiler
