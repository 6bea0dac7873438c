// SPDX-License-Identifier: Apache-2.0
/// Plain loops of per-conversion ADCs, compiled once for each SIMD level (the compiler vectorises
/// them). In an unnamed namespace, since every level needs its own machine code of the same lines.
#pragma once

#include <cmath>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "adc/kernel/adc_kernels.h"
#include "common/random_lanes.h"

namespace imc::adc {
namespace {

constexpr int most_columns = 64;
constexpr int most_positions = 32;

/// Eight doubles; the compiler lowers them to what the instruction set has. Passed by reference
/// only, since their calling convention differs between instruction sets.
typedef double Vector __attribute__((vector_size(64), aligned(8), may_alias));
typedef std::int32_t Integers __attribute__((vector_size(32), aligned(4), may_alias));
typedef float Singles __attribute__((vector_size(32), aligned(4), may_alias));
constexpr int lanes = 8;

/// a < b ? b : a, and a > b ? b : a: one instruction where the compiler does not find it by itself.
#if defined(__AVX512F__)
[[gnu::always_inline]] inline void raise_to(Vector& a, const Vector& b)
{
    a = reinterpret_cast<Vector>(
        _mm512_max_pd(reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b)));
}
[[gnu::always_inline]] inline void lower_to(Vector& a, const Vector& b)
{
    a = reinterpret_cast<Vector>(
        _mm512_min_pd(reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b)));
}
[[gnu::always_inline]] inline void widen(const std::int32_t* from, Vector& x)
{
    x = reinterpret_cast<Vector>(
        _mm512_cvtepi32_pd(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
}
[[gnu::always_inline]] inline void round_to_even(Vector& x)
{
    x = reinterpret_cast<Vector>(
        _mm512_roundscale_pd(reinterpret_cast<__m512d>(x), _MM_FROUND_TO_NEAREST_INT));
}
#else
[[gnu::always_inline]] inline void widen(const std::int32_t* from, Vector& x)
{
    x = __builtin_convertvector(*reinterpret_cast<const Integers*>(from), Vector);
}
[[gnu::always_inline]] inline void round_to_even(Vector& x)
{
    constexpr double rounder = 0x1.8p52;  // its unit in the last place is 1
    x = (x + rounder) - rounder;
}
[[gnu::always_inline]] inline void raise_to(Vector& a, const Vector& b)
{
    a = a < b ? b : a;
}
[[gnu::always_inline]] inline void lower_to(Vector& a, const Vector& b)
{
    a = a > b ? b : a;
}
#endif

/// Constants of eight columns.
struct Columns {
    Vector inverse, base, low, high, weight;

    Columns(const ColumnView& c, int at)
        : inverse(*reinterpret_cast<const Vector*>(c.inverse + at)),
          base(*reinterpret_cast<const Vector*>(c.base + at)),
          low(*reinterpret_cast<const Vector*>(c.low + at)),
          high(*reinterpret_cast<const Vector*>(c.high + at)),
          weight(*reinterpret_cast<const Vector*>(c.weight + at))
    {
    }
};

/// Rounds x (in codes) half to even, clamps it, and adds code * weight to acc. `x` = sum * (1 /
/// step) is off by 2^-36 at most, while a quotient of a whole number below 2^24 and a float32 step
/// that is no tie is at least 2^-26 away from one: snapping x to multiples of 2^-28 makes ties
/// exact and leaves all else on its side, so the code is that of the exact quotient.
[[gnu::always_inline]] inline void convert_vector(Vector& x, const Columns& c, Vector& clips,
                                                  double* acc)
{
    constexpr double snap = 0x1.8p24;  // its unit in the last place is 2^-28
    raise_to(x, c.low - 1.0);
    lower_to(x, c.high + 1.0);
    x = (x + snap) - snap;
    round_to_even(x);
    Vector kept = x;
    raise_to(kept, c.low);
    lower_to(kept, c.high);
    clips = x != kept ? clips + 1.0 : clips;
    *reinterpret_cast<Vector*>(acc) += kept * c.weight;
}

/// Sums of eight columns at `at` as doubles.
[[gnu::always_inline]] inline void load_sums(const SumView& sums, std::size_t at, Vector& x)
{
    widen(sums.low + at, x);
    if (sums.high == nullptr) return;
    Vector high;
    widen(sums.high + at, high);
    x += 256.0 * high;
}

std::uint64_t total(const Vector& counts)
{
    double sum = 0.0;
    for (int i = 0; i < lanes; ++i)
        sum += counts[i];
    return static_cast<std::uint64_t>(sum);
}

/// `based`: some base is not zero. `two_bytes`: sums have a high part.
template <bool based, bool two_bytes>
std::uint64_t convert_block(const SumView& sums, const ColumnView& view, double* acc)
{
    Vector clips{};
    for (int i = 0; i < sums.columns; i += lanes) {
        const Columns c(view, i);
        for (int p = 0; p < sums.positions; ++p) {
            const std::size_t at = static_cast<std::size_t>(p) * sums.columns + i;
            Vector x;
            if (two_bytes)
                load_sums(sums, at, x);
            else
                widen(sums.low + at, x);
            if (based) x += c.base;
            x *= c.inverse;
            convert_vector(x, c, clips, acc + at);
        }
    }
    return total(clips);
}

std::uint64_t convert_loop(const SumView& sums, const ColumnView& view, double* acc)
{
    bool based = false;
    for (int i = 0; i < sums.columns; ++i)
        based |= view.base[i] != 0.0;
    if (sums.high != nullptr) return convert_block<true, true>(sums, view, acc);
    return based ? convert_block<true, false>(sums, view, acc)
                 : convert_block<false, false>(sums, view, acc);
}

/// Variance of every conversion, in squared codes: of the cells' read noise, a sum of independent
/// Gaussians and so Gaussian itself, and of the converter's own.
void variances(const SumView& sums, const ColumnView& view, const NoiseView& noise, float* out)
{
    const double adc_variance = noise.adc_sigma * noise.adc_sigma;
    for (int i = 0; i < sums.columns; i += lanes) {
        const Columns c(view, i);
        const Vector unit = c.inverse * c.inverse * noise.variance_unit;
        for (int p = 0; p < sums.positions; ++p) {
            const std::size_t at = static_cast<std::size_t>(p) * sums.columns + i;
            Vector variance{};
            if (noise.variance.low != nullptr) load_sums(noise.variance, at, variance);
            *reinterpret_cast<Singles*>(out + at) =
                __builtin_convertvector(variance * unit + adc_variance, Singles);
        }
    }
}

/// Normals of these variances, in place, of the conversions first, first + 1, ... of a block: pairs
/// are 16 conversions apart.
void draw_normals(std::uint64_t key, std::uint64_t first, int count, float* values)
{
    constexpr int both = 2 * Floats::count;
    for (int i = count; i % both != 0; ++i)
        values[i] = 0.0f;
    WordStream words(key, first / 2);
    for (int i = 0; i < count; i += both) {
        Floats x(values + i), y(values + i + Floats::count);
        PlanePoints(words).scale(x, y);
        x.store(values + i);
        y.store(values + i + Floats::count);
    }
}

/// A converter's bow: zero at both ends of its range, `inl` codes in the middle.
struct Bow {
    Vector low, span, height;
    bool is_signed;

    Bow(const NoiseView& noise, const Columns& c)
        : low{}, span{}, height{}, is_signed(noise.inl_signed)
    {
        height += 4.0 * noise.inl;
        const bool own = noise.inl_span == 0.0;
        span = own ? c.high - c.low : span + noise.inl_span;
        if (own) low = c.low;
    }
    [[gnu::always_inline]] inline void add(Vector& x) const
    {
        const Vector zero{}, one = zero + 1.0;
        const Vector side = is_signed ? (x < zero ? -one : one) : one;
        Vector t = (x * side - low) / span;
        raise_to(t, zero);
        lower_to(t, one);
        x += side * height * t * (one - t);
    }
};

std::uint64_t convert_noisy_loop(const SumView& sums, const ColumnView& view,
                                 const NoiseView& noise, double* acc)
{
    alignas(64) float normals[most_positions * most_columns];
    const bool random = noise.variance.low != nullptr || noise.adc_sigma != 0.0;
    if (random) {
        variances(sums, view, noise, normals);
        draw_normals(noise.key, noise.first, sums.positions * sums.columns, normals);
    }
    Vector clips{};
    for (int i = 0; i < sums.columns; i += lanes) {
        const Columns c(view, i);
        const Vector offset = *reinterpret_cast<const Vector*>(noise.offset + i);
        const Bow bow(noise, c);
        for (int p = 0; p < sums.positions; ++p) {
            const std::size_t at = static_cast<std::size_t>(p) * sums.columns + i;
            Vector x;
            load_sums(sums, at, x);
            x = x * noise.sum_unit + c.base;
            if (noise.shared != nullptr) x += *reinterpret_cast<const Vector*>(noise.shared + at);
            x = x * c.inverse + offset;
            if (random)
                x += __builtin_convertvector(*reinterpret_cast<const Singles*>(normals + at),
                                             Vector);
            if (noise.inl != 0.0) bow.add(x);
            convert_vector(x, c, clips, acc + at);
        }
    }
    return total(clips);
}

}  // namespace
}  // namespace imc::adc
