// SPDX-License-Identifier: Apache-2.0
/// Any bytes as an ONNX model: a graph or an InputError, nothing else.
#include "common/error.h"
#include "compiler/graph/passes.h"
#include "compiler/import/onnx_import.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    try {
        imc::compiler::Graph graph = imc::compiler::import_onnx_bytes(data, size, "fuzz.onnx");
        imc::compiler::fold_affine(graph);
    } catch (const imc::InputError&) {
        return 0;
    }
    return 0;
}
