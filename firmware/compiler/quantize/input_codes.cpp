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
    const auto scale = static_cast<float>(tensor.scale);
    for (std::size_t i = 0; i < count; ++i) {
        const double x = numbers[i];
        if (!tensor.centroids.empty()) {
            codes[i] = nearest_centroid(tensor.centroids, x);
            continue;
        }
        // ONNX divides in float32; nearbyint rounds half to even in the default mode.
        const double code =
            std::nearbyint(static_cast<double>(numbers[i] / scale)) + tensor.zero_point;
        codes[i] = static_cast<std::int32_t>(std::clamp<double>(code, tensor.min, tensor.max));
    }
    return codes;
}

}  // namespace imc::compiler
