// SPDX-License-Identifier: Apache-2.0
/// Rewrites of a float graph that keep what it computes.
#pragma once

#include "compiler/graph/graph.h"

#include <cstdint>

namespace imc::compiler {

/// Folds each `affine` that is the only reader of a float conv's or gemm's output into its weight
/// and bias, in double. Where the weight is synthetic the affine goes and leaves a synthetic bias.
/// Other affines stay.
void fold_affine(Graph& graph);

/// Turns slices and zero pads into convolutions with weights 0 and 1 (1x1 with the slice's step as
/// stride; depthwise where channels stay), exact on a grid too. A slice followed by a pad of
/// channels, ResNet's option-A shortcut, becomes one.
void lower_selections(Graph& graph);

/// Removes nodes and tensors that no output needs and renumbers the rest; order and names stay.
void remove_dead(Graph& graph);

/// Gives every synthetic tensor numbers: weights of variance 2 / fan-in and mean 0 (He et al., ICCV
/// 2015; a sum of four uniforms, so bounded by 3.46 sigma), biases and shifts 0, affine scales 1. A
/// number depends on seed, tensor name and index alone.
void fill_synthetic(Graph& graph, std::uint64_t seed);

}  // namespace imc::compiler
