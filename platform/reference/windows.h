// SPDX-License-Identifier: Apache-2.0
/// The cells that a pooling window sees.
#pragma once

#include "reference/layers.h"

#include <cstdint>
#include <vector>

namespace imc::reference {

/// Codes of the window's cells inside the input, at output position (y, x) of `channel`.
inline void look(const Work& work, unsigned channel, unsigned y, unsigned x,
                 std::vector<std::int32_t>& inside)
{
    const compiler::QTensor& in = *work.in[0];
    const compiler::QGeometry& g = work.layer.geometry;
    inside.clear();
    for (unsigned ky = 0; ky < g.kernel_h; ++ky)
        for (unsigned kx = 0; kx < g.kernel_w; ++kx) {
            const std::int64_t iy =
                std::int64_t{y} * g.stride_h + std::int64_t{ky} * g.dilation_h - g.pad_top;
            const std::int64_t ix =
                std::int64_t{x} * g.stride_w + std::int64_t{kx} * g.dilation_w - g.pad_left;
            if (iy < 0 || ix < 0 || iy >= in.height || ix >= in.width) continue;
            const std::size_t row = std::size_t{channel} * in.height + static_cast<std::size_t>(iy);
            inside.push_back((*work.codes[0])[row * in.width + static_cast<std::size_t>(ix)]);
        }
}

/// Sets every output element to result(cells, codes inside): cells that count for a mean,
/// docs/numbers.md's n.
template <typename Result>
void for_each_window(const Work& work, Result&& result)
{
    if (work.in[0]->channels != work.out.channels)
        refuse(work.layer, "pooling keeps the number of channels");
    const compiler::QGeometry& g = work.layer.geometry;
    std::vector<std::int32_t> inside;
    std::size_t at = 0;
    for (unsigned channel = 0; channel < work.out.channels; ++channel)
        for (unsigned y = 0; y < work.out.height; ++y)
            for (unsigned x = 0; x < work.out.width; ++x) {
                look(work, channel, y, x, inside);
                const auto cells = g.count_include_pad ? g.kernel_h * g.kernel_w
                                                       : static_cast<unsigned>(inside.size());
                work.result[at++] = result(cells, inside);
            }
}

}  // namespace imc::reference
