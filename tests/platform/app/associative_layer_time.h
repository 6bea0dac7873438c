// SPDX-License-Identifier: Apache-2.0
/// Cycles of a stage on 4,096 arrays of 4,800 rows from its program entry alone: sections 7 to 9 of
/// bf-imna.md, written without the models' code. Operands come ideally, 1 ns a cycle.
#pragma once

#include "common/stage_engine.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace imc::app {

__extension__ using Int128 = __int128;

inline unsigned bits_of(Int128 value)
{
    unsigned bits = 1;
    for (; value > 1; value >>= 1)
        ++bits;
    return bits;
}

inline unsigned ones_of(std::uint64_t value)
{
    return static_cast<unsigned>(__builtin_popcountll(value));
}

inline unsigned log2_up(std::uint64_t value)
{
    return value <= 1 ? 0 : bits_of(static_cast<Int128>(value) - 1);
}

inline std::uint64_t parts(std::uint64_t a, std::uint64_t b)
{
    return (a + b - 1) / b;
}

/// What follows the product of a word, 0 .. highest: a constant, a shift, saturation, a division by
/// `count`, the code out.
struct Rounding {
    Int128 highest, constant;
    unsigned shift;
    std::uint64_t top, count = 1;

    unsigned columns() const
    {
        return 1 + std::max({bits_of(std::max(highest, highest + constant)),
                             bits_of(std::max<Int128>(0, -constant)), shift + 1});
    }
    std::uint64_t cycles() const
    {
        std::uint64_t sum = constant == 0 ? 0 : 4 * columns();
        if (constant < 0) sum += 2;  // ReLU
        const Int128 reached = std::max<Int128>(0, (highest + constant) >> shift);
        const Int128 limit = Int128{count} * (top + 1) - 1;
        unsigned width = bits_of(reached);
        if (reached > limit) {
            if ((limit & (limit + 1)) == 0)
                sum += 2 * (width - bits_of(limit));  // a pass a column that is cut off
            else
                sum += 2 * width + 2 * ones_of(static_cast<std::uint64_t>(limit));
            width = bits_of(limit);
        }
        return sum + (count == 1 ? 0 : quotient_cycles(width, limit)) +
               std::min(width, bits_of(static_cast<Int128>(top)));
    }
    /// floor(v / n) = floor(v f / 2^s), f = ceil(2^s / n), s the least for which that holds.
    std::uint64_t quotient_cycles(unsigned width, Int128 limit) const
    {
        for (unsigned s = 0;; ++s) {
            const Int128 power = Int128{1} << s, f = (power + count - 1) / count;
            if ((f * count - power) * limit >= power) continue;
            return width * (2 + 8 * (ones_of(static_cast<std::uint64_t>(f)) - 1ull));
        }
    }
};

/// A word in, and its product with a constant.
inline std::uint64_t product_cycles(unsigned width, std::uint64_t multiplier)
{
    return width + 2 * width + 8ull * width * (ones_of(multiplier) - 1);
}

class StageTime {
public:
    /// `blob` of the stage that was loaded for it.
    StageTime(const imc_stage& stage, const Blob& blob) : m_stage(stage), m_blob(blob)
    {
        const imc_section* section = blob.find(IMC_SECTION_REQUANT);
        m_entries = blob.data<imc_requant>(*section);
        m_positions = std::uint64_t{stage.engine_arg[1]} * stage.out_width;
        m_lowest = stage.in[0].is_signed ? -(std::int64_t{1} << (stage.in[0].bits - 1)) : 0;
        m_top = static_cast<std::uint64_t>(std::int64_t{stage.out_max} - stage.out_min);
    }

    std::uint64_t cycles() const
    {
        if (m_stage.op == IMC_STAGE_CONV) return convolution();
        return m_stage.op == IMC_STAGE_ADD ? addition() : average();
    }

private:
    Int128 rounded(Int128 bias, unsigned shift, std::uint64_t count) const
    {
        const Int128 unit = Int128{count} << shift;
        return bias + (unit >> 1) + Int128{m_stage.out_zero_point - m_stage.out_min} * unit;
    }

    std::uint64_t convolution() const
    {
        const std::uint64_t length =
            std::uint64_t{m_stage.in[0].channels} * m_stage.kernel_h * m_stage.kernel_w;
        const unsigned word = m_stage.weight_bits + m_stage.in[0].bits;
        const unsigned out = word + log2_up(length);
        const std::uint64_t steps =
            parts(m_stage.out_channels * m_positions, 4096 * (4800 / length));
        const std::uint64_t tree = 11 + 22 * (log2_up(length) - 1) + 8 * out;
        const std::uint64_t product = 8ull * m_stage.weight_bits * m_stage.in[0].bits;
        std::uint64_t slowest = 0;
        for (std::uint32_t c = 0; c < m_stage.channel_end - m_stage.channel_begin; ++c) {
            const auto& e = m_entries[c];
            const Int128 centre = Int128{length} << (word - 1);
            const Int128 bias = (e.bias + m_lowest * weight_sum(c, length) - centre) * e.multiplier;
            const Rounding round{((Int128{1} << out) - 1) * e.multiplier,
                                 rounded(bias, static_cast<unsigned>(e.shift), 1),
                                 static_cast<unsigned>(e.shift), m_top};
            slowest =
                std::max(slowest, product_cycles(out, static_cast<std::uint64_t>(e.multiplier)) +
                                      round.cycles());
        }
        return steps * (word + product + tree + out) +
               parts(m_stage.out_channels * parts(m_positions, 4800), 4096) * slowest;
    }

    /// 8-bit weights.
    Int128 weight_sum(std::size_t channel, std::size_t length) const
    {
        const imc_section* section = m_blob.find(IMC_SECTION_WEIGHTS_PACKED);
        if (section == nullptr) section = m_blob.find(IMC_SECTION_WEIGHTS_I8);
        const auto* row = m_blob.data<std::int8_t>(*section) + channel * length;
        Int128 sum = 0;
        for (std::size_t k = 0; k < length; ++k)
            sum += row[k];
        return sum;
    }

    std::uint64_t addition() const
    {
        const auto& common = m_entries[m_stage.streams];
        Int128 highest = 0, bias = common.bias;
        std::uint64_t sum = 0;
        for (unsigned s = 0; s < m_stage.streams; ++s) {
            const imc_stream& in = m_stage.in[s];
            const auto k = m_entries[s].multiplier;
            const Int128 lowest = in.is_signed ? -(Int128{1} << (in.bits - 1)) : Int128{0};
            highest += ((Int128{1} << in.bits) - 1) * k;
            bias += (m_entries[s].bias + lowest) * k;
            sum += product_cycles(in.bits, static_cast<std::uint64_t>(k));
        }
        const auto shift = static_cast<unsigned>(common.shift);
        const Rounding round{highest, rounded(bias, shift, 1), shift, m_top};
        return sum + (m_stage.streams - 1) * 8ull * (round.columns() - 1) + round.cycles();
    }

    std::uint64_t average() const
    {
        const std::uint64_t n = std::uint64_t{m_stage.kernel_h} * m_stage.kernel_w;
        const unsigned bits = m_stage.in[0].bits, width = bits + log2_up(n) + 1;
        std::uint64_t sum = width + (n - 1) * bits + width;  // cells in, their sum out
        for (std::uint64_t k = 1; k < n; ++k)
            sum += 8 * (bits + log2_up(k));
        const auto& e = m_entries[0];
        const unsigned word = bits_of(Int128{((1ull << bits) - 1) * n});
        const Int128 bias = (Int128{e.bias} + m_lowest) * e.multiplier * n;
        const auto shift = static_cast<unsigned>(e.shift);
        const Rounding round{((Int128{1} << word) - 1) * e.multiplier, rounded(bias, shift, n),
                             shift, m_top, n};
        return sum + product_cycles(word, static_cast<std::uint64_t>(e.multiplier)) +
               round.cycles();
    }

    const imc_stage& m_stage;
    const Blob& m_blob;
    const imc_requant* m_entries = nullptr;
    std::uint64_t m_positions = 0;
    std::int64_t m_lowest = 0;
    std::uint64_t m_top = 0;
};

}  // namespace imc::app
