// SPDX-License-Identifier: Apache-2.0
/// Weights as the cells of crossbar arrays hold them: bit-sliced over columns, signs by a second
/// array or by an offset.
#pragma once

#include <cstdint>

#include "adc/kernel/clip_range.h"
#include "crossbar/config.h"
#include "crossbar/kernel/block_map.h"

namespace imc::crossbar {

/// How cells are read and converted.
struct ReadSpec {
    bool whole = false;  ///< arrays are read whole, not by operation units
    int rows = 9;        ///< wordlines of one read
    int columns = 8;     ///< bitlines of one read
    int cell_bits = 1;
    int dac_bits = 1;
    SignMode sign = SignMode::diff_analog;
    adc::ClipRange range;  ///< of one conversion

    /// From the configuration: operation units or whole arrays. Throws InputError for what cannot
    /// be.
    explicit ReadSpec(const Config& config);
};

/// The digits of one group's weights, [outputs][k] codes. A block of p planes spreads over ceil(p /
/// cell bits) slices, slice s weighing 2^(s * cell bits). Differential modes hold the magnitude in
/// the array of its sign, so digits are signed here; offset mode holds code + 2^(p-1).
class CellCodes {
public:
    /// Throws InputError if a code does not fit the planes of its block, or offset mode meets a map
    /// that is not uniform.
    CellCodes(const std::int16_t* weights, const BlockMap& map, int group, const ReadSpec& spec,
              int outputs, int k);

    int outputs() const { return m_outputs; }
    int k() const { return m_k; }
    int reads() const { return m_map->row_groups(); }  ///< per column, one a row group
    int first_row(int read) const { return read * m_spec->rows; }
    int rows(int read) const { return m_map->rows(read); }
    int planes(int output, int read) const
    {
        return m_map->planes(m_group, read, output / m_spec->columns);
    }
    int slices(int output, int read) const
    {
        return (planes(output, read) + m_spec->cell_bits - 1) / m_spec->cell_bits;
    }
    int weight(int output, int row) const
    {
        return m_weights[static_cast<std::size_t>(output) * m_k + row];
    }
    int digit(int output, int row, int slice) const
    {
        const int weight = this->weight(output, row);
        const int shift = slice * m_spec->cell_bits;
        const int mask = (1 << m_spec->cell_bits) - 1;
        if (is_offset()) return ((weight + offset()) >> shift) & mask;
        return weight < 0 ? -((-weight >> shift) & mask) : (weight >> shift) & mask;
    }
    bool is_offset() const { return m_spec->sign == SignMode::offset; }
    /// What offset mode adds to every code.
    int offset() const { return m_offset; }
    const ReadSpec& spec() const { return *m_spec; }

    /// The code whose digits the cells hold: biased in offset mode, else the magnitude.
    int stored(int output, int row) const
    {
        const int code = weight(output, row);
        return is_offset() ? code + m_offset : code < 0 ? -code : code;
    }

    /// ISAAC's flipped-column encoding: a column of offset digits above half of its range is held
    /// as its complement, which saves an ADC bit (ISCA 2016, section 5). Bits of the stored code
    /// that are held so; 0 in the differential modes.
    std::uint32_t flipped_bits(int output, int read) const;

    /// True if no conversion can clip: proved per column from the stored digits and the largest
    /// input digit 2^dac_bits - 1 (at most `activation_bits` wide).
    bool proves_lossless(int activation_bits) const;

private:
    void check(int output, int read, int uniform) const;
    static constexpr int most_slices = 16;
    struct DigitSums {  ///< of one output and read, by slice and sign
        int positive[most_slices] = {};
        int negative[most_slices] = {};
    };

    DigitSums digit_sums(int output, int read) const;
    bool cannot_clip(int output, int read, std::int64_t largest_input) const;

    const std::int16_t* m_weights;
    const BlockMap* m_map;
    int m_group;
    const ReadSpec* m_spec;
    int m_outputs;
    int m_k;
    int m_offset = 0;
};

}  // namespace imc::crossbar
