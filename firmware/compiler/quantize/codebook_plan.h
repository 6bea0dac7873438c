// SPDX-License-Identifier: Apache-2.0
/// What is special about planning for scheme codebook: functions fuse into the layers before them.
#pragma once

#include "compiler/quantize/plan.h"

#include <vector>

namespace imc::compiler {

/// Takes every quantisation off: weights become float, values are no longer rounded. The codebooks
/// replace them.
void remove_quantization(Graph& graph);

/// A function that a layer's activation memory computes.
struct FusedFunction {
    int node = -1;    ///< of the function; -1 = none
    int before = -1;  ///< value it is applied to: where its rows are needed
};

/// Moves functions of one number into the conv, gemm, affine, add or average pool that alone feeds
/// them; their layers leave the plan. Result by remaining layer.
std::vector<FusedFunction> fuse_functions(const Graph& graph, Plan& plan);

}  // namespace imc::compiler
