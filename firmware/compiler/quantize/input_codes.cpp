// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/input_codes.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

namespace {

std::int32_t nearest_centroid(const std::vector<double>& centroids, double x)
{
    std::size_t best = 0;
    for (std::size_t i = 1; i < centroids.size(); ++i)
        if (std::abs(centroids[i] - x) < std::abs(centroids[best] - x)) best = i;
    return static_cast<std::int32_t>(best);
}

}  // namespace

std::vector<std::int32_t> input_codes(const QTensor& tensor, const float* numbers,
                                      std::size_t count)
{
    std::vector<std::int32_t> codes(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double x = numbers[i];
        if (!tensor.centroids.empty()) {
            codes[i] = nearest_centroid(tensor.centroids, x);
            continue;
        }
        const double code = std::nearbyint(x / tensor.scale) + tensor.zero_point;
        codes[i] = static_cast<std::int32_t>(std::clamp<double>(code, tensor.min, tensor.max));
    }
    return codes;
}

std::vector<double> real_numbers(const QTensor& tensor, const std::int32_t* codes,
                                 std::size_t count)
{
    std::vector<double> numbers(count);
    for (std::size_t i = 0; i < count; ++i)
        numbers[i] = tensor.centroids.empty()
                         ? tensor.scale * (static_cast<double>(codes[i]) - tensor.zero_point)
                         : tensor.centroids[static_cast<std::size_t>(codes[i])];
    return numbers;
}

}  // namespace imc::compiler
