// SPDX-License-Identifier: Apache-2.0
/// The inputs of one output row as a bit-serial crossbar sees them: one DAC digit a cycle.
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/kernel/bit_kernels.h"
#include "crossbar/kernel/patches.h"

namespace imc::crossbar {

/// The input cycles of a code: digits of `dac_bits` bits, least significant first; a signed code's
/// top bit is a cycle of its own, whose result is subtracted (docs/models/crossbar.md).
struct InputCycles {
    struct Cycle {
        int first_bit;
        int bits;
        bool subtract;
        std::int64_t weight() const { return (subtract ? -1 : 1) * (std::int64_t{1} << first_bit); }
    };
    std::vector<Cycle> cycles;

    InputCycles(ActivationFormat format, int dac_bits);
    int count() const { return static_cast<int>(cycles.size()); }
};

/// Lanes of one group at a time: [word of 32 slots][digit bit][cycle * positions + position].
class BitLanes {
public:
    BitLanes(const Patches& patches, const InputCycles& cycles, int dac_bits);
    /// Distance of words for `positions` and these cycles, known before lanes are made.
    static std::size_t word_pitch(int positions, ActivationFormat format, int dac_bits);

    void gather(const Patches& patches, int group);

    int lanes() const { return m_lanes; }
    LaneView view() const;
    /// Combines the lanes of the cycles: acc[position] += sum over cycles of weight * sums[lane].
    void combine(const std::int32_t* sums, std::int64_t* acc) const;

private:
    const BitKernels* m_kernels;
    InputCycles m_cycles;
    int m_positions;
    int m_words;
    int m_digit_bits;
    int m_lanes;
    std::size_t m_digit_pitch;
    std::size_t m_word_pitch;
    std::vector<std::uint32_t> m_data;
};

}  // namespace imc::crossbar
