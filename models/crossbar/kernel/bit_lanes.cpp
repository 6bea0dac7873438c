// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/bit_lanes.h"

#include <algorithm>
#include <string>

#include "common/error.h"

namespace imc::crossbar {

namespace {

constexpr int vector_lanes = 16;

}  // namespace

InputCycles::InputCycles(ActivationFormat format, int dac_bits)
{
    format.validate();
    if (dac_bits < 1 || dac_bits > 8)
        throw InputError("DAC: " + std::to_string(dac_bits) + " bits a cycle; must be 1 to 8");
    const int magnitude = format.is_signed ? format.bits - 1 : format.bits;
    for (int bit = 0; bit < magnitude; bit += dac_bits)
        cycles.push_back({bit, std::min(dac_bits, magnitude - bit), false});
    if (format.is_signed) cycles.push_back({magnitude, 1, true});
}

BitLanes::BitLanes(const Patches& patches, const InputCycles& cycles, int dac_bits)
    : m_kernels(&bit_kernels(simd_level())),
      m_cycles(cycles),
      m_positions(patches.positions()),
      m_words(patches.quads() / 8),
      m_digit_bits(std::min(dac_bits, patches.format().bits)),
      m_lanes(cycles.count() * patches.positions())
{
    m_word_pitch = word_pitch(m_positions, patches.format(), dac_bits);
    m_digit_pitch = m_word_pitch / m_digit_bits;
    m_data.assign(m_word_pitch * m_words, 0);
}

std::size_t BitLanes::word_pitch(int positions, ActivationFormat format, int dac_bits)
{
    const int lanes = InputCycles(format, dac_bits).count() * positions;
    return static_cast<std::size_t>((lanes + vector_lanes - 1) / vector_lanes) * vector_lanes *
           std::min(dac_bits, format.bits);
}

LaneView BitLanes::view() const
{
    return {m_data.data(), m_digit_pitch, m_digit_bits,
            (m_lanes + vector_lanes - 1) / vector_lanes};
}

void BitLanes::gather(const Patches& patches, int group)
{
    std::uint32_t bits[16][vector_lanes];
    const int code_bits = patches.format().bits;
    const int blocks = patches.blocks();
    for (int w = 0; w < m_words; ++w) {
        std::uint32_t* const word = m_data.data() + w * m_word_pitch;
        const std::size_t at = static_cast<std::size_t>(w) * 512;

        for (int b = 0; b < blocks; ++b) {
            const std::size_t block = static_cast<std::size_t>(b) * patches.quads() * 64 + at;
            for (int s = 0; s < patches.slices(); ++s)
                m_kernels->extract(patches.bytes(group, s) + block, std::min(8, code_bits - 8 * s),
                                   bits[8 * s], vector_lanes);
            const int count = std::min(vector_lanes, m_positions - b * vector_lanes);
            for (int t = 0; t < m_cycles.count(); ++t) {
                const auto& cycle = m_cycles.cycles[t];
                for (int j = 0; j < cycle.bits; ++j)
                    std::copy_n(bits[cycle.first_bit + j], count,
                                word + j * m_digit_pitch +
                                    static_cast<std::size_t>(t) * m_positions + b * vector_lanes);
            }
        }
    }
}

void BitLanes::combine(const std::int32_t* sums, std::int64_t* acc) const
{
    for (int t = 0; t < m_cycles.count(); ++t, sums += m_positions) {
        const std::int64_t weight = m_cycles.cycles[t].weight();
        for (int p = 0; p < m_positions; ++p)
            acc[p] += weight * sums[p];
    }
}

}  // namespace imc::crossbar
