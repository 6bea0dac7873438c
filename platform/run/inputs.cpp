// SPDX-License-Identifier: Apache-2.0
#include "run/inputs.h"

#include "compiler/quantize/input_codes.h"

namespace imc::run {

std::vector<std::int32_t> codes_of(const float* numbers, const compiler::QTensor& tensor)
{
    return compiler::input_codes(tensor, numbers, tensor.size());
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
