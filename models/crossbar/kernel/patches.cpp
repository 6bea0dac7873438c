// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/patches.h"

#include <algorithm>
#include <string>

#include "common/error.h"

namespace imc::crossbar {

namespace {

int round_up(int value, int multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

typedef std::uint8_t Bytes __attribute__((vector_size(16), aligned(1), may_alias));
typedef std::uint16_t Pairs __attribute__((vector_size(16), aligned(1), may_alias));

// Indices of a shuffle must be constants for Clang, hence macros. `n`: 0 the lower half, 8 or 4 the
// upper one.
#define IMC_INTERLEAVE_BYTES(a, b, n)                                                            \
    __builtin_shufflevector(a, b, n, n + 16, n + 1, n + 17, n + 2, n + 18, n + 3, n + 19, n + 4, \
                            n + 20, n + 5, n + 21, n + 6, n + 22, n + 7, n + 23)
#define IMC_INTERLEAVE_PAIRS(a, b, n) \
    __builtin_shufflevector(a, b, n, n + 8, n + 1, n + 9, n + 2, n + 10, n + 3, n + 11)

/// Interleaves four byte lines into [16][4], for `blocks` blocks `pitch` bytes apart.
void interleave(const std::uint8_t* const lines[4], int blocks, std::size_t pitch,
                std::uint8_t* out)
{
    for (int b = 0; b < blocks; ++b, out += pitch) {
        const int at = b * Patches::block_positions;
        const auto line = [&](int i) { return *reinterpret_cast<const Bytes*>(lines[i] + at); };
        const Bytes a = line(0), c = line(1), d = line(2), e = line(3);
        const auto ac = reinterpret_cast<Pairs>(IMC_INTERLEAVE_BYTES(a, c, 0));
        const auto de = reinterpret_cast<Pairs>(IMC_INTERLEAVE_BYTES(d, e, 0));
        const auto ac_high = reinterpret_cast<Pairs>(IMC_INTERLEAVE_BYTES(a, c, 8));
        const auto de_high = reinterpret_cast<Pairs>(IMC_INTERLEAVE_BYTES(d, e, 8));
        auto* const block = reinterpret_cast<Pairs*>(out);
        block[0] = IMC_INTERLEAVE_PAIRS(ac, de, 0);
        block[1] = IMC_INTERLEAVE_PAIRS(ac, de, 4);
        block[2] = IMC_INTERLEAVE_PAIRS(ac_high, de_high, 0);
        block[3] = IMC_INTERLEAVE_PAIRS(ac_high, de_high, 4);
    }
}

/// What turns a code into bytes, and what it must lie in.
struct ByteRule {
    std::uint32_t base, mask, lowest;
};

/// Low (and, if `high` is not null, high) bytes of `count` codes `step` apart. Returns the or of
/// code - lowest.
template <bool two_bytes>
std::uint32_t put_bytes(const std::int32_t* codes, int count, int step, const ByteRule& rule,
                        std::uint8_t* __restrict low, std::uint8_t* __restrict high)
{
    std::uint32_t outside = 0;
    const auto put = [&](int i, std::int32_t signed_code) {
        const auto code = static_cast<std::uint32_t>(signed_code);
        const std::uint32_t bits = (code - rule.base) & rule.mask;
        outside |= code - rule.lowest;
        low[i] = static_cast<std::uint8_t>(bits);
        if (two_bytes) high[i] = static_cast<std::uint8_t>(bits >> 8);
    };
    if (step == 1)  // a loop of its own, which the compiler vectorises
        for (int i = 0; i < count; ++i)
            put(i, codes[i]);
    else
        for (int i = 0; i < count; ++i)
            put(i, codes[static_cast<std::ptrdiff_t>(i) * step]);
    return outside;
}

}  // namespace

SlotLayout SlotLayout::dense(int k, int multiple)
{
    SlotLayout layout;
    layout.rows.assign(round_up(k, multiple), -1);
    for (int i = 0; i < k; ++i)
        layout.rows[i] = i;
    return layout;
}

SlotLayout SlotLayout::aligned_reads(int k, int read_rows, int multiple)
{
    SlotLayout layout;
    const int pitch = round_up(read_rows, multiple);
    const int reads = (k + read_rows - 1) / read_rows;
    layout.rows.assign(static_cast<std::size_t>(reads) * pitch, -1);
    for (int i = 0; i < k; ++i)
        layout.rows[static_cast<std::size_t>(i / read_rows) * pitch + i % read_rows] = i;
    return layout;
}

Patches::Patches(const RowShape& shape, ActivationFormat format, Encoding encoding,
                 const SlotLayout& layout)
    : m_shape(shape),
      m_format(format),
      m_base(encoding == Encoding::offset ? format.lowest() : 0),
      m_slices(format.bits > 8 ? 2 : 1),
      m_blocks((shape.out_width + block_positions - 1) / block_positions),
      m_quads(static_cast<int>(layout.rows.size()) / 4)
{
    shape.validate();
    format.validate();
    const int padded_width =
        (shape.out_width - 1) * shape.stride + (shape.kernel_w - 1) * shape.dilation + 1;
    m_phase_pitch = (padded_width + shape.stride - 1) / shape.stride + block_positions;
    const std::size_t line_pitch = static_cast<std::size_t>(m_phase_pitch) * shape.stride;
    m_lines_bytes = line_pitch * shape.in_channels * shape.kernel_h;
    m_lines.assign(m_lines_bytes * m_slices, 0);
    m_zeros.assign(static_cast<std::size_t>(m_blocks) * block_positions, 0);
    m_bytes.assign(slice_bytes() * m_slices * shape.groups, 0);
    m_slot_lines.reserve(layout.rows.size());
    for (const int k : layout.rows) {
        const int column = k < 0 ? 0 : k % shape.kernel_w * shape.dilation;
        m_slot_lines.push_back(
            k < 0 ? -1
                  : static_cast<std::ptrdiff_t>(k / shape.kernel_w * line_pitch +
                                                column % shape.stride * m_phase_pitch +
                                                column / shape.stride));
    }
}

void Patches::fill_line(const std::int32_t* source, std::int32_t pad_code, std::uint8_t* line)
{
    const ByteRule rule{static_cast<std::uint32_t>(m_base), (1u << m_format.bits) - 1,
                        static_cast<std::uint32_t>(m_format.lowest())};
    const int length = m_phase_pitch - block_positions;
    const int stride = m_shape.stride;
    std::uint32_t outside = 0;
    for (int phase = 0; phase < stride; ++phase, line += m_phase_pitch) {
        const auto put = [&](int begin, int count, const std::int32_t* codes, int step) {
            std::uint8_t* const high = line + m_lines_bytes + begin;
            outside |= m_slices == 2
                           ? put_bytes<true>(codes, count, step, rule, line + begin, high)
                           : put_bytes<false>(codes, count, step, rule, line + begin, nullptr);
        };
        const int lead = m_shape.pad_left - phase;
        const int begin =
            source == nullptr ? length : std::clamp((lead + stride - 1) / stride, 0, length);
        const int end = std::clamp((m_shape.in_width + lead + stride - 1) / stride, begin, length);
        put(0, begin, &pad_code, 0);
        if (begin < end) put(begin, end - begin, source + begin * stride - lead, stride);
        put(end, length - end, &pad_code, 0);
    }
    m_outside |= outside >> m_format.bits;
}

void Patches::fill_lines(const std::int32_t* const* rows, std::int32_t pad_code)
{
    std::uint8_t* line = m_lines.data();
    for (int c = 0; c < m_shape.in_channels; ++c)
        for (int kh = 0; kh < m_shape.kernel_h; ++kh, line += m_phase_pitch * m_shape.stride)
            fill_line(rows[kh] == nullptr
                          ? nullptr
                          : rows[kh] + static_cast<std::size_t>(c) * m_shape.in_width,
                      pad_code, line);
}

void Patches::gather(const std::int32_t* const* rows, std::int32_t pad_code)
{
    m_outside = 0;
    fill_lines(rows, pad_code);
    if (m_outside != 0)
        throw InputError("crossbar input: an activation code is outside of " +
                         std::to_string(m_format.bits) +
                         (m_format.is_signed ? " signed" : " unsigned") +
                         " bits; check the layer's input quantisation");
    const std::size_t group_lines = m_lines_bytes / m_shape.groups;
    const std::size_t block_pitch = static_cast<std::size_t>(m_quads) * 64;
    for (int g = 0; g < m_shape.groups; ++g)
        for (int s = 0; s < m_slices; ++s) {
            const std::uint8_t* const lines = m_lines.data() + s * m_lines_bytes + g * group_lines;
            std::uint8_t* const out =
                m_bytes.data() + (static_cast<std::size_t>(g) * m_slices + s) * slice_bytes();
            for (int q = 0; q < m_quads; ++q) {
                const std::uint8_t* four[4];
                for (int i = 0; i < 4; ++i) {
                    const std::ptrdiff_t at = m_slot_lines[4 * q + i];
                    four[i] = at < 0 ? m_zeros.data() : lines + at;
                }
                interleave(four, m_blocks, block_pitch, out + static_cast<std::size_t>(q) * 64);
            }
        }
}

}  // namespace imc::crossbar
