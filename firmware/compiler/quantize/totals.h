// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/qnet.h"

namespace imc::compiler {

/// Parameters of the float network, and the mean bits over all weights of the layers.
void count_weights(const Graph& graph, QNet& net);

}  // namespace imc::compiler
