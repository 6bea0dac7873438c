// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/unary_table.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

double unary_value(const UnaryAttributes& a, double x)
{
    const auto sigmoid = [](double v) { return 1.0 / (1.0 + std::exp(-v)); };
    switch (a.function) {
        case Unary::sigmoid:
            return sigmoid(x);
        case Unary::tanh:
            return std::tanh(x);
        case Unary::elu:
            return x > 0.0 ? x : a.alpha * std::expm1(x);
        case Unary::leaky_relu:
            return x > 0.0 ? x : a.alpha * x;
        case Unary::erf:
            return std::erf(x);
        case Unary::gelu:
            return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
        case Unary::hard_sigmoid:
            return std::clamp(a.alpha * x + a.beta, 0.0, 1.0);
        case Unary::hard_swish:
            return x * std::clamp(x / 6.0 + 0.5, 0.0, 1.0);
        case Unary::silu:
            return x * sigmoid(x);
        case Unary::exp:
            return std::exp(x);
        case Unary::softplus:
            return std::log1p(std::exp(x));
    }
    return x;
}

std::vector<std::int32_t> unary_table(const UnaryAttributes& attributes, const QTensor& input,
                                      const QTensor& output)
{
    std::vector<std::int32_t> table;
    table.reserve(static_cast<std::size_t>(input.max - input.min + 1));
    for (std::int64_t code = input.min; code <= input.max; ++code) {
        const double real =
            unary_value(attributes, static_cast<double>(code - input.zero_point) * input.scale);
        const double y = std::nearbyint(real / output.scale) + output.zero_point;
        table.push_back(static_cast<std::int32_t>(std::clamp<double>(y, output.min, output.max)));
    }
    return table;
}

}  // namespace imc::compiler
