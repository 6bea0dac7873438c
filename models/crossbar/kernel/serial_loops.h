// SPDX-License-Identifier: Apache-2.0
/// Plain loops of SerialKernels, compiled once for each SIMD level. In an unnamed namespace, since
/// every level needs its own machine code of the same lines.
///
/// A read adds up the rows that are driven: at one bit a cycle most inputs are 0 (post-ReLU codes),
/// so that this is less work than a product with all of them, and each load serves 32 columns.
#pragma once

#include "common/random.h"
#include "common/random_lanes.h"
#include "crossbar/kernel/serial_kernels.h"

namespace imc::crossbar {
namespace {



/// Sums of a pair of columns.
struct NarrowSums {
    Lanes16 values;
};
struct WideSums {
    Lanes32 even, odd;
};

/// sums[pair] = sum over the driven rows, lane by lane.
template <int n>
void add_rows(const ColumnPair* cells, int pairs, const std::uint8_t* rows, int count,
              NarrowSums* sums)
{
    Lanes16 acc[n] = {};
    for (int i = 0; i < count; ++i) {
        const ColumnPair* const row = cells + rows[i] * static_cast<std::size_t>(pairs);
#pragma GCC unroll 4
        for (int p = 0; p < n; ++p)
            acc[p] += *reinterpret_cast<const Lanes16*>(row + p);
    }
#pragma GCC unroll 4
    for (int p = 0; p < n; ++p)
        sums[p].values = acc[p];
}

/// The same in 32 bits, even columns and odd ones apart. A pair of lanes is read as one number
/// 2^16 odd + even with even >= 0: the sum of all and that of the upper halves give both.
template <int n>
void add_rows(const ColumnPair* cells, int pairs, const std::uint8_t* rows, int count,
              WideSums* sums)
{
    Bits32 all[n] = {};
    Lanes32 odd[n] = {};
    for (int i = 0; i < count; ++i) {
        const ColumnPair* const row = cells + rows[i] * static_cast<std::size_t>(pairs);
#pragma GCC unroll 4
        for (int p = 0; p < n; ++p) {
            const Lanes32 both = *reinterpret_cast<const Lanes32*>(row + p);
            all[p] += reinterpret_cast<Bits32>(both);
            odd[p] += both >> 16;
        }
    }
#pragma GCC unroll 4
    for (int p = 0; p < n; ++p) {
        sums[p].even = reinterpret_cast<Lanes32>(all[p] - (reinterpret_cast<Bits32>(odd[p]) << 16));
        sums[p].odd = odd[p];
    }
}

template <typename Sums>
[[gnu::always_inline]] inline void add_rows(const ColumnPair* cells, int pairs,
                                            const std::uint8_t* rows, int count, Sums* sums)
{
    int p = 0;
    for (; p + 4 <= pairs; p += 4)
        add_rows<4>(cells + p, pairs, rows, count, sums + p);
    switch (pairs - p) {
        case 3:
            return add_rows<3>(cells + p, pairs, rows, count, sums + p);
        case 2:
            return add_rows<2>(cells + p, pairs, rows, count, sums + p);
        case 1:
            return add_rows<1>(cells + p, pairs, rows, count, sums + p);
        default:
            return;
    }
}

[[gnu::always_inline]] inline void even_lanes(const Lanes16& x, Lanes32& even)
{
    even = reinterpret_cast<Lanes32>(x) << 16 >> 16;
}
[[gnu::always_inline]] inline void odd_lanes(const Lanes16& x, Lanes32& odd)
{
    odd = reinterpret_cast<Lanes32>(x) >> 16;
}

std::uint64_t total(const Lanes32& counts)
{
    std::uint64_t sum = 0;
    for (int i = 0; i < lanes32; ++i)
        sum += static_cast<std::uint64_t>(counts[i]);
    return sum;
}

/// Rounding noise of converters, 32 conversions at a time.
class CodeDraws {
public:
    CodeDraws(const SerialConverters& c, std::uint64_t number)
        : m_noise(*c.code_noise),
          m_words(c.key, number * words64),
          m_again(c.key),
          m_number(number)
    {
    }
    [[gnu::always_inline]] inline void next(Lanes16& e)
    {
        Words64 words;
        m_words.next(words);
        const Lanes16 draws = reinterpret_cast<Lanes16>(words);
        e = Lanes16{} + static_cast<std::int16_t>(m_noise.lowest());
        for (const std::int16_t threshold : m_noise.thresholds())
            e -= draws >= Lanes16{} + threshold;
        const Lanes16 rest = draws >= Lanes16{} + m_noise.rest();
        if (__builtin_expect(any(rest), 0)) again(rest, e);
        ++m_number;
    }

private:
    [[gnu::noinline]] void again(const Lanes16& rest, Lanes16& e) const
    {
        const std::uint64_t key = mix64(m_again);  // a stream of its own
        for (int i = 0; i < lanes16; ++i)
            if (rest[i] != 0)
                e[i] = static_cast<std::int16_t>(m_noise.draw_again(random_bits(
                    key, m_number * lanes16 + static_cast<std::uint64_t>(i))));
    }

    const adc::CodeNoise& m_noise;
    WordStream m_words;
    std::uint64_t m_again, m_number;
};

/// Gaussian noise of the columns of a pair, in codes, of their variances in squared codes.
[[gnu::always_inline]] inline void draw_gaussian(WordStream& words, const Floats& even_variance,
                                                 const Floats& odd_variance, Floats& even,
                                                 Floats& odd)
{
    Floats radius, cosine, sine;
    draw_circle(words, radius, cosine, sine);
    even = radius * even_variance;
    odd = radius * odd_variance;
    square_root(even);
    square_root(odd);
    even *= cosine;
    odd *= sine;
}

/// Gaussian noise rounded to codes, of variances that are whole numbers below 2^16.
[[gnu::always_inline]] inline void round_gaussian(WordStream& words, const Lanes16& variances,
                                                  const SerialConverters& c, int pair, Lanes16& e)
{
    const Lanes32 both = reinterpret_cast<Lanes32>(variances);
    const Lanes32 upper = reinterpret_cast<Lanes32>(reinterpret_cast<Bits32>(both) >> 16);
    const Floats even_variance =
        __builtin_convertvector(both & 0xFFFF, Floats) * c.variance_units[2 * pair] +
        c.adc_variance;
    const Floats odd_variance =
        __builtin_convertvector(upper, Floats) * c.variance_units[2 * pair + 1] + c.adc_variance;
    Floats even_noise, odd_noise;
    draw_gaussian(words, even_variance, odd_variance, even_noise, odd_noise);
    Lanes32 even, odd;
    nearest(even_noise, even);
    nearest(odd_noise, odd);
    e = reinterpret_cast<Lanes16>((even & 0xFFFF) | (odd << 16));
}

/// Clips codes of a pair, counts and weighs them.
[[gnu::always_inline]] inline void convert(Lanes16& codes, const SerialConverters& c, int pair,
                                           Lanes16& clips, Lanes32& result)
{
    const Lanes16 sums = codes;
    clamp_to(codes, Lanes16{} + static_cast<std::int16_t>(c.low),
             Lanes16{} + static_cast<std::int16_t>(c.high));
    clips -= sums != codes;
    Lanes32 even, odd;
    even_lanes(codes, even);
    odd_lanes(codes, odd);
    result += even * c.weights[2 * pair] + odd * c.weights[2 * pair + 1];
}

/// Reads of digits: noise of the converters alone (`gaussian` false), or of cells and converters.
template <bool gaussian>
std::uint64_t read_digits(const SerialTile& tile, const SerialInputs& inputs,
                          const SerialConverters& c, std::int64_t* acc)
{
    const bool silent = gaussian && c.adc_variance == 0.0f;  // where nothing is driven
    Lanes32 clipped{};
    const std::uint8_t* rows = inputs.rows;
    const std::uint16_t* count = inputs.counts;
    std::uint64_t number = c.first;
    for (int p = 0; p < inputs.positions; ++p, acc += lanes32) {
        Lanes32 sum{};
        Lanes16 clips{};
        for (int t = 0; t < inputs.cycles;
             ++t, rows += inputs.pitch, ++count, number += static_cast<std::uint64_t>(tile.pairs)) {
            if (silent && *count == 0) continue;
            NarrowSums sums[most_pairs], variances[most_pairs];
            add_rows(tile.cells, tile.pairs, rows, *count, sums);
            const bool varies = gaussian && tile.variances != nullptr;
            if (varies) add_rows(tile.variances, tile.pairs, rows, *count, variances);
            Lanes32 result{};
            WordStream words(c.key, number * (2 * words64));
            if constexpr (gaussian) {
                for (int i = 0; i < tile.pairs; ++i) {
                    Lanes16 e;
                    round_gaussian(words, varies ? variances[i].values : Lanes16{}, c, i, e);
                    e &= *reinterpret_cast<const Lanes16*>(tile.stored + i);
                    e += sums[i].values;
                    convert(e, c, i, clips, result);
                }
            } else {
                CodeDraws draws(c, number);
                for (int i = 0; i < tile.pairs; ++i) {
                    Lanes16 e;
                    draws.next(e);
                    e &= *reinterpret_cast<const Lanes16*>(tile.stored + i);
                    e += sums[i].values;
                    convert(e, c, i, clips, result);
                }
            }
            sum += result * inputs.cycle_weights[t];
        }
        Lanes32 even, odd;
        even_lanes(clips, even);
        odd_lanes(clips, odd);
        clipped += even + odd;
        for (int o = 0; o < lanes32; ++o)
            acc[o] += sum[o];
    }
    return total(clipped);
}

/// Rounds fixed point to codes, ties to even.
[[gnu::always_inline]] inline void round_fixed(Lanes32& x, int fraction)
{
    x = (x + ((1 << (fraction - 1)) - 1) + ((x >> fraction) & 1)) >> fraction;
}

/// Rounds fixed point and noise to codes: the nearest code's distance is added to the noise.
[[gnu::always_inline]] inline void round_with_noise(Lanes32& x, int fraction, const Floats& noise)
{
    const Lanes32 code = (x + (1 << (fraction - 1))) >> fraction;
    const float unit = 1.0f / static_cast<float>(1 << fraction);
    Lanes32 e;
    nearest(__builtin_convertvector(x - (code << fraction), Floats) * unit + noise, e);
    x = code + e;
}

/// Columns that nobody stores give 0.
[[gnu::always_inline]] inline void convert_fixed(Lanes32& x, const Lanes32& stored,
                                                 const SerialConverters& c, int column,
                                                 Lanes32& clips, Lanes32& result)
{
    x &= stored;
    const Lanes32 sum = x;
    clamp_to(x, Lanes32{} + c.low, Lanes32{} + c.high);
    clips -= sum != x;
    result += x * c.weights[column];
}

/// Reads of real conductances, in fixed point.
template <bool gaussian>
std::uint64_t read_fixed(const SerialTile& tile, const SerialInputs& inputs,
                         const SerialConverters& c, std::int64_t* acc)
{
    const bool silent = !gaussian || c.adc_variance == 0.0f;
    const bool varies = gaussian && tile.variances != nullptr;
    Lanes32 clipped{};
    const std::uint8_t* rows = inputs.rows;
    const std::uint16_t* count = inputs.counts;
    std::uint64_t number = c.first;
    for (int p = 0; p < inputs.positions; ++p, acc += lanes32) {
        Lanes32 sum{};
        for (int t = 0; t < inputs.cycles;
             ++t, rows += inputs.pitch, ++count, number += static_cast<std::uint64_t>(tile.pairs)) {
            if (silent && *count == 0) continue;
            WideSums sums[most_pairs], variances[most_pairs];
            add_rows(tile.cells, tile.pairs, rows, *count, sums);
            if (varies) add_rows(tile.variances, tile.pairs, rows, *count, variances);
            const std::int32_t bias = *count * 32768;
            Lanes32 result{};
            WordStream words(c.key, number * (2 * words64));
            for (int i = 0; i < tile.pairs; ++i) {
                Lanes32 even = sums[i].even - bias, odd = sums[i].odd;
                if constexpr (gaussian) {
                    Floats even_variance{}, odd_variance{}, even_noise, odd_noise;
                    if (varies) {
                        even_variance = __builtin_convertvector(variances[i].even, Floats) *
                                        c.variance_units[2 * i];
                        odd_variance = __builtin_convertvector(variances[i].odd, Floats) *
                                       c.variance_units[2 * i + 1];
                    }
                    draw_gaussian(words, even_variance + c.adc_variance,
                                  odd_variance + c.adc_variance, even_noise, odd_noise);
                    round_with_noise(even, c.fractions[2 * i], even_noise);
                    round_with_noise(odd, c.fractions[2 * i + 1], odd_noise);
                } else {
                    round_fixed(even, c.fractions[2 * i]);
                    round_fixed(odd, c.fractions[2 * i + 1]);
                }
                Lanes32 even_stored, odd_stored;
                const Lanes16& stored = *reinterpret_cast<const Lanes16*>(tile.stored + i);
                even_lanes(stored, even_stored);
                odd_lanes(stored, odd_stored);
                convert_fixed(even, even_stored, c, 2 * i, clipped, result);
                convert_fixed(odd, odd_stored, c, 2 * i + 1, clipped, result);
            }
            sum += result * inputs.cycle_weights[t];
        }
        for (int o = 0; o < lanes32; ++o)
            acc[o] += sum[o];
    }
    return total(clipped);
}

}  // namespace
}  // namespace imc::crossbar
