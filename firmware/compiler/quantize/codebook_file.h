// SPDX-License-Identifier: Apache-2.0
/// Codebooks that training found (scripts/train/codebook_retrain.py): the file's form stands in
/// docs/training.md.
#pragma once

#include "compiler/quantize/codebook.h"

#include <map>
#include <string>
#include <vector>

namespace imc::compiler {

struct CodebookFile {
    std::map<std::string, Codebook> tensors;              ///< by value name
    std::map<std::string, std::vector<Codebook>> layers;  ///< by node name: one, or one an output

    /// Codes of the largest weight codebook and of the largest of a tensor.
    unsigned weight_codes() const;
    unsigned input_codes() const;
};

/// Reads and checks a file. Throws InputError, one line: no JSON, another format, missing keys,
/// names that stand twice, codebooks that are not 2 to 64 finite ascending numbers.
CodebookFile read_codebook_file(const std::string& path);

}  // namespace imc::compiler
