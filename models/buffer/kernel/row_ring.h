// SPDX-License-Identifier: Apache-2.0
/// The part of a tile's buffer that one input stream has: a ring of row slots, filled piece by
/// piece.
#pragma once

#include "imcvp/program.h"

#include <cstdint>
#include <vector>

namespace imc::buffer {

/// A rectangle of one row: channels [channel_begin, channel_end) x columns [x_begin, x_end).
struct RowPiece {
    std::uint64_t row = 0;  ///< number over images: image sequence x height + y
    std::uint32_t image = 0;
    std::uint32_t channel_begin = 0, channel_end = 0, x_begin = 0, x_end = 0;
};

/// Rows of [channels][width] int32 codes. A row is here when channels x width elements of it have
/// arrived, from however many producers; number n lives in slot n % depth.
class RowRing {
public:
    RowRing() = default;
    explicit RowRing(const imc_stream& stream);

    /// Copies a piece in; channels are those of the layer's input, [channel][x] contiguous. Rows
    /// already released are dropped. False if the piece lies outside the stream or beyond the free
    /// slots, or the row gets too much.
    bool put(const RowPiece& piece, const std::int32_t* data);
    /// All rows below this number are here or released.
    std::uint64_t complete() const { return m_complete; }
    /// All rows below this number have been given back.
    std::uint64_t released() const { return m_released; }
    /// Gives rows below `row` back. Returns false if nothing changed.
    bool release(std::uint64_t row);
    const std::int32_t* row(std::uint64_t number) const
    {
        return m_data.data() + slot(number) * m_row_elements;
    }
    std::uint32_t image_of(std::uint64_t number) const { return m_images[slot(number)]; }
    /// Elements of row `number` that have arrived so far.
    std::uint64_t arrived(std::uint64_t number) const { return m_arrived[slot(number)]; }
    std::uint64_t row_elements() const { return m_row_elements; }
    unsigned depth() const { return m_depth; }
    void clear();

private:
    std::size_t slot(std::uint64_t number) const
    {
        return static_cast<std::size_t>(number % m_depth);
    }

    std::uint32_t m_channel_begin = 0, m_channels = 0, m_width = 0, m_depth = 1;
    std::uint64_t m_row_elements = 0;
    std::uint64_t m_complete = 0, m_released = 0;
    std::vector<std::int32_t> m_data;
    std::vector<std::uint64_t> m_arrived;
    std::vector<std::uint32_t> m_images;
};

/// Partial sums of several workers, added up row by row. Rows are numbered in the order in which
/// the owner makes them.
class PsumRing {
public:
    PsumRing() = default;
    /// `depth` rows of [channels][width], each complete when `workers` contributions of every
    /// element are in.
    PsumRing(std::uint32_t channel_begin, std::uint32_t channels, std::uint32_t width,
             unsigned depth, unsigned workers);

    /// Adds a piece. False if it lies outside or beyond the free slots, or the row gets too much.
    bool add(const RowPiece& piece, const std::int64_t* sums);
    bool has(std::uint64_t rows_below) const;
    /// Copies row `number` to [channel][stride] at `out`.
    void copy_row(std::uint64_t number, std::int64_t* out, std::size_t stride) const;
    void release(std::uint64_t row);
    std::uint64_t released() const { return m_released; }
    void clear();

private:
    std::size_t slot(std::uint64_t number) const
    {
        return static_cast<std::size_t>(number % m_depth);
    }

    std::uint32_t m_channel_begin = 0, m_channels = 0, m_width = 0, m_depth = 1;
    std::uint64_t m_expected = 0;
    std::uint64_t m_released = 0;
    std::vector<std::int64_t> m_sums;
    std::vector<std::uint64_t> m_arrived;
};

}  // namespace imc::buffer
