// SPDX-License-Identifier: Apache-2.0
/// Internal to the importer: constants of the file and what folds to constants.
#pragma once

#include "compiler/graph/graph.h"
#include "compiler/import/onnx_model.h"

#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace imc::compiler {

/// Stands in a shape vector for a batch size that the file leaves open.
constexpr std::int64_t open_batch = std::numeric_limits<std::int64_t>::min();

/// A constant tensor. float16, bfloat16 and double are held as float, 16-bit integers as int32,
/// bool as uint8. `absent`: declared without numbers. `fill`: all elements alike (ConstantOfShape),
/// numbers not stored.
struct Constant {
    using Data = std::variant<std::monostate, std::vector<float>, std::vector<std::int8_t>,
                              std::vector<std::uint8_t>, std::vector<std::int32_t>,
                              std::vector<std::int64_t>>;
    std::vector<std::int64_t> dims;
    Data data;
    DType dtype = DType::float32;  ///< of the file; int64 and bool count as int32 and uint8
    std::optional<float> fill;
    std::optional<Quantization> quantization;

    std::int64_t size() const;
    bool absent() const { return data.index() == 0 && !fill; }
    bool is_float() const
    {
        return fill || absent() || std::holds_alternative<std::vector<float>>(data);
    }
};

/// Whether ONNX's data type (TensorProto::DataType) is one of floating point.
bool is_float_type(std::int64_t type);

/// Decodes a TensorProto, reading external data beside the model. With `shapes_only`, float data of
/// two dimensions or more, and of external files that are missing, are left absent. Throws
/// InputError for sizes that do not fit, NaN or infinity, missing files, types without use here.
Constant decode(const OnnxModel& model, const onnx::TensorProto& tensor, bool shapes_only);

/// Multiplies dims; throws InputError naming `what` if negative or above 2^31 elements.
std::int64_t checked_size(const OnnxModel& model, const std::string& what,
                          const std::vector<std::int64_t>& dims);

}  // namespace imc::compiler
