// SPDX-License-Identifier: Apache-2.0
/// The images of a run: as numbers, as codes, as bytes in memory.
#pragma once

#include "run/compile.h"

#include <cstdint>
#include <vector>

namespace imc::run {

/// The images of a run one after the other, (C, H, W) each.
struct Images {
    std::size_t count = 0, size = 0;
    std::vector<float> numbers;
    const float* image(std::size_t i) const { return numbers.data() + i * size; }
};

/// Seeded images, `config.run.images` of them.
Images synthetic_images(const config::RunConfig& config, const compiler::Shape& shape);

/// QuantizeLinear of ONNX: round half to even, add the zero point, clamp to the tensor's range.
std::vector<std::int32_t> codes_of(const float* numbers, const compiler::QTensor& tensor);

/// Codes as the program's input port takes them: `bytes` bytes each, little-endian.
std::vector<std::uint8_t> packed(const std::vector<std::int32_t>& codes, unsigned bytes);

}  // namespace imc::run
