// SPDX-License-Identifier: Apache-2.0
/// ONNX file to graph.
#pragma once

#include "compiler/graph/graph.h"

#include <string>
#include <vector>

namespace imc::compiler {

struct ImportOptions {
    /// Take shapes alone: every weight becomes a synthetic tensor, missing external data are no
    /// error.
    bool shapes_only = false;
};

/// Reads an ONNX model (opset 7 to 23). Weights that the file declares but does not bring (graph
/// inputs with a shape, ConstantOfShape) become synthetic tensors. Batch norm stays as `affine`
/// nodes (see fold_affine in graph/passes.h). Throws InputError, one line: file, node or tensor,
/// what is wrong, what would be right.
Graph import_onnx(const std::string& path, const ImportOptions& options = {});

/// The same from bytes in memory; `name` stands for the file in messages. External data are missing
/// here.
Graph import_onnx_bytes(const void* data, std::size_t size, const std::string& name,
                        const ImportOptions& options = {});

/// Every ONNX operator the importer takes, "domain.Op" outside the default domain, sorted.
std::vector<std::string> supported_operators();

}  // namespace imc::compiler
