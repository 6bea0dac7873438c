// SPDX-License-Identifier: Apache-2.0
/// The inputs of one output position of a convolution, in the order of the weight rows.
#pragma once

#include "reference/layers.h"

#include <cstdint>
#include <vector>

namespace imc::reference {

/// Gathers patches of a layer's input for one group of channels. T must hold every code less
/// `offset`.
template <typename T>
class Patches {
public:
    /// Elements are code - offset; padding is `padding`.
    Patches(const Work& work, std::int32_t offset, T padding)
        : m_in(*work.in[0]), m_geometry(work.layer.geometry), m_padding(padding)
    {
        m_codes.reserve(work.codes[0]->size());
        for (const std::int32_t code : *work.codes[0])
            m_codes.push_back(static_cast<T>(code - offset));
    }

    std::size_t rows() const
    {
        return std::size_t{m_in.channels} / m_geometry.groups * m_geometry.kernel_h *
               m_geometry.kernel_w;
    }

    /// Writes rows() elements of output position (y, x), channel-major, then kernel row, then
    /// kernel column.
    void gather(unsigned group, unsigned y, unsigned x, T* patch) const
    {
        const compiler::QGeometry& g = m_geometry;
        const unsigned channels = m_in.channels / g.groups;
        for (unsigned c = 0; c < channels; ++c)
            for (unsigned ky = 0; ky < g.kernel_h; ++ky) {
                const std::int64_t iy =
                    std::int64_t{y} * g.stride_h + std::int64_t{ky} * g.dilation_h - g.pad_top;
                const bool row_inside = iy >= 0 && iy < m_in.height;
                const T* row = m_codes.data();
                if (row_inside)
                    row += (std::size_t{group * channels + c} * m_in.height +
                            static_cast<std::size_t>(iy)) *
                           m_in.width;
                for (unsigned kx = 0; kx < g.kernel_w; ++kx) {
                    const std::int64_t ix =
                        std::int64_t{x} * g.stride_w + std::int64_t{kx} * g.dilation_w - g.pad_left;
                    *patch++ = row_inside && ix >= 0 && ix < m_in.width ? row[ix] : m_padding;
                }
            }
    }

private:
    const compiler::QTensor& m_in;
    const compiler::QGeometry& m_geometry;
    std::vector<T> m_codes;
    T m_padding;
};

/// Calls row(group, y, patches of the row, channel range) for every group and output row, split
/// over threads: patches are [x][rows()].
template <typename T, typename Row>
void for_each_row(const Work& work, const Patches<T>& patches, Row&& row)
{
    const unsigned groups = work.layer.geometry.groups;
    in_parallel(std::size_t{groups} * work.out.height, work.threads,
                [&](std::size_t begin, std::size_t end) {
                    std::vector<T> gathered(patches.rows() * work.out.width);
                    for (std::size_t i = begin; i < end; ++i) {
                        const auto group = static_cast<unsigned>(i / work.out.height),
                                   y = static_cast<unsigned>(i % work.out.height);
                        for (unsigned x = 0; x < work.out.width; ++x)
                            patches.gather(group, y, x, gathered.data() + x * patches.rows());
                        row(group, y, gathered.data());
                    }
                });
}

}  // namespace imc::reference
