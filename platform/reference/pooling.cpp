// SPDX-License-Identifier: Apache-2.0
#include "reference/layers.h"

#include <algorithm>

namespace imc::reference {

namespace {

/// What a pooling window saw.
struct Window {
    std::int64_t sum = 0;  ///< of codes less the zero point
    std::int32_t highest = INT32_MIN;
    std::int64_t inside = 0;  ///< cells inside the input
};

Window look(const Work& work, unsigned channel, unsigned y, unsigned x)
{
    const compiler::QTensor& in = *work.in[0];
    const compiler::QGeometry& g = work.layer.geometry;
    Window window;
    for (unsigned ky = 0; ky < g.kernel_h; ++ky)
        for (unsigned kx = 0; kx < g.kernel_w; ++kx) {
            const std::int64_t iy =
                std::int64_t{y} * g.stride_h + std::int64_t{ky} * g.dilation_h - g.pad_top;
            const std::int64_t ix =
                std::int64_t{x} * g.stride_w + std::int64_t{kx} * g.dilation_w - g.pad_left;
            if (iy < 0 || ix < 0 || iy >= in.height || ix >= in.width) continue;
            const std::size_t at =
                (std::size_t{channel} * in.height + static_cast<std::size_t>(iy)) * in.width;
            const std::int32_t code = (*work.codes[0])[at + static_cast<std::size_t>(ix)];
            window.sum += std::int64_t{code} - in.zero_point;
            window.highest = std::max(window.highest, code);
            ++window.inside;
        }
    return window;
}

template <typename Result>
void for_each_window(const Work& work, Result&& result)
{
    if (work.in[0]->channels != work.out.channels)
        refuse(work.layer, "pooling keeps the number of channels");
    std::size_t at = 0;
    for (unsigned channel = 0; channel < work.out.channels; ++channel)
        for (unsigned y = 0; y < work.out.height; ++y)
            for (unsigned x = 0; x < work.out.width; ++x)
                work.result[at++] = result(look(work, channel, y, x));
}

}  // namespace

void evaluate_max_pool(const Work& work)
{
    for_each_window(work, [&](const Window& window) {
        if (window.inside == 0) return work.out.min;
        if (work.layer.scale.empty()) return window.highest;
        return work.finish(rescale_product(work.scaling(0),
                                           std::int64_t{window.highest} - work.in[0]->zero_point));
    });
}

void evaluate_average_pool(const Work& work)
{
    const compiler::QGeometry& g = work.layer.geometry;
    for_each_window(work, [&](const Window& window) {
        const std::int64_t n =
            g.count_include_pad ? std::int64_t{g.kernel_h} * g.kernel_w : window.inside;
        return work.finish(n == 0 ? 0 : rescale_mean(work.scaling(0), window.sum, n));
    });
}

}  // namespace imc::reference
