// SPDX-License-Identifier: Apache-2.0
/// Plain loops of SerialKernels, compiled once for each SIMD level. In an unnamed namespace, since
/// every level needs its own machine code of the same lines.
#pragma once

#include "common/random.h"
#include "common/random_lanes.h"
#include "crossbar/kernel/serial_sums.h"

namespace imc::crossbar {
namespace {

[[gnu::always_inline]] inline Lanes32 even_lanes(const Lanes16& x)
{
    return as<std::int32_t>(x) << 16 >> 16;
}
[[gnu::always_inline]] inline Lanes32 odd_lanes(const Lanes16& x)
{
    return as<std::int32_t>(x) >> 16;
}

std::uint64_t total(const Lanes32& counts)
{
    std::int32_t each_lane[Lanes32::count];
    counts.store(each_lane);
    std::uint64_t sum = 0;
    for (const std::int32_t n : each_lane)
        sum += static_cast<std::uint64_t>(n);
    return sum;
}

/// acc[16] += sums.
[[gnu::always_inline]] inline void add_to(std::int64_t* acc, const Lanes32& sums)
{
    std::int32_t each_lane[Lanes32::count];
    sums.store(each_lane);
    for (int o = 0; o < Lanes32::count; ++o)
        acc[o] += each_lane[o];
}

/// Rounding noise of converters, the 32 conversions of a pair of columns at a time.
class CodeDraws {
public:
    [[gnu::always_inline]] CodeDraws(const SerialConverters& c, std::uint64_t number)
        : m_noise(*c.code_noise),
          m_words(c.key, number * Words64::count),
          m_key(c.key),
          m_number(number)
    {
    }
    [[gnu::always_inline]] Lanes16 next()
    {
        const Lanes16 draws = as<std::int16_t>(m_words.next());
        Lanes16 e(static_cast<std::int16_t>(m_noise.lowest()));
        for (const std::int16_t threshold : m_noise.thresholds())
            e -= at_least(draws, Lanes16(threshold));
        const Lanes16 rest = at_least(draws, Lanes16(m_noise.rest()));
        if (__builtin_expect(any(rest), 0)) again(rest, e);
        ++m_number;
        return e;
    }

private:
    [[gnu::noinline]] void again(const Lanes16& rest, Lanes16& e) const
    {
        std::int16_t chosen[Lanes16::count], values[Lanes16::count];
        rest.store(chosen);
        e.store(values);
        const std::uint64_t key = mix64(m_key);  // a stream of its own
        for (int i = 0; i < Lanes16::count; ++i)
            if (chosen[i] != 0)
                values[i] = static_cast<std::int16_t>(m_noise.draw_again(
                    random_bits(key, m_number * Lanes16::count + static_cast<std::uint64_t>(i))));
        e = Lanes16(values);
    }

    const adc::CodeNoise& m_noise;
    WordStream m_words;
    std::uint64_t m_key, m_number;
};

/// Gaussian noise rounded to codes, of variances that are whole numbers below 2^16. Where no lane
/// can reach half a code, which is often, nothing more is computed.
[[gnu::always_inline]] inline Lanes16 round_gaussian(WordStream& words, const Lanes16& variances,
                                                     const SerialConverters& c, int pair)
{
    constexpr float least = 0.2499f;  // a quarter, with the rounding of its factors
    Floats even = to_floats(as<std::int32_t>(variances) & 0xFFFF) * c.variance_units[2 * pair] +
                  c.adc_variance;
    Floats odd = to_floats(as<std::int32_t>(as<std::uint32_t>(variances) >> 16)) *
                     c.variance_units[2 * pair + 1] +
                 c.adc_variance;
    const PlanePoints points(words);
    if (!any_above(points.radius_bound() * larger(even, odd), least))
        return Lanes16(std::int16_t{0});
    points.scale(even, odd);
    return as<std::int16_t>((nearest(even) & 0xFFFF) | (nearest(odd) << 16));
}

/// Clips codes of a pair and counts them; their weighted sum.
[[gnu::always_inline]] inline Lanes32 convert(const Lanes16& sums, const SerialConverters& c,
                                              int pair, Lanes16& clips)
{
    const Lanes16 codes = clamp(sums, Lanes16(static_cast<std::int16_t>(c.low)),
                                Lanes16(static_cast<std::int16_t>(c.high)));
    clips -= differs(sums, codes);
    return even_lanes(codes) * c.weights[2 * pair] + odd_lanes(codes) * c.weights[2 * pair + 1];
}

/// Reads of digits: noise of the converters alone (`gaussian` false), or of cells and converters.
template <bool gaussian>
std::uint64_t read_digits(const SerialTile& tile, const SerialInputs& inputs,
                          const SerialConverters& c, std::int64_t* acc)
{
    const bool silent = gaussian && c.adc_variance == 0.0f;  // where nothing is driven
    const bool varies = gaussian && tile.variances != nullptr;
    NarrowSums sums, variances{};
    Lanes32 clipped(0);
    const std::uint8_t* rows = inputs.rows;
    const std::uint16_t* count = inputs.counts;
    std::uint64_t number = c.first;
    for (int p = 0; p < inputs.positions; ++p, acc += Lanes32::count) {
        Lanes32 sum(0);
        Lanes16 clips(std::int16_t{0});
        for (int t = 0; t < inputs.cycles;
             ++t, rows += inputs.pitch, ++count, number += static_cast<std::uint64_t>(tile.pairs)) {
            if (silent && *count == 0) continue;
            add_rows(tile.pairs, [&](auto n, int first) {
                if (varies)
                    add_registers<n(), true>(tile, rows, *count, first, sums, variances);
                else
                    add_registers<n(), false>(tile, rows, *count, first, sums, variances);
            });
            Lanes32 result(0);
            const auto take = [&](int i, const Lanes16& e) __attribute__((always_inline))
            {
                const Lanes16 stored(tile.stored + i);
                result += convert((e & stored) + sums[i], c, i, clips);
            };
            if constexpr (gaussian) {
                WordStream words(c.key, number * (2 * Words64::count));
                for (int i = 0; i < tile.pairs; ++i)
                    take(i, round_gaussian(words, variances[i], c, i));
            } else {
                CodeDraws draws(c, number);
                for (int i = 0; i < tile.pairs; ++i)
                    take(i, draws.next());
            }
            sum += result * inputs.cycle_weights[t];
        }
        clipped += even_lanes(clips) + odd_lanes(clips);
        add_to(acc, sum);
    }
    return total(clipped);
}

/// Fixed point rounded to codes, ties to even.
[[gnu::always_inline]] inline Lanes32 round_fixed(const Lanes32& x, int fraction)
{
    return (x + ((1 << (fraction - 1)) - 1) + ((x >> fraction) & 1)) >> fraction;
}

/// Fixed point and noise rounded to codes: the nearest code's distance is added to the noise.
[[gnu::always_inline]] inline Lanes32 round_with_noise(const Lanes32& x, int fraction,
                                                       const Floats& noise)
{
    const Lanes32 code = (x + (1 << (fraction - 1))) >> fraction;
    const float unit = 1.0f / static_cast<float>(1 << fraction);
    return code + nearest(to_floats(x - (code << fraction)) * unit + noise);
}

/// Codes of a column, of which those that nobody stores are 0: clipped, counted and weighted.
[[gnu::always_inline]] inline Lanes32 convert_fixed(const Lanes32& sums, const Lanes32& stored,
                                                    const SerialConverters& c, int column,
                                                    Lanes32& clips)
{
    const Lanes32 kept = sums & stored;
    const Lanes32 codes = clamp(kept, Lanes32(c.low), Lanes32(c.high));
    clips -= differs(kept, codes);
    return codes * c.weights[column];
}

/// Reads of real conductances, in fixed point.
template <bool gaussian>
std::uint64_t read_fixed(const SerialTile& tile, const SerialInputs& inputs,
                         const SerialConverters& c, std::int64_t* acc)
{
    const bool silent = !gaussian || c.adc_variance == 0.0f;
    const bool varies = gaussian && tile.variances != nullptr;
    WideSums sums, variances{};
    Lanes32 clipped(0);
    const std::uint8_t* rows = inputs.rows;
    const std::uint16_t* count = inputs.counts;
    std::uint64_t number = c.first;
    for (int p = 0; p < inputs.positions; ++p, acc += Lanes32::count) {
        Lanes32 sum(0);
        for (int t = 0; t < inputs.cycles;
             ++t, rows += inputs.pitch, ++count, number += static_cast<std::uint64_t>(tile.pairs)) {
            if (silent && *count == 0) continue;
            add_wide(tile.cells, tile.pairs, rows, *count, sums);
            if (varies) add_wide(tile.variances, tile.pairs, rows, *count, variances);
            const std::int32_t bias = *count * 32768;
            Lanes32 result(0);
            WordStream words(c.key, number * (2 * Words64::count));
            for (int i = 0; i < tile.pairs; ++i) {
                Lanes32 even = sums.even[i] - bias, odd = sums.odd[i];
                if constexpr (gaussian) {
                    Floats even_noise =
                        to_floats(variances.even[i]) * c.variance_units[2 * i] + c.adc_variance;
                    Floats odd_noise =
                        to_floats(variances.odd[i]) * c.variance_units[2 * i + 1] + c.adc_variance;
                    PlanePoints(words).scale(even_noise, odd_noise);
                    even = round_with_noise(even, c.fractions[2 * i], even_noise);
                    odd = round_with_noise(odd, c.fractions[2 * i + 1], odd_noise);
                } else {
                    even = round_fixed(even, c.fractions[2 * i]);
                    odd = round_fixed(odd, c.fractions[2 * i + 1]);
                }
                const Lanes16 stored(tile.stored + i);
                result += convert_fixed(even, even_lanes(stored), c, 2 * i, clipped);
                result += convert_fixed(odd, odd_lanes(stored), c, 2 * i + 1, clipped);
            }
            sum += result * inputs.cycle_weights[t];
        }
        add_to(acc, sum);
    }
    return total(clipped);
}

}  // namespace
}  // namespace imc::crossbar
