// SPDX-License-Identifier: Apache-2.0
/// An image as codes and as bytes in memory.
#pragma once

#include "compiler/quantize/qnet.h"

#include <cstdint>
#include <vector>

namespace imc::run {

/// QuantizeLinear of ONNX: round half to even, add the zero point, clamp to the tensor's range; or
/// the nearest centroid of a codebook.
std::vector<std::int32_t> codes_of(const float* numbers, const compiler::QTensor& tensor);

/// Codes as the program's input port takes them: `bytes` bytes each, little-endian.
std::vector<std::uint8_t> packed(const std::vector<std::int32_t>& codes, unsigned bytes);

}  // namespace imc::run
