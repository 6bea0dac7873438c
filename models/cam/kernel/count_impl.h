// SPDX-License-Identifier: Apache-2.0
/// Bit-sliced counting, written once. A file that includes this defines, in an anonymous namespace,
/// `Bits` (a vector of 64-bit words), xor3, majority and add_bits first. No std templates here:
/// they would leak wide instructions into functions that other files share.
#pragma once

#include "cam/kernel/count_kernel.h"

namespace imc::cam {
namespace {

constexpr unsigned words_a_vector = sizeof(Bits) / sizeof(std::uint64_t);
constexpr unsigned max_planes =
    18;  ///< counts up to 65,535; signed digits reach two planes further

/// sum += a + b, returns the carry: one full adder a lane.
inline Bits full_add(Bits& sum, const Bits& a, const Bits& b)
{
    const Bits carry = majority(sum, a, b);
    sum = xor3(sum, a, b);
    return carry;
}

/// Adds `carry` at plane `from`; the count is known to stay below 2^top.
inline void ripple(Bits* plane, unsigned from, unsigned top, Bits carry)
{
    for (unsigned t = from; t < top; ++t) {
        const Bits sum = plane[t] ^ carry;
        carry = plane[t] & carry;
        plane[t] = sum;
    }
}

/// A count a lane, plane t holding bit t. Inputs wait in groups of eight, which makes an addition
/// two operations.
class LaneCounter {
public:
    void add(const Bits& bits)
    {
        m_pending[m_waiting++] = bits;
        if (m_waiting == 8) absorb();
    }

    /// Adds the waiting rest; returns how many planes are in use.
    unsigned finish()
    {
        while (m_waiting != 0)
            add(Bits{});
        return m_planes;
    }

    const Bits& plane(unsigned t) const { return m_plane[t]; }

private:
    void absorb()
    {
        m_added += 8;
        while (m_added >> m_planes != 0)
            m_plane[m_planes++] = Bits{};
        const Bits* p = m_pending;
        const Bits twos_a = full_add(m_plane[0], p[0], p[1]),
                   twos_b = full_add(m_plane[0], p[2], p[3]);
        const Bits fours_a = full_add(m_plane[1], twos_a, twos_b);
        const Bits twos_c = full_add(m_plane[0], p[4], p[5]),
                   twos_d = full_add(m_plane[0], p[6], p[7]);
        const Bits fours_b = full_add(m_plane[1], twos_c, twos_d);
        ripple(m_plane, 3, m_planes, full_add(m_plane[2], fours_a, fours_b));
        m_waiting = 0;
    }

    Bits m_plane[max_planes + 4];
    Bits m_pending[8];
    unsigned m_waiting = 0, m_planes = 0;
    std::uint32_t m_added = 0;
};

/// The lines of a group, `Bits` wide.
struct Rows {
    const std::uint64_t* base;
    Bits operator[](std::uint16_t index) const
    {
        return *reinterpret_cast<const Bits*>(base + std::size_t{index} * 8);
    }
};

/// Counts the set bits of a group lane by lane into planes 0 .. bits-1. `n` is a multiple of 4.
void count_group(Rows rows, const std::uint16_t* order, unsigned n, unsigned bits, Bits* plane)
{
    Bits ones{}, twos{}, fours{};
    for (unsigned t = 3; t < bits; ++t)
        plane[t] = Bits{};
    for (; n >= 8; n -= 8, order += 8) {
        const Bits twos_a = full_add(ones, rows[order[0]], rows[order[1]]);
        const Bits twos_b = full_add(ones, rows[order[2]], rows[order[3]]);
        const Bits fours_a = full_add(twos, twos_a, twos_b);
        const Bits twos_c = full_add(ones, rows[order[4]], rows[order[5]]);
        const Bits twos_d = full_add(ones, rows[order[6]], rows[order[7]]);
        const Bits fours_b = full_add(twos, twos_c, twos_d);
        ripple(plane, 3, bits, full_add(fours, fours_a, fours_b));
    }
    if (n == 4) {
        const Bits twos_a = full_add(ones, rows[order[0]], rows[order[1]]);
        const Bits twos_b = full_add(ones, rows[order[2]], rows[order[3]]);
        const Bits carry = full_add(twos, twos_a, twos_b);
        ripple(plane, 3, bits, fours & carry);
        fours ^= carry;
    }
    plane[0] = ones;
    plane[1] = twos;
    plane[2] = fours;
}

/// Planes of n ^ 3n, whose set bits are the non-zero digits of the non-adjacent form; in place, two
/// planes more.
unsigned to_signed_digits(Bits* plane, unsigned bits)
{
    Bits previous{}, carry{};
    for (unsigned t = 0; t < bits + 2; ++t) {
        const Bits current = t < bits ? plane[t] : Bits{};
        plane[t] = previous ^ carry;
        carry = majority(current, previous, carry);
        previous = current;
    }
    return bits + 2;
}

unsigned bit_width(std::uint32_t n)
{
    return n == 0 ? 0 : 32 - static_cast<unsigned>(__builtin_clz(n));
}

void count_line(const CountJob& job, unsigned line, unsigned word, LaneCounter& nonzero,
                LaneCounter& addends)
{
    const Rows rows{job.onehot[std::size_t{line} * (job.fan_in + 1)].word + word};
    const Rows mask{job.mask[std::size_t{line} * job.input_codes].word + word};
    Bits plane[max_planes];
    for (unsigned code = 0; code < job.input_codes; ++code) {
        const std::uint32_t size = job.size[code];
        if (size == 0) continue;
        unsigned bits = bit_width(size);
        count_group(rows, job.order + job.start[code], (size + 3) & ~3u, bits, plane);
        const Bits read = mask[static_cast<std::uint16_t>(code)];
        Bits any{};
        for (unsigned t = 0; t < bits; ++t)
            any |= plane[t];
        nonzero.add(any & read);
        if (job.signed_digits) bits = to_signed_digits(plane, bits);
        for (unsigned t = 0; t < bits; ++t)
            addends.add(plane[t] & read);
    }
}

/// Adds the lanes' counts to the outputs that they belong to.
void unpack(LaneCounter& counter, unsigned word, unsigned words_of_outputs, std::uint16_t* out)
{
    const unsigned planes = counter.finish();
    for (unsigned t = 0; t < planes; ++t)
        for (unsigned w = 0; w < words_a_vector; ++w)
            add_bits(out + std::size_t{64} * ((word + w) % words_of_outputs), counter.plane(t)[w],
                     static_cast<std::uint16_t>(1u << t));
}

void count(const CountJob& job)
{
    for (unsigned word = 0; word < 8; word += words_a_vector) {
        LaneCounter nonzero, addends;
        for (unsigned line = 0; line < job.weight_lines; ++line)
            count_line(job, line, word, nonzero, addends);
        unpack(nonzero, word, job.words_of_outputs, job.nonzero);
        unpack(addends, word, job.words_of_outputs, job.addends);
    }
}

}  // namespace
}  // namespace imc::cam
