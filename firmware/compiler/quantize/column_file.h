// SPDX-License-Identifier: Apache-2.0
/// ColumnQuant parameters that training found (scripts/train/qat_column.py): the file's form stands
/// in docs/training.md.
#pragma once

#include "compiler/quantize/options.h"

#include <cstdint>
#include <string>
#include <vector>

namespace imc::compiler {

/// Codes of a tensor that feeds convolutions: real = scale x code.
struct TrainedTensor {
    std::string name;
    unsigned bits = 4;
    bool is_signed = false;
    double scale = 1.0;
};

/// A convolution's scales and converters.
struct TrainedColumns {
    std::string name;
    unsigned tiles = 1, outputs = 1;
    std::vector<double> weight_scale;  ///< [tile][out], of the ONNX file's weights; not zero
    std::vector<double> step;          ///< [polarity][slice][tile][out], units of the integer sum
    std::vector<std::int32_t> centre;  ///< likewise, converter codes
};

struct ColumnFile {
    unsigned weight_bits = 4, activation_bits = 4;
    ColumnOptions column;
    std::vector<TrainedTensor> tensors;
    std::vector<TrainedColumns> layers;

    /// Null where the file does not name it.
    const TrainedColumns* layer(const std::string& name) const;
};

/// Reads and checks a file. Throws InputError, one line: no JSON, another format, missing keys,
/// wrong sizes, numbers that are not finite, zero scales, steps that are not positive.
ColumnFile read_column_file(const std::string& path);

}  // namespace imc::compiler
