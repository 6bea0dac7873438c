// SPDX-License-Identifier: Apache-2.0
/// Noisy reads of plain layers: converters with a step of one, inputs one bit at a time. The same
/// codes as AnalogArray's own loops where nothing is drawn in a read, the same distributions where
/// something is.
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/kernel/analog_spec.h"
#include "crossbar/kernel/bit_lanes.h"
#include "crossbar/kernel/patches.h"
#include "crossbar/kernel/serial_kernels.h"
#include "imcvp/program.h"

namespace imc::crossbar {

class SerialReads {
public:
    /// True where this can stand in: every cycle drives single bits, all `count` constants of `adc`
    /// are steps of one around 0, converters have no offset and no bow, no reference column, and
    /// sums stay inside of what the loops hold.
    static bool fits(const AnalogSpec& spec, ActivationFormat format, const InputCycles& cycles,
                     const imc_column_adc* adc, std::size_t count);

    SerialReads(const AnalogSpec& spec, const RowShape& shape, const InputCycles& cycles,
                const Patches& patches);

    /// Cells of one group, polarity and slice, [output][row].
    void store(int group, int polarity, int slice, const std::vector<AnalogCell>& cells);

    /// acc[out_channel][position] of gathered patches (reads aligned to 32 slots); `key` names the
    /// read in the random numbers. Returns how many codes were clipped.
    std::uint64_t run_row(const Patches& patches, std::uint64_t key, std::int64_t* acc);

private:
    static constexpr int chunk_positions = 32;
    static constexpr int panel_outputs = 16;

    int column(int polarity, int slice) const;
    std::size_t panel_at(int group, int tile, int panel) const;
    void list_rows(int tile, int first, int count);
    std::uint64_t read_panel(int group, int tile, int panel, int first, int count,
                             std::uint64_t key, std::int64_t* acc) const;
    SerialReadsKernel kernel() const;

    AnalogSpec m_spec;
    RowShape m_shape;
    InputCycles m_cycles;
    int m_tiles, m_panels, m_pairs;
    bool m_fixed;  ///< cells hold fixed point, else digits
    adc::CodeNoise m_code_noise;
    const SerialKernels* m_kernels;
    BitLanes m_lanes;
    std::vector<ColumnPair> m_cells, m_variances;  ///< [group][tile][panel][row][pair]
    std::vector<ColumnPair> m_stored;              ///< [group][tile][panel][pair]
    std::vector<std::int32_t> m_weights, m_cycle_weights;
    std::vector<std::int32_t> m_fractions;  ///< [group][column], 1 .. 24
    std::vector<float> m_variance_units;
    std::vector<std::uint8_t> m_rows;  ///< driven ones, [position][cycle][row_pitch]
    std::vector<std::uint16_t> m_counts;
    std::size_t m_row_pitch;
    std::vector<std::int64_t> m_acc;  ///< [panel][position][16]
};

}  // namespace imc::crossbar
