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



/// Sums of pairs of columns.
struct NarrowSums {
    alignas(64) Lanes16 values[most_pairs];
};
struct WideSums {
    alignas(64) Lanes32 even[most_pairs], odd[most_pairs];
};

/// Registers `first` .. `first` + n - 1 of the sum over the driven rows, lane by lane.
template <int n>
void add_registers(const ColumnPair* cells, int pairs, const std::uint8_t* rows, int count,
                   int first, NarrowSums& sums)
{
    Part16 acc[n] = {};
    for (int i = 0; i < count; ++i) {
        const Part16* const row =
            reinterpret_cast<const Part16*>(cells + rows[i] * static_cast<std::size_t>(pairs)) +
            first;
#pragma GCC unroll 8
        for (int r = 0; r < n; ++r)
            acc[r] += row[r];
    }
    Part16* const out = reinterpret_cast<Part16*>(sums.values) + first;
#pragma GCC unroll 8
    for (int r = 0; r < n; ++r)
        out[r] = acc[r];
}

/// The same in 32 bits, even columns and odd ones apart. A pair of lanes is read as one number
/// 2^16 odd + even with even >= 0: the sum of all and that of the upper halves give both.
template <int n>
void add_registers(const ColumnPair* cells, int pairs, const std::uint8_t* rows, int count,
                   int first, WideSums& sums)
{
    PartBits all[n] = {};
    Part32 odd[n] = {};
    for (int i = 0; i < count; ++i) {
        const Part32* const row =
            reinterpret_cast<const Part32*>(cells + rows[i] * static_cast<std::size_t>(pairs)) +
            first;
#pragma GCC unroll 8
        for (int r = 0; r < n; ++r) {
            const Part32 both = row[r];
            all[r] += reinterpret_cast<const PartBits&>(both);
            odd[r] += both >> 16;
        }
    }
    PartBits* const even_out = reinterpret_cast<PartBits*>(sums.even) + first;
    Part32* const odd_out = reinterpret_cast<Part32*>(sums.odd) + first;
#pragma GCC unroll 8
    for (int r = 0; r < n; ++r) {
        even_out[r] = all[r] - (reinterpret_cast<PartBits&>(odd[r]) << 16);
        odd_out[r] = odd[r];
    }
}

/// Sums of all pairs: as many registers at a time as there are to add to.
template <typename Sums>
[[gnu::always_inline]] inline void add_rows(const ColumnPair* cells, int pairs,
                                            const std::uint8_t* rows, int count, Sums& sums)
{
    const int registers = pairs * parts;
    int r = 0;
    for (; r + 4 <= registers; r += 4)
        add_registers<4>(cells, pairs, rows, count, r, sums);
    if (registers - r >= 2) {
        add_registers<2>(cells, pairs, rows, count, r, sums);
        r += 2;
    }
    if (r < registers) add_registers<1>(cells, pairs, rows, count, r, sums);
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
        Lanes16 mask;
        for (const std::int16_t threshold : m_noise.thresholds()) {
            at_least(draws, threshold, mask);
            e -= mask;
        }
        Lanes16 rest;
        at_least(draws, m_noise.rest(), rest);
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
    Floats even_variance, odd_variance, even_noise, odd_noise;
    to_floats(both & 0xFFFF, even_variance);
    to_floats(upper, odd_variance);
    even_variance = even_variance * c.variance_units[2 * pair] + c.adc_variance;
    odd_variance = odd_variance * c.variance_units[2 * pair + 1] + c.adc_variance;
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
    Lanes16 clipped;
    clamp_to(codes, static_cast<std::int16_t>(c.low), static_cast<std::int16_t>(c.high));
    unequal(sums, codes, clipped);
    clips -= clipped;
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
            NarrowSums sums, variances;
            add_rows(tile.cells, tile.pairs, rows, *count, sums);
            const bool varies = gaussian && tile.variances != nullptr;
            if (varies) add_rows(tile.variances, tile.pairs, rows, *count, variances);
            Lanes32 result{};
            WordStream words(c.key, number * (2 * words64));
            if constexpr (gaussian) {
                for (int i = 0; i < tile.pairs; ++i) {
                    Lanes16 e;
                    round_gaussian(words, varies ? variances.values[i] : Lanes16{}, c, i, e);
                    e &= *reinterpret_cast<const Lanes16*>(tile.stored + i);
                    e += sums.values[i];
                    convert(e, c, i, clips, result);
                }
            } else {
                CodeDraws draws(c, number);
                for (int i = 0; i < tile.pairs; ++i) {
                    Lanes16 e;
                    draws.next(e);
                    e &= *reinterpret_cast<const Lanes16*>(tile.stored + i);
                    e += sums.values[i];
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
    Floats distance;
    to_floats(x - (code << fraction), distance);
    Lanes32 e;
    nearest(distance * unit + noise, e);
    x = code + e;
}

/// Columns that nobody stores give 0.
[[gnu::always_inline]] inline void convert_fixed(Lanes32& x, const Lanes32& stored,
                                                 const SerialConverters& c, int column,
                                                 Lanes32& clips, Lanes32& result)
{
    x &= stored;
    const Lanes32 sum = x;
    Lanes32 clipped;
    clamp_to(x, c.low, c.high);
    unequal(sum, x, clipped);
    clips -= clipped;
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
            WideSums sums, variances;
            add_rows(tile.cells, tile.pairs, rows, *count, sums);
            if (varies) add_rows(tile.variances, tile.pairs, rows, *count, variances);
            const std::int32_t bias = *count * 32768;
            Lanes32 result{};
            WordStream words(c.key, number * (2 * words64));
            for (int i = 0; i < tile.pairs; ++i) {
                Lanes32 even = sums.even[i] - bias, odd = sums.odd[i];
                if constexpr (gaussian) {
                    Floats even_variance{}, odd_variance{}, even_noise, odd_noise;
                    if (varies) {
                        to_floats(variances.even[i], even_variance);
                        to_floats(variances.odd[i], odd_variance);
                        even_variance *= c.variance_units[2 * i];
                        odd_variance *= c.variance_units[2 * i + 1];
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
