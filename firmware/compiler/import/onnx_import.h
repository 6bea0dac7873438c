// SPDX-License-Identifier: Apache-2.0
/// ONNX file to graph.
#pragma once

#include "compiler/graph/graph.h"

#include <string>

namespace imc::compiler {

/// Reads an ONNX model (opset 7 to 17). Weights that the file declares but does not bring (graph
/// inputs with a shape, external data, ConstantOfShape) become synthetic tensors. Batch norm stays
/// as `affine` nodes (see fold_affine). Throws InputError, one line: file, node or tensor, what is
/// wrong, what would be right.
Graph import_onnx(const std::string& path);

/// The same from bytes in memory; `name` stands for the file in messages.
Graph import_onnx_bytes(const void* data, std::size_t size, const std::string& name);

}  // namespace imc::compiler
