// SPDX-License-Identifier: Apache-2.0
/// Pools, padding and slices.
#include "compiler/float_eval/layers.h"

#include <algorithm>
#include <limits>

namespace imc::compiler {

namespace {

/// Input positions [begin, end) under a window, step `dilation`, clipped to the input; and how many
/// positions lie in the padded input.
struct Span {
    int begin, end, padded;
};

Span window_span(int output, int stride, int kernel, int dilation, int pad_before, int pad_after,
                 int input)
{
    const int start = output * stride - pad_before;
    int begin = start;
    while (begin < 0)
        begin += dilation;
    const int end = std::min(start + (kernel - 1) * dilation + 1, input);
    const int padded_end =
        std::min(start + kernel, input + pad_after);  // average pools: dilation 1
    return {begin, end, padded_end - start};
}

float pool_window(const Node& node, const Span& rows, const Span& columns, const float* plane,
                  int width)
{
    const PoolAttributes& a = node.pool();
    if (node.op == Op::max_pool) {
        float largest = -std::numeric_limits<float>::infinity();
        for (int y = rows.begin; y < rows.end; y += a.dilation_h)
            for (int x = columns.begin; x < columns.end; x += a.dilation_w)
                largest = std::max(largest, plane[static_cast<std::size_t>(y) * width + x]);
        return largest;
    }
    float sum = 0.0f;
    for (int y = rows.begin; y < rows.end; ++y)
        for (int x = columns.begin; x < columns.end; ++x)
            sum += plane[static_cast<std::size_t>(y) * width + x];
    const int inside = (rows.end - rows.begin) * (columns.end - columns.begin);
    return sum / static_cast<float>(a.count_include_pad ? rows.padded * columns.padded : inside);
}

}  // namespace

void run_pool(const Node& node, const Shape& in, const Shape& out, int images, const float* x,
              float* y)
{
    const PoolAttributes& a = node.pool();
    std::vector<Span> columns;
    for (int ox = 0; ox < out.w; ++ox)
        columns.push_back(
            window_span(ox, a.stride_w, a.kernel_w, a.dilation_w, a.pad_left, a.pad_right, in.w));
    const std::size_t plane = static_cast<std::size_t>(in.h) * in.w;
    for (std::size_t p = 0; p < static_cast<std::size_t>(images) * in.c; ++p, x += plane)
        for (int oy = 0; oy < out.h; ++oy) {
            const Span rows = window_span(oy, a.stride_h, a.kernel_h, a.dilation_h, a.pad_top,
                                          a.pad_bottom, in.h);
            for (const Span& span : columns)
                *y++ = pool_window(node, rows, span, x, in.w);
        }
}

void run_pad(const PadAttributes& a, const Shape& in, const Shape& out, int images, const float* x,
             float* y)
{
    for (int image = 0; image < images; ++image, y += out.size()) {
        std::fill(y, y + out.size(), a.value);
        for (int c = 0; c < in.c; ++c)
            for (int row = 0; row < in.h; ++row, x += in.w) {
                const std::size_t target =
                    static_cast<std::size_t>(c + a.before[0]) * out.h + row + a.before[1];
                std::copy(x, x + in.w, y + target * out.w + a.before[2]);
            }
    }
}

void run_slice(const SliceAttributes& a, const Shape& in, const Shape& out, int images,
               const float* x, float* y)
{
    for (int image = 0; image < images; ++image, x += in.size())
        for (int c = 0; c < out.c; ++c)
            for (int row = 0; row < out.h; ++row) {
                const std::size_t source =
                    static_cast<std::size_t>(a.start[0] + c * a.step[0]) * in.h + a.start[1] +
                    row * a.step[1];
                for (int i = 0; i < out.w; ++i)
                    *y++ = x[source * in.w + a.start[2] + i * a.step[2]];
            }
}

}  // namespace imc::compiler
