// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compiler/quantize/qnet.h"

#include <cstddef>
#include <vector>

namespace imc::compiler {

/// Codes of `count` real numbers (C, H, W) in the format of `tensor`: rounded half to even and
/// clamped, or the nearest centroid of a codebook, ties to the lower (docs/numbers.md).
std::vector<std::int32_t> input_codes(const QTensor& tensor, const float* numbers,
                                      std::size_t count);

}  // namespace imc::compiler
