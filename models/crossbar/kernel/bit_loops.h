// SPDX-License-Identifier: Apache-2.0
/// The loops of the bit-serial path over an abstract vector of 16 int32 lanes; each SIMD level
/// includes them with its own vector type. In an unnamed namespace, since every level needs its own
/// machine code of the same lines.
#pragma once

#include "crossbar/kernel/bit_kernels.h"

namespace imc::crossbar {
namespace {

/// Vector V offers: zero, load, store, broadcast, +, -, shift left, & and popcount per lane, min,
/// max, outside.
template <typename V>
struct BitLoops {
    static void extract(const std::uint8_t* quads, int bits, std::uint32_t* out,
                        std::size_t out_pitch)
    {
        const V ones = V::broadcast(0x01010101u);
        for (int bit = 0; bit < bits; ++bit, out += out_pitch) {
            V word = V::zero();
            for (int q = 0; q < 8; ++q) {
                const V quad = V::load(reinterpret_cast<const std::uint32_t*>(quads + 64 * q));
                word = word + (quad.shift_right(bit) & ones).shift_left(q);
            }
            word.store(out);
        }
    }

    template <int n>
    static void fused_tile(const BitRun* runs, std::size_t run_count, const PlaneWord* words,
                           const LaneView& view, const std::uint32_t* lanes, std::uint32_t* sums)
    {
        V total[n];
        for (int v = 0; v < n; ++v)
            total[v] = V::zero();
        for (std::size_t r = 0; r < run_count; ++r)
            for (int j = 0; j < view.digit_bits; ++j) {
                const std::uint32_t* const inputs = lanes + j * view.digit_pitch;
                V count[n];
                for (int v = 0; v < n; ++v)
                    count[v] = V::zero();
                for (std::uint32_t w = runs[r].begin; w < runs[r].end; ++w) {
                    const V cells = V::broadcast(words[w].cells);
                    const std::uint32_t* const word = inputs + words[w].lanes;
                    for (int v = 0; v < n; ++v)
                        count[v] = count[v] + (V::load(word + 16 * v) & cells).popcount();
                }
                for (int v = 0; v < n; ++v) {
                    const V part = count[v].shift_left(runs[r].shift + j);
                    total[v] = runs[r].subtract != 0 ? total[v] - part : total[v] + part;
                }
            }
        for (int v = 0; v < n; ++v)
            total[v].store(sums + 16 * v);
    }

    static void fused(const BitRun* runs, std::size_t run_count, const PlaneWord* words,
                      const LaneView& view, std::int32_t* sums)
    {
        std::uint32_t* const out = reinterpret_cast<std::uint32_t*>(sums);
        int v = 0;
        for (; v + 4 <= view.vectors; v += 4)
            fused_tile<4>(runs, run_count, words, view, view.lanes + 16 * v, out + 16 * v);
        for (; v + 2 <= view.vectors; v += 2)
            fused_tile<2>(runs, run_count, words, view, view.lanes + 16 * v, out + 16 * v);
        if (v < view.vectors)
            fused_tile<1>(runs, run_count, words, view, view.lanes + 16 * v, out + 16 * v);
    }

    template <int n>
    static void reads_tile(const BitRun* runs, std::size_t run_count, const BitWord* words,
                           const LaneView& view, std::int32_t low, std::int32_t high,
                           const std::uint32_t* lanes, std::uint32_t* sums, std::uint32_t* clipped)
    {
        const V lowest = V::broadcast(static_cast<std::uint32_t>(low));
        const V highest = V::broadcast(static_cast<std::uint32_t>(high));
        V total[n], clips[n];
        for (int v = 0; v < n; ++v) {
            total[v] = V::load(sums + 16 * v);
            clips[v] = V::load(clipped + 16 * v);
        }
        for (std::size_t r = 0; r < run_count; ++r) {
            V sum[n];
            for (int v = 0; v < n; ++v)
                sum[v] = V::zero();
            for (std::uint32_t w = runs[r].begin; w < runs[r].end; ++w) {
                const V positive = V::broadcast(words[w].positive);
                const V negative = V::broadcast(words[w].negative);
                const std::uint32_t* word = lanes + words[w].lanes;
                for (int j = 0; j < view.digit_bits; ++j, word += view.digit_pitch)
                    for (int v = 0; v < n; ++v) {
                        const V inputs = V::load(word + 16 * v);
                        const V part =
                            (inputs & positive).popcount() - (inputs & negative).popcount();
                        sum[v] = sum[v] + part.shift_left(words[w].shift + j);
                    }
            }
            for (int v = 0; v < n; ++v) {
                const V code = sum[v].max(lowest).min(highest);
                clips[v] = clips[v].count_different(code, sum[v]);
                const V part = code.shift_left(runs[r].shift);
                total[v] = runs[r].subtract != 0 ? total[v] - part : total[v] + part;
            }
        }
        for (int v = 0; v < n; ++v) {
            total[v].store(sums + 16 * v);
            clips[v].store(clipped + 16 * v);
        }
    }

    static void reads(const BitRun* runs, std::size_t run_count, const BitWord* words,
                      const LaneView& view, std::int32_t low, std::int32_t high, std::int32_t* sums,
                      std::uint32_t* clipped)
    {
        std::uint32_t* const out = reinterpret_cast<std::uint32_t*>(sums);
        int v = 0;
        for (; v + 4 <= view.vectors; v += 4)
            reads_tile<4>(runs, run_count, words, view, low, high, view.lanes + 16 * v,
                          out + 16 * v, clipped + 16 * v);
        for (; v + 2 <= view.vectors; v += 2)
            reads_tile<2>(runs, run_count, words, view, low, high, view.lanes + 16 * v,
                          out + 16 * v, clipped + 16 * v);
        if (v < view.vectors)
            reads_tile<1>(runs, run_count, words, view, low, high, view.lanes + 16 * v,
                          out + 16 * v, clipped + 16 * v);
    }
};

}  // namespace
}  // namespace imc::crossbar
