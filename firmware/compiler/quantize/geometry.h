// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/qnet.h"

namespace imc::compiler {

/// Window of a conv, gemm, max_pool or average_pool node whose first input has shape `input`; a
/// gemm is a convolution whose kernel is the whole input; other operators work point by point.
QGeometry layer_geometry(const Node& node, const Shape& input);

/// The host operator of a softmax, log_softmax or argmax node.
imc_host_op host_op(const Node& node);

}  // namespace imc::compiler
