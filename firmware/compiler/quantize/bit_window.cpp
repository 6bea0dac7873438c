// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/bit_window.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

/// The largest magnitude of `planes` bits: its ones fill the upper end of the code.
std::int16_t largest_code(unsigned planes, unsigned window)
{
    const unsigned ones = std::min(planes, window);
    return static_cast<std::int16_t>(((1 << ones) - 1) << (planes - ones));
}

}  // namespace

std::int16_t nearest_in_window(double magnitude, unsigned window, std::int16_t top)
{
    if (magnitude >= top) return top;
    // Between 2^e and 2^(e+1) codes stand 2^(e+1-window) apart, but never closer than one.
    const int exponent = magnitude >= 1.0 ? std::ilogb(magnitude) : 0;
    const double step = std::ldexp(1.0, std::max(0, exponent + 1 - static_cast<int>(window)));
    return static_cast<std::int16_t>(std::nearbyint(magnitude / step) * step);
}

WeightCodes quantize_bit_window(const std::vector<float>& weights, unsigned out, unsigned bits,
                                unsigned window, bool per_channel)
{
    WeightCodes result;
    result.bits = bits;
    result.bits_mean = bits;
    result.codes.resize(weights.size());
    const std::int16_t top = largest_code(std::max(1u, bits - 1), window);
    const unsigned scales = per_channel ? out : 1;
    const std::size_t share = weights.size() / scales;
    for (unsigned s = 0; s < scales; ++s) {
        const float* begin = weights.data() + s * share;
        float largest = 0.0f;
        for (std::size_t i = 0; i < share; ++i)
            largest = std::max(largest, std::abs(begin[i]));
        const double scale = largest > 0.0f ? static_cast<double>(largest) / top : 1.0;
        for (std::size_t i = 0; i < share; ++i) {
            const std::int16_t code =
                nearest_in_window(std::abs(static_cast<double>(begin[i])) / scale, window, top);
            result.codes[s * share + i] =
                std::signbit(begin[i]) ? static_cast<std::int16_t>(-code) : code;
        }
        result.scale.push_back(scale);
    }
    return result;
}

}  // namespace imc::compiler
