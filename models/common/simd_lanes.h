// SPDX-License-Identifier: Apache-2.0
/// Lanes of 64 bytes, in as many registers as the instruction set needs for them: every level gives
/// the same bits. (Vectors beyond a register, which compilers also take, are kept in memory and
/// compared lane by lane.) In an unnamed namespace, since each level compiles its own copy.
#pragma once

#include <cmath>
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace imc {
namespace {

#if defined(__AVX512BW__)
constexpr int register_bytes = 64;
#elif defined(__AVX2__)
constexpr int register_bytes = 32;
#else
constexpr int register_bytes = 16;
#endif
constexpr int registers = 64 / register_bytes;

template <typename T>
struct Lanes {
    typedef T Register __attribute__((vector_size(register_bytes), may_alias));
    static constexpr int count = 64 / sizeof(T);
    Register part[registers];

    Lanes() = default;
    /// The same in all lanes.
    [[gnu::always_inline]] explicit Lanes(T x)
    {
        for (Register& p : part)
            p = Register{} + x;
    }
    /// From memory of any alignment.
    [[gnu::always_inline]] explicit Lanes(const void* from)
    {
        __builtin_memcpy(part, from, sizeof part);
    }
    [[gnu::always_inline]] void store(void* to) const { __builtin_memcpy(to, part, sizeof part); }
};

using Words64 = Lanes<std::uint64_t>;
using Lanes32 = Lanes<std::int32_t>;
using Bits32 = Lanes<std::uint32_t>;
using Lanes16 = Lanes<std::int16_t>;
using Floats = Lanes<float>;

/// The same bits as lanes of another type.
template <typename To, typename T>
[[gnu::always_inline]] inline Lanes<To> as(const Lanes<T>& x)
{
    Lanes<To> y;
    __builtin_memcpy(y.part, x.part, sizeof y.part);
    return y;
}

/// f(register of x, register of y) for all registers.
template <typename To, typename T, typename F>
[[gnu::always_inline]] inline Lanes<To> each(const Lanes<T>& x, const Lanes<T>& y, const F& f)
{
    Lanes<To> result;
#pragma GCC unroll 4
    for (int i = 0; i < registers; ++i)
        f(x.part[i], y.part[i], result.part[i]);
    return result;
}

#define IMC_LANES_OPERATOR(op)                                                               \
    template <typename T>                                                                    \
    [[gnu::always_inline]] inline Lanes<T> operator op(const Lanes<T>& x, const Lanes<T>& y) \
    {                                                                                        \
        using R = typename Lanes<T>::Register;                                               \
        return each<T>(x, y, [](const R& a, const R& b, R& c) { c = a op b; });              \
    }                                                                                        \
    template <typename T>                                                                    \
    [[gnu::always_inline]] inline Lanes<T> operator op(const Lanes<T>& x, T y)               \
    {                                                                                        \
        return x op Lanes<T>(y);                                                             \
    }                                                                                        \
    template <typename T>                                                                    \
    [[gnu::always_inline]] inline Lanes<T>& operator op##=(Lanes<T>& x, const Lanes<T>& y)   \
    {                                                                                        \
        return x = x op y;                                                                   \
    }
IMC_LANES_OPERATOR(+)
IMC_LANES_OPERATOR(-)
IMC_LANES_OPERATOR(*)
IMC_LANES_OPERATOR(/)
IMC_LANES_OPERATOR(&)
IMC_LANES_OPERATOR(|)
IMC_LANES_OPERATOR(^)
#undef IMC_LANES_OPERATOR

template <typename T>
[[gnu::always_inline]] inline Lanes<T> operator<<(const Lanes<T>& x, int n)
{
    using R = typename Lanes<T>::Register;
    return each<T>(x, x, [n](const R& a, const R&, R& c) { c = a << n; });
}

template <typename T>
[[gnu::always_inline]] inline Lanes<T> operator>>(const Lanes<T>& x, int n)
{
    using R = typename Lanes<T>::Register;
    return each<T>(x, x, [n](const R& a, const R&, R& c) { c = a >> n; });
}

/// -1 where x is at least y, else 0.
[[gnu::always_inline]] inline Lanes16 at_least(const Lanes16& x, const Lanes16& y)
{
    using R = Lanes16::Register;
    return each<std::int16_t>(x, y, [](const R& a, const R& b, R& c) { c = a >= b; });
}

/// -1 where x and y differ, else 0.
template <typename T>
[[gnu::always_inline]] inline Lanes<T> differs(const Lanes<T>& x, const Lanes<T>& y)
{
    using R = typename Lanes<T>::Register;
    return each<T>(x, y, [](const R& a, const R& b, R& c) { c = a != b; });
}

/// x inside of low .. high.
template <typename T>
[[gnu::always_inline]] inline Lanes<T> clamp(const Lanes<T>& x, const Lanes<T>& low,
                                             const Lanes<T>& high)
{
    using R = typename Lanes<T>::Register;
    const Lanes<T> raised =
        each<T>(x, low, [](const R& a, const R& b, R& c) { c = a < b ? b : a; });
    return each<T>(raised, high, [](const R& a, const R& b, R& c) { c = a > b ? b : a; });
}

[[gnu::always_inline]] inline Floats to_floats(const Lanes32& x)
{
    using R = Lanes32::Register;
    using F = Floats::Register;
    return each<float>(x, x, [](const R& a, const R&, F& c) { c = __builtin_convertvector(a, F); });
}

/// Square roots, correctly rounded.
[[gnu::always_inline]] inline Floats square_root(const Floats& x)
{
    using R = Floats::Register;
    return each<float>(x, x, [](const R& a, const R&, R& c) {
#if defined(__AVX512F__)
        c = reinterpret_cast<R>(_mm512_sqrt_ps(reinterpret_cast<__m512>(a)));
#elif defined(__AVX2__)
        c = reinterpret_cast<R>(_mm256_sqrt_ps(reinterpret_cast<__m256>(a)));
#elif defined(__x86_64__)
        c = reinterpret_cast<R>(_mm_sqrt_ps(reinterpret_cast<__m128>(a)));
#else
        for (int i = 0; i < register_bytes / 4; ++i)
            c[i] = std::sqrt(a[i]);
#endif
    });
}

/// The larger of two, lane by lane.
template <typename T>
[[gnu::always_inline]] inline Lanes<T> larger(const Lanes<T>& x, const Lanes<T>& y)
{
    using R = typename Lanes<T>::Register;
    return each<T>(x, y, [](const R& a, const R& b, R& c) { c = a < b ? b : a; });
}

/// True if a lane is not zero. Lanes are 0 or -1.
[[gnu::always_inline]] inline bool any(const Lanes16& mask)
{
#if defined(__AVX512BW__)
    return _mm512_movepi16_mask(reinterpret_cast<__m512i>(mask.part[0])) != 0;
#else
    std::uint64_t words[8], all = 0;
    mask.store(words);
    for (const std::uint64_t word : words)
        all |= word;
    return all != 0;
#endif
}

/// True if a lane exceeds the bound.
[[gnu::always_inline]] inline bool any_above(const Floats& x, float bound)
{
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(x.part[0]), _mm512_set1_ps(bound),
                              _CMP_GT_OQ) != 0;
#else
    using R = Floats::Register;
    using M = Lanes32::Register;
    const Lanes32 mask =
        each<std::int32_t>(x, Floats(bound), [](const R& a, const R& b, M& c) { c = a > b; });
    return any(as<std::int16_t>(mask));
#endif
}

}  // namespace
}  // namespace imc
