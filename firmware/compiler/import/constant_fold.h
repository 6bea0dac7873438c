// SPDX-License-Identifier: Apache-2.0
/// Internal to the importer: handlers of nodes that compute on constants alone.
#pragma once

#include "compiler/import/importer.h"

namespace imc::compiler {

// constant_fold_weights.cpp
void fold_reshape(Importer& importer, const OnnxNode& node);
void fold_transpose(Importer& importer, const OnnxNode& node);
/// DequantizeLinear of a constant keeps the codes and notes scale and zero point.
void fold_dequantize(Importer& importer, const OnnxNode& node);
/// QuantizeLinear of a constant: weights that an exporter left in float before the pair.
void fold_quantize(Importer& importer, const OnnxNode& node);

// constant_fold_types.cpp
/// Cast of a constant; shape vectors stay int64, what is quantised keeps its codes.
void fold_cast(Importer& importer, const OnnxNode& node);
/// Clip of a constant: codes that training kept within -127 .. 127.
void fold_clip(Importer& importer, const OnnxNode& node);

}  // namespace imc::compiler
