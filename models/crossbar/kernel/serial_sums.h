// SPDX-License-Identifier: Apache-2.0
/// Sums of the driven rows of a read. A read adds up the rows that are driven: at one bit a cycle
/// most inputs are 0 (codes after a ReLU), so that this is less work than a product with all of
/// them, and each load serves 32 columns. In an unnamed namespace, as SerialKernels' loops.
#pragma once

#include <type_traits>

#include "common/simd_lanes.h"
#include "crossbar/kernel/serial_kernels.h"

namespace imc::crossbar {
namespace {

/// Lanes of all pairs of columns, register by register.
template <typename T>
struct PairLanes {
    typename Lanes<T>::Register part[most_pairs * registers];

    [[gnu::always_inline]] Lanes<T> operator[](int pair) const
    {
        return Lanes<T>(part + pair * registers);
    }
};

/// Sums of pairs of columns.
using NarrowSums = PairLanes<std::int16_t>;
struct WideSums {
    PairLanes<std::int32_t> even, odd;
};

/// Registers `first` .. `first` + n - 1 of the sums over the driven rows, lane by lane: of the
/// cells, and in the same pass of their variances if there are any.
template <int n, bool varies>
void add_registers(const SerialTile& tile, const std::uint8_t* rows, int count, int first,
                   NarrowSums& sums, NarrowSums& variances)
{
    using Register = Lanes16::Register;
    const std::size_t pitch = static_cast<std::size_t>(tile.pairs) * registers;
    const auto* const cells = reinterpret_cast<const Register*>(tile.cells) + first;
    const auto* const squares =
        varies ? reinterpret_cast<const Register*>(tile.variances) + first : nullptr;
    Register acc[n] = {}, other[n] = {};
    for (int i = 0; i < count; ++i) {
        const std::size_t at = rows[i] * pitch;
#pragma GCC unroll 4
        for (int r = 0; r < n; ++r)
            acc[r] += cells[at + r];
#pragma GCC unroll 4
        for (int r = 0; varies && r < n; ++r)
            other[r] += squares[at + r];
    }
#pragma GCC unroll 4
    for (int r = 0; r < n; ++r)
        sums.part[first + r] = acc[r];
#pragma GCC unroll 4
    for (int r = 0; varies && r < n; ++r)
        variances.part[first + r] = other[r];
}

/// The same in 32 bits, of cells or variances, even columns and odd ones apart. A pair of lanes is
/// read as one number 2^16 odd + even with even >= 0: the sum of all and that of the upper halves
/// give both.
template <int n>
void add_registers(const ColumnPair* cells, int pairs, const std::uint8_t* rows, int count,
                   int first, WideSums& sums)
{
    using Register = Lanes32::Register;
    using Unsigned = Bits32::Register;
    const std::size_t pitch = static_cast<std::size_t>(pairs) * registers;
    const auto* const from = reinterpret_cast<const Register*>(cells) + first;
    Unsigned all[n] = {};
    Register odd[n] = {};
    for (int i = 0; i < count; ++i) {
        const std::size_t at = rows[i] * pitch;
#pragma GCC unroll 4
        for (int r = 0; r < n; ++r) {
            const Register both = from[at + r];
            all[r] += reinterpret_cast<Unsigned>(both);
            odd[r] += both >> 16;
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < n; ++r) {
        sums.even.part[first + r] =
            reinterpret_cast<Register>(all[r] - (reinterpret_cast<Unsigned>(odd[r]) << 16));
        sums.odd.part[first + r] = odd[r];
    }
}

/// All registers of `pairs` pairs, as many at a time as there are to add to: add(number, first).
template <typename F>
[[gnu::always_inline]] inline void add_rows(int pairs, const F& add)
{
    const int needed = pairs * registers;
    int r = 0;
    for (; r + 4 <= needed; r += 4)
        add(std::integral_constant<int, 4>{}, r);
    if (needed - r >= 2) {
        add(std::integral_constant<int, 2>{}, r);
        r += 2;
    }
    if (r < needed) add(std::integral_constant<int, 1>{}, r);
}

[[gnu::always_inline]] inline void add_wide(const ColumnPair* cells, int pairs,
                                            const std::uint8_t* rows, int count, WideSums& sums)
{
    add_rows(pairs, [&](auto n, int first) {
        add_registers<n()>(cells, pairs, rows, count, first, sums);
    });
}

}  // namespace
}  // namespace imc::crossbar
