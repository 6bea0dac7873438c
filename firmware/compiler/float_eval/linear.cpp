// SPDX-License-Identifier: Apache-2.0
#include "compiler/float_eval/layers.h"

#include <algorithm>
#include <cstring>

namespace imc::compiler {

LinearLayer::LinearLayer(const Graph& graph, const Node& node)
    : m_in(graph.shape(node.inputs[0])), m_out(graph.shape(node.output)), m_kernel(tile_kernel())
{
    const std::vector<float> weight = graph.tensor(node.weight).to_float();
    if (node.op == Op::conv) m_conv = node.conv();
    m_bias = node.bias >= 0 ? graph.tensor(node.bias).to_float()
                            : std::vector<float>(static_cast<std::size_t>(m_out.c), 0.0f);
    m_group_in = m_in.c / m_conv.groups;
    m_group_out = m_out.c / m_conv.groups;
    m_padded = {m_in.c, m_in.h + m_conv.pad_top + m_conv.pad_bottom,
                m_in.w + m_conv.pad_left + m_conv.pad_right};
    const int k = m_group_in * m_conv.kernel_h * m_conv.kernel_w;
    if (m_group_in == 1 && m_group_out == 1) {
        m_depthwise = weight;
        return;
    }
    for (int g = 0; g < m_conv.groups; ++g)
        m_weights.emplace_back(weight.data() + static_cast<std::size_t>(g) * m_group_out * k,
                               m_group_out, k);
    m_panel.resize(static_cast<std::size_t>(k) * tile_columns);
}

const float* LinearLayer::pad(const float* in, int images)
{
    if (m_padded == m_in) return in;
    m_scratch.assign(static_cast<std::size_t>(images) * static_cast<std::size_t>(m_padded.size()),
                     0.0f);
    const std::size_t planes = static_cast<std::size_t>(images) * m_in.c;
    for (std::size_t p = 0; p < planes; ++p)
        for (int y = 0; y < m_in.h; ++y) {
            const std::size_t row =
                (p * m_padded.h + y + m_conv.pad_top) * m_padded.w + m_conv.pad_left;
            std::memcpy(m_scratch.data() + row, in + (p * m_in.h + y) * m_in.w,
                        sizeof(float) * m_in.w);
        }
    return m_scratch.data();
}

void LinearLayer::find_runs(std::int64_t first_column, std::int64_t columns)
{
    m_runs.clear();
    const std::int64_t positions = static_cast<std::int64_t>(m_out.h) * m_out.w;
    const std::int64_t end = std::min(first_column + tile_columns, columns);
    for (std::int64_t column = first_column; column < end;) {
        const std::int64_t image = column / positions, position = column % positions;
        const int y = static_cast<int>(position / m_out.w),
                  x = static_cast<int>(position % m_out.w);
        const int length = static_cast<int>(std::min<std::int64_t>(m_out.w - x, end - column));
        const std::size_t source = static_cast<std::size_t>(image * m_padded.size()) +
                                   static_cast<std::size_t>(y) * m_conv.stride_h * m_padded.w +
                                   static_cast<std::size_t>(x) * m_conv.stride_w;
        const auto target = static_cast<std::size_t>(image * m_out.size() + position);
        m_runs.push_back({static_cast<int>(column - first_column), length, source, target});
        column += length;
    }
}

void LinearLayer::pack_panel(const float* in, int first_channel)
{
    float* to = m_panel.data();
    const std::size_t plane = static_cast<std::size_t>(m_padded.h) * m_padded.w;
    for (int c = 0; c < m_group_in; ++c)
        for (int ky = 0; ky < m_conv.kernel_h; ++ky)
            for (int kx = 0; kx < m_conv.kernel_w; ++kx, to += tile_columns) {
                const float* from = in + static_cast<std::size_t>(first_channel + c) * plane +
                                    static_cast<std::size_t>(ky) * m_conv.dilation_h * m_padded.w +
                                    static_cast<std::size_t>(kx) * m_conv.dilation_w;
                for (const Run& run : m_runs) {
                    const float* source = from + run.source;
                    if (m_conv.stride_w == 1)
                        std::memcpy(to + run.column, source, sizeof(float) * run.length);
                    else
                        for (int i = 0; i < run.length; ++i)
                            to[run.column + i] = source[i * m_conv.stride_w];
                }
            }
}

void LinearLayer::store(const float* tile, int first_row, int rows, float* out) const
{
    const std::size_t plane = static_cast<std::size_t>(m_out.h) * m_out.w;
    for (int r = 0; r < rows; ++r) {
        const float bias = m_bias[static_cast<std::size_t>(first_row + r)];
        const float* from = tile + r * tile_columns;
        for (const Run& run : m_runs) {
            float* to = out + run.target + static_cast<std::size_t>(first_row + r) * plane;
            for (int i = 0; i < run.length; ++i)
                to[i] = from[run.column + i] + bias;
        }
    }
}

void LinearLayer::run_panels(const float* in, int images, float* out)
{
    alignas(64) float tile[tile_rows * tile_columns];
    const std::int64_t columns = static_cast<std::int64_t>(images) * m_out.h * m_out.w;
    for (int g = 0; g < m_conv.groups; ++g) {
        const PackedRows& weights = m_weights[static_cast<std::size_t>(g)];
        for (std::int64_t column = 0; column < columns; column += tile_columns) {
            find_runs(column, columns);
            pack_panel(in, g * m_group_in);
            for (int b = 0; b < weights.blocks; ++b) {
                m_kernel(weights.block(b), m_panel.data(), weights.k, tile);
                store(tile, g * m_group_out + b * tile_rows,
                      std::min(tile_rows, m_group_out - b * tile_rows), out);
            }
        }
    }
}

void LinearLayer::run_depthwise(const float* in, int images, float* out) const
{
    const std::size_t taps = static_cast<std::size_t>(m_conv.kernel_h) * m_conv.kernel_w;
    const std::size_t planes = static_cast<std::size_t>(images) * m_out.c;
    std::vector<float> sums(static_cast<std::size_t>(m_out.w));
    for (std::size_t p = 0; p < planes; ++p)
        for (int y = 0; y < m_out.h; ++y) {
            std::fill(sums.begin(), sums.end(), 0.0f);
            for (std::size_t t = 0; t < taps; ++t) {
                const std::size_t ky = t / m_conv.kernel_w, kx = t % m_conv.kernel_w;
                const float weight = m_depthwise[p % m_out.c * taps + t];
                const float* from =
                    in +
                    (p * m_padded.h + y * m_conv.stride_h + ky * m_conv.dilation_h) * m_padded.w +
                    kx * m_conv.dilation_w;
                for (int x = 0; x < m_out.w; ++x)
                    sums[static_cast<std::size_t>(x)] += from[x * m_conv.stride_w] * weight;
            }
            float* to = out + (p * m_out.h + y) * m_out.w;
            for (int x = 0; x < m_out.w; ++x)
                to[x] = sums[static_cast<std::size_t>(x)] + m_bias[p % m_out.c];
        }
}

void LinearLayer::run(const float* in, int images, float* out)
{
    const float* padded = pad(in, images);
    if (m_weights.empty())
        run_depthwise(padded, images, out);
    else
        run_panels(padded, images, out);
}

}  // namespace imc::compiler
