// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/bit_loops.h"

namespace imc::crossbar {

namespace {

std::uint32_t count_bits(std::uint32_t x)
{
    x -= (x >> 1) & 0x55555555u;
    x = (x & 0x33333333u) + ((x >> 2) & 0x33333333u);
    return (((x + (x >> 4)) & 0x0F0F0F0Fu) * 0x01010101u) >> 24;
}

/// 16 lanes in an array; the compiler vectorises what it can for the base instruction set.
struct Vector {
    std::uint32_t lane[16];

    template <typename F>
    static Vector each(F f)
    {
        Vector r;
        for (int i = 0; i < 16; ++i)
            r.lane[i] = f(i);
        return r;
    }
    static Vector zero() { return broadcast(0); }
    static Vector broadcast(std::uint32_t x)
    {
        return each([=](int) { return x; });
    }
    static Vector load(const std::uint32_t* from)
    {
        return each([=](int i) { return from[i]; });
    }
    void store(std::uint32_t* to) const
    {
        for (int i = 0; i < 16; ++i)
            to[i] = lane[i];
    }
    Vector operator+(const Vector& o) const
    {
        return each([&](int i) { return lane[i] + o.lane[i]; });
    }
    Vector operator-(const Vector& o) const
    {
        return each([&](int i) { return lane[i] - o.lane[i]; });
    }
    Vector operator&(const Vector& o) const
    {
        return each([&](int i) { return lane[i] & o.lane[i]; });
    }
    Vector shift_left(int n) const
    {
        return each([&](int i) { return lane[i] << n; });
    }
    Vector shift_right(int n) const
    {
        return each([&](int i) { return lane[i] >> n; });
    }
    Vector popcount() const
    {
        return each([&](int i) { return count_bits(lane[i]); });
    }
    Vector min(const Vector& o) const
    {
        return each([&](int i) { return signed_less(o, i) ? o.lane[i] : lane[i]; });
    }
    Vector max(const Vector& o) const
    {
        return each([&](int i) { return signed_less(o, i) ? lane[i] : o.lane[i]; });
    }
    Vector count_different(const Vector& a, const Vector& b) const
    {
        return each([&](int i) { return lane[i] + (a.lane[i] != b.lane[i] ? 1u : 0u); });
    }
    bool signed_less(const Vector& o, int i) const
    {
        return static_cast<std::int32_t>(o.lane[i]) < static_cast<std::int32_t>(lane[i]);
    }
};

}  // namespace

const BitKernels bits_portable{BitLoops<Vector>::extract, BitLoops<Vector>::fused,
                               BitLoops<Vector>::reads};

const BitKernels& bit_kernels(SimdLevel level)
{
#if defined(__x86_64__)
    if (level == SimdLevel::avx512) return bits_avx512;
    if (level == SimdLevel::avx2) return bits_avx2;
#endif
    static_cast<void>(level);
    return bits_portable;
}

}  // namespace imc::crossbar
