// SPDX-License-Identifier: Apache-2.0
/// The inner loops of the bit-serial path, one set for each SIMD level. Internal to the crossbar
/// kernels.
///
/// Lanes: the inputs of a row are held as words of 32 wordlines, [word][digit bit][lane]; a lane is
/// one output position in one input cycle (DAC digit), 16 lanes a vector. Bit 8b+q of a word is
/// slot 4q+b of its 32 slots: any fixed order will do, as weights are packed alike.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/cpu_features.h"

namespace imc::crossbar {

/// 32 cells of one bit plane of a column, and the inputs they meet.
struct BitWord {
    std::uint32_t lanes;     ///< offset of the word's first lane
    std::uint32_t positive;  ///< cells of the positive (or only) array
    std::uint32_t negative;  ///< cells of the negative array
    std::uint32_t shift;     ///< significance inside its cell
};

/// 32 cells of one plane of one polarity, where conversions need not be told apart.
struct PlaneWord {
    std::uint32_t lanes;  ///< offset of the word's first lane
    std::uint32_t cells;
};

/// A run of words that belong together: words[begin, end), result shifted by `shift`, added or
/// subtracted.
struct BitRun {
    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t shift;
    std::int32_t subtract;  ///< 1: the run counts negative
};

/// Where the lanes are: `digit_bits` planes `digit_pitch` apart, `vectors` of 16 lanes.
struct LaneView {
    const std::uint32_t* lanes;
    std::size_t digit_pitch;
    int digit_bits;
    int vectors;
};

struct BitKernels {
    /// For the first `bits` bits of every byte of 8 quads ([8][16][4] bytes): out[bit * out_pitch +
    /// position].
    void (*extract)(const std::uint8_t* quads, int bits, std::uint32_t* out, std::size_t out_pitch);
    /// sums[lane] = sum over runs of +-(popcount(cells & inputs) << shift): what a column gives
    /// when no conversion in it can clip.
    void (*fused)(const BitRun* runs, std::size_t run_count, const PlaneWord* words,
                  const LaneView& view, std::int32_t* sums);
    /// Each run is one array read of one column and its conversion: s = sum over words of
    /// (popcount(positive & inputs) - popcount(negative & inputs)) << (shift of word + digit bit),
    /// clipped to [low, high], then sums[lane] += +-(s << shift of run). `clipped[lane]` counts
    /// conversions that were out of range.
    void (*reads)(const BitRun* runs, std::size_t run_count, const BitWord* words,
                  const LaneView& view, std::int32_t low, std::int32_t high, std::int32_t* sums,
                  std::uint32_t* clipped);
};

const BitKernels& bit_kernels(SimdLevel level);

extern const BitKernels bits_portable;
#if defined(__x86_64__)
extern const BitKernels bits_avx2;
extern const BitKernels bits_avx512;
#endif

}  // namespace imc::crossbar
