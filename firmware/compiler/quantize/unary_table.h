// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/quantize/qnet.h"

#include <vector>

namespace imc::compiler {

/// The real function.
double unary_value(const UnaryAttributes& attributes, double x);

/// Output code for every input code from input.min to input.max, rounded half to even and clamped.
std::vector<std::int32_t> unary_table(const UnaryAttributes& attributes, const QTensor& input,
                                      const QTensor& output);

/// A CAM table for the same function: `rows` input codes, dense where the output changes, with the
/// output code of each; `layer.lut` becomes what a search for the nearest row gives, by distance or
/// by weighted XOR, the lower row on ties. Nothing happens if
/// there are no more codes than rows.
void use_rows(unsigned rows, bool weighted_xor, const QTensor& input, QLayer& layer);

}  // namespace imc::compiler
