// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/unary_table.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace imc::compiler {

double unary_value(const UnaryAttributes& a, double x)
{
    const auto sigmoid = [](double v) { return 1.0 / (1.0 + std::exp(-v)); };
    const auto gated = [&](double factor) {
        return x * (a.gate ? on_grid(*a.gate, factor) : factor);
    };
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
            return gated(std::clamp(x / 6.0 + 0.5, 0.0, 1.0));
        case Unary::silu:
            return gated(sigmoid(x));
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

void use_rows(unsigned rows, bool weighted_xor, const QTensor& input, QLayer& layer)
{
    const std::size_t codes = layer.lut.size();
    if (rows == 0 || codes <= rows) return;
    // How far the output has moved up to each code; a little for the step itself, so that rows
    // remain where it is flat.
    std::vector<double> reach{0.0};
    double moved = 0.0;
    for (std::size_t i = 1; i < codes; ++i)
        moved += std::abs(static_cast<double>(layer.lut[i]) - layer.lut[i - 1]);
    const double step = std::max(moved, 1.0) / (10.0 * static_cast<double>(codes));
    for (std::size_t i = 1; i < codes; ++i)
        reach.push_back(reach.back() + step +
                        std::abs(static_cast<double>(layer.lut[i]) - layer.lut[i - 1]));
    auto table = std::make_shared<QCodebook>();
    std::vector<std::size_t> at;
    for (unsigned row = 0; row < rows; ++row) {  // the middle of every row's share
        const double target = reach.back() * (row + 0.5) / rows;
        const auto index = static_cast<std::size_t>(
            std::lower_bound(reach.begin(), reach.end() - 1, target) - reach.begin());
        if (!at.empty() && at.back() == index) continue;
        at.push_back(index);
        table->activation_key.push_back(input.min + static_cast<std::int32_t>(index));
        table->activation_value.push_back(layer.lut[index]);
    }
    table->weighted_xor = weighted_xor;
    const auto far = [&](std::int32_t key, std::int32_t code) {
        return weighted_xor ? static_cast<std::uint32_t>(key ^ code)
                            : static_cast<std::uint32_t>(std::abs(key - code));
    };
    for (std::size_t i = 0; i < codes; ++i) {
        const std::int32_t code = input.min + static_cast<std::int32_t>(i);
        std::size_t nearest = 0;
        for (std::size_t row = 1; row < at.size(); ++row)
            if (far(table->activation_key[row], code) < far(table->activation_key[nearest], code))
                nearest = row;
        layer.lut[i] = table->activation_value[nearest];
    }
    layer.codebook = std::move(table);
}

}  // namespace imc::compiler
