// SPDX-License-Identifier: Apache-2.0
#include "buffer/kernel/row_ring.h"

#include <algorithm>

namespace imc::buffer {

namespace {

bool inside(const RowPiece& piece, std::uint32_t channel_begin, std::uint32_t channels,
            std::uint32_t width)
{
    return piece.channel_begin >= channel_begin && piece.channel_begin < piece.channel_end &&
           piece.channel_end - channel_begin <= channels && piece.x_begin < piece.x_end &&
           piece.x_end <= width;
}

std::uint64_t elements(const RowPiece& piece)
{
    return std::uint64_t{piece.channel_end - piece.channel_begin} * (piece.x_end - piece.x_begin);
}

}  // namespace

RowRing::RowRing(const imc_stream& stream)
    : m_channel_begin(stream.channel_begin),
      m_channels(stream.channels),
      m_width(stream.width),
      m_depth(stream.depth_rows),
      m_row_elements(std::uint64_t{stream.channels} * stream.width),
      m_data(m_depth * m_row_elements),
      m_arrived(m_depth),
      m_images(m_depth)
{
}

bool RowRing::put(const RowPiece& piece, const std::int32_t* data)
{
    if (!inside(piece, m_channel_begin, m_channels, m_width)) return false;
    if (piece.row < m_released) return true;
    if (piece.row >= m_released + m_depth) return false;
    const std::size_t s = slot(piece.row);
    if (m_arrived[s] + elements(piece) > m_row_elements) return false;
    const std::uint32_t columns = piece.x_end - piece.x_begin;
    std::int32_t* to = m_data.data() + s * m_row_elements +
                       std::size_t{piece.channel_begin - m_channel_begin} * m_width + piece.x_begin;
    if (columns == m_width) {
        std::copy_n(data, elements(piece), to);
    } else {
        for (std::uint32_t c = piece.channel_begin; c < piece.channel_end;
             ++c, to += m_width, data += columns)
            std::copy_n(data, columns, to);
    }
    m_arrived[s] += elements(piece);
    m_images[s] = piece.image;
    while (m_complete < m_released + m_depth && m_arrived[slot(m_complete)] == m_row_elements)
        ++m_complete;
    return true;
}

bool RowRing::release(std::uint64_t row)
{
    if (row <= m_released) return false;
    for (std::uint64_t r = m_released; r < std::min(row, m_released + m_depth); ++r)
        m_arrived[slot(r)] = 0;
    m_released = row;
    m_complete = std::max(m_complete, row);
    while (m_complete < m_released + m_depth && m_arrived[slot(m_complete)] == m_row_elements)
        ++m_complete;
    return true;
}

void RowRing::clear()
{
    m_complete = m_released = 0;
    std::fill(m_arrived.begin(), m_arrived.end(), 0);
}

PsumRing::PsumRing(std::uint32_t channel_begin, std::uint32_t channels, std::uint32_t width,
                   unsigned depth, unsigned workers)
    : m_channel_begin(channel_begin),
      m_channels(channels),
      m_width(width),
      m_depth(depth),
      m_expected(std::uint64_t{channels} * width * workers),
      m_sums(std::size_t{depth} * channels * width),
      m_arrived(depth)
{
}

bool PsumRing::add(const RowPiece& piece, const std::int64_t* sums)
{
    if (!inside(piece, m_channel_begin, m_channels, m_width)) return false;
    if (piece.row < m_released || piece.row >= m_released + m_depth) return false;
    const std::size_t s = slot(piece.row);
    if (m_arrived[s] + elements(piece) > m_expected) return false;
    for (std::uint32_t c = piece.channel_begin; c < piece.channel_end; ++c) {
        std::int64_t* to = m_sums.data() + (s * m_channels + c - m_channel_begin) * m_width;
        for (std::uint32_t x = piece.x_begin; x < piece.x_end; ++x)
            to[x] += *sums++;
    }
    m_arrived[s] += elements(piece);
    return true;
}

bool PsumRing::has(std::uint64_t rows_below) const
{
    for (std::uint64_t r = m_released; r < rows_below; ++r)
        if (m_arrived[slot(r)] != m_expected) return false;
    return true;
}

void PsumRing::copy_row(std::uint64_t number, std::int64_t* out, std::size_t stride) const
{
    const std::int64_t* from = m_sums.data() + slot(number) * m_channels * m_width;
    for (std::uint32_t c = 0; c < m_channels; ++c)
        std::copy_n(from + std::size_t{c} * m_width, m_width, out + c * stride);
}

void PsumRing::release(std::uint64_t row)
{
    for (std::uint64_t r = m_released; r < row; ++r) {
        m_arrived[slot(r)] = 0;
        std::fill_n(m_sums.begin() + static_cast<std::ptrdiff_t>(slot(r) * m_channels * m_width),
                    std::size_t{m_channels} * m_width, 0);
    }
    m_released = std::max(m_released, row);
}

void PsumRing::clear()
{
    m_released = 0;
    std::fill(m_arrived.begin(), m_arrived.end(), 0);
    std::fill(m_sums.begin(), m_sums.end(), 0);
}

}  // namespace imc::buffer
