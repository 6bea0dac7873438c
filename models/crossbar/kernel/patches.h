// SPDX-License-Identifier: Apache-2.0
/// Gathers the input patches of one output row (im2col), ready for the integer and the bit-serial
/// path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "crossbar/kernel/row_shape.h"

namespace imc::crossbar {

/// Which matrix row stands in which slot of a patch; -1 is an empty slot (activation 0).
struct SlotLayout {
    std::vector<int> rows;  ///< a multiple of 4 slots

    /// Rows in their order, rounded up to a multiple of `multiple` slots (itself a multiple of 4).
    static SlotLayout dense(int k, int multiple);
    /// Every read of `read_rows` wordlines starts at a multiple of `multiple` slots (a multiple of
    /// 4), so that its sum can be taken on its own.
    static SlotLayout aligned_reads(int k, int read_rows, int multiple = 32);
};

/// Codes as they stand in a patch.
enum class Encoding {
    offset,          ///< code - lowest, for unsigned arithmetic with column-sum correction
    twos_complement  ///< the code's own bits, for bit-serial inputs
};

/// Patches of one output row, all groups. Bytes stand as [group][slice][block of 16 positions][quad
/// of slots][16][4], slice 0 holding the low byte of each code and slice 1 (only beyond 8 bits) the
/// high byte. Reusable: no allocation after the constructor.
class Patches {
public:
    static constexpr int block_positions = 16;

    Patches(const RowShape& shape, ActivationFormat format, Encoding encoding,
            const SlotLayout& layout);

    /// `rows[kh]` is input row kh of the window, codes as [in_channels][in_width], or null for
    /// padding, which holds `pad_code`. Throws InputError if a code is outside of the format.
    void gather(const std::int32_t* const* rows, std::int32_t pad_code);

    const RowShape& shape() const { return m_shape; }
    ActivationFormat format() const { return m_format; }
    int positions() const { return m_shape.out_width; }
    int blocks() const { return m_blocks; }
    int quads() const { return m_quads; }
    int slices() const { return m_slices; }
    const std::uint8_t* bytes(int group, int slice) const
    {
        return m_bytes.data() +
               (static_cast<std::size_t>(group) * m_slices + slice) * slice_bytes();
    }

private:
    std::size_t slice_bytes() const { return static_cast<std::size_t>(m_blocks) * m_quads * 64; }
    void fill_lines(const std::int32_t* const* rows, std::int32_t pad_code);
    void fill_line(const std::int32_t* source, std::int32_t pad_code, std::uint8_t* line);

    RowShape m_shape;
    ActivationFormat m_format;
    std::int32_t m_base;  ///< subtracted from every code before its bytes are taken
    int m_slices;
    int m_blocks;
    int m_quads;
    int m_phase_pitch;          ///< bytes of one phase of one line
    std::size_t m_lines_bytes;  ///< bytes of all lines of one slice
    std::vector<std::ptrdiff_t>
        m_slot_lines;  ///< offset of each slot's first byte in the lines, -1 if empty
    std::vector<std::uint8_t> m_lines;  ///< padded input rows as bytes, de-interleaved by stride
    std::vector<std::uint8_t> m_zeros;
    std::vector<std::uint8_t> m_bytes;
    std::uint32_t m_outside = 0;  ///< non-zero once a code was outside of the format
};

}  // namespace imc::crossbar
