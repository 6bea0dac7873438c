// SPDX-License-Identifier: Apache-2.0
#include "compiler/float_eval/layers.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

void run_affine(const std::vector<float>& scale, const std::vector<float>& shift,
                const Shape& shape, int images, const float* x, float* y)
{
    const std::size_t plane = static_cast<std::size_t>(shape.h) * shape.w;
    for (std::size_t p = 0; p < static_cast<std::size_t>(images) * shape.c;
         ++p, x += plane, y += plane)
        for (std::size_t i = 0; i < plane; ++i)
            y[i] = x[i] * scale[p % shape.c] + shift[p % shape.c];
}

namespace {

float hard_sigmoid(float x, float alpha, float beta)
{
    return std::clamp(alpha * x + beta, 0.0f, 1.0f);
}

float gate(const UnaryAttributes& a, float factor)
{
    return a.gate ? static_cast<float>(on_grid(*a.gate, factor)) : factor;
}

float unary(const UnaryAttributes& a, float x)
{
    switch (a.function) {
        case Unary::sigmoid:
            return 1.0f / (1.0f + std::exp(-x));
        case Unary::tanh:
            return std::tanh(x);
        case Unary::elu:
            return x > 0.0f ? x : a.alpha * std::expm1(x);
        case Unary::leaky_relu:
            return x > 0.0f ? x : a.alpha * x;
        case Unary::gelu:
            return 0.5f * x * (1.0f + std::erf(x * std::sqrt(0.5f)));
        case Unary::erf:
            return std::erf(x);
        case Unary::hard_sigmoid:
            return hard_sigmoid(x, a.alpha, a.beta);
        case Unary::hard_swish:
            return x * gate(a, hard_sigmoid(x, 1.0f / 6.0f, 0.5f));
        case Unary::silu:
            return a.gate ? x * gate(a, 1.0f / (1.0f + std::exp(-x))) : x / (1.0f + std::exp(-x));
        case Unary::exp:
            return std::exp(x);
        case Unary::softplus:
            return x > 20.0f ? x : std::log1p(std::exp(x));
    }
    return x;
}

}  // namespace

void run_unary(const UnaryAttributes& attributes, std::size_t count, const float* x, float* y)
{
    for (std::size_t i = 0; i < count; ++i)
        y[i] = unary(attributes, x[i]);
}

void run_lrn(const LrnAttributes& a, const Shape& shape, int images, const float* x, float* y)
{
    const std::size_t plane = static_cast<std::size_t>(shape.h) * shape.w;
    const int below = (a.size - 1) / 2,
              above = a.size - 1 - below;  // ONNX LRN: floor below, ceil above
    for (int image = 0; image < images; ++image, x += shape.size(), y += shape.size())
        for (int c = 0; c < shape.c; ++c)
            for (std::size_t i = 0; i < plane; ++i) {
                float squares = 0.0f;
                for (int n = std::max(0, c - below); n <= std::min(shape.c - 1, c + above); ++n)
                    squares += x[n * plane + i] * x[n * plane + i];
                const float size = static_cast<float>(a.size);
                y[c * plane + i] =
                    x[c * plane + i] / std::pow(a.bias + a.alpha / size * squares, a.beta);
            }
}

namespace {

/// One position: `stride` lies between channels.
void softmax(bool logarithm, int channels, std::size_t stride, const float* x, float* y)
{
    float largest = x[0], sum = 0.0f;
    for (int c = 1; c < channels; ++c)
        largest = std::max(largest, x[c * stride]);
    for (int c = 0; c < channels; ++c)
        sum += std::exp(x[c * stride] - largest);
    for (int c = 0; c < channels; ++c) {
        const float moved = x[c * stride] - largest;
        y[c * stride] = logarithm ? moved - std::log(sum) : std::exp(moved) / sum;
    }
}

float argmax(int channels, std::size_t stride, const float* x)
{
    int best = 0;
    for (int c = 1; c < channels; ++c)
        if (x[c * stride] > x[best * stride]) best = c;
    return static_cast<float>(best);
}

}  // namespace

void run_channel_reduction(Op op, const Shape& shape, int images, const float* x, float* y)
{
    const std::size_t plane = static_cast<std::size_t>(shape.h) * shape.w;
    const std::size_t result = op == Op::argmax ? plane : static_cast<std::size_t>(shape.size());
    for (int image = 0; image < images; ++image, x += shape.size(), y += result)
        for (std::size_t i = 0; i < plane; ++i) {
            if (op == Op::argmax)
                y[i] = argmax(shape.c, plane, x + i);
            else
                softmax(op == Op::log_softmax, shape.c, plane, x + i, y + i);
        }
}

void round_to_grid(const Quantization& q, std::size_t count, float* numbers)
{
    const float scale = q.scales[0];
    const auto zero = static_cast<float>(q.zero_points[0]);
    const auto low = static_cast<float>(dtype_lowest(q.dtype)),
               high = static_cast<float>(dtype_highest(q.dtype));
    for (std::size_t i = 0; i < count; ++i) {
        const float code =
            std::nearbyint(numbers[i] / scale) + zero;  // default rounding: half to even
        numbers[i] = (std::min(std::max(code, low), high) - zero) * scale;
    }
}

}  // namespace imc::compiler
