// SPDX-License-Identifier: Apache-2.0
#include "run/inputs.h"

#include <algorithm>
#include <cmath>

namespace imc::run {

std::vector<std::int32_t> codes_of(const float* numbers, const compiler::QTensor& tensor)
{
    std::vector<std::int32_t> codes(tensor.size());
    const auto scale = static_cast<float>(tensor.scale);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        // ONNX divides in float32; nearbyint rounds half to even in the default mode.
        const double code =
            std::nearbyint(static_cast<double>(numbers[i] / scale)) + tensor.zero_point;
        codes[i] = static_cast<std::int32_t>(
            std::clamp(code, static_cast<double>(tensor.min), static_cast<double>(tensor.max)));
    }
    return codes;
}

std::vector<std::uint8_t> packed(const std::vector<std::int32_t>& codes, unsigned bytes)
{
    std::vector<std::uint8_t> out(codes.size() * bytes);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const auto code = static_cast<std::uint32_t>(codes[i]);
        for (unsigned b = 0; b < bytes; ++b)
            out[i * bytes + b] = static_cast<std::uint8_t>(code >> (8 * b));
    }
    return out;
}

}  // namespace imc::run
