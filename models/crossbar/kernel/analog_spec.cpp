// SPDX-License-Identifier: Apache-2.0
/// How weights become digits, and what of them can be computed exactly.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "common/error.h"
#include "crossbar/kernel/analog_array.h"

namespace imc::crossbar {

int AnalogSpec::digit(int weight, int polarity, int slice) const
{
    const int shift = cell_bits * (slices - 1 - slice);
    const int mask = (1 << cell_bits) - 1;
    if (coding == SliceCoding::signed_top) {
        const int unsigned_digit = ((weight + (1 << (cell_bits * slices - 1))) >> shift) & mask;
        return slice == 0 ? unsigned_digit - (1 << (cell_bits - 1)) : unsigned_digit;
    }
    const int magnitude = (std::abs(weight) >> shift) & mask;
    if (coding == SliceCoding::signed_digits) return weight < 0 ? -magnitude : magnitude;
    return (weight < 0) == (polarity == 1) ? magnitude : 0;
}

int AnalogSpec::kernel_intact_rows(int array_rows, const RowShape& shape)
{
    const int kernel = shape.kernel_h * shape.kernel_w;
    const int channels = std::min(array_rows / kernel, shape.channels_per_group());
    if (channels == 0)
        throw InputError("crossbar: a kernel of " + std::to_string(kernel) +
                         " rows does not fit an array of " + std::to_string(array_rows) + " rows");
    return channels * kernel;
}

bool AnalogSpec::is_stored(int group, int slice, int row, int output) const
{
    if (!blocks) return true;
    const int planes = blocks->planes(group, row / read_rows, output / blocks->block_columns());
    return (slices - 1 - slice) * cell_bits < planes;
}

void AnalogArray::check_weights(const std::int16_t* weights) const
{
    const int bits = m_spec.cell_bits * m_spec.slices;
    if (m_spec.cell_bits < 1 || m_spec.cell_bits > 4 || m_spec.slices < 1 ||
        bits - m_spec.cell_bits >= 16)
        throw InputError("crossbar: " + std::to_string(m_spec.slices) + " slices of " +
                         std::to_string(m_spec.cell_bits) +
                         " bits: cells hold 1 to 4 bits, a weight at most 16");
    const bool twos = m_spec.coding == SliceCoding::signed_top;
    const int low = twos ? -(1 << (bits - 1)) : 1 - (1 << bits);
    const int high = twos ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
    const std::size_t count = static_cast<std::size_t>(m_shape.out_channels) * m_shape.k();
    for (std::size_t i = 0; i < count; ++i)
        if (weights[i] < low || weights[i] > high)
            throw InputError("crossbar: weight " + std::to_string(weights[i]) + " (output " +
                             std::to_string(i / m_shape.k()) + ", row " +
                             std::to_string(i % m_shape.k()) + ") is outside of " +
                             std::to_string(low) + " .. " + std::to_string(high) +
                             ", what the slices hold");
}

/// Accumulators are doubles that hold whole numbers: all partial sums must stay below 2^53,
/// conversions below 2^24.
void AnalogArray::check_exactness(const imc_column_adc* adc) const
{
    const double cell = m_spec.read_rows * ((1 << m_spec.cell_bits) - 1.0) *
                        ((1 << std::min(m_spec.dac_bits, 8)) - 1.0);
    if (cell >= 16777216.0)
        throw InputError(
            "crossbar: a read may sum to more than 2^24; use fewer rows a read or fewer DAC bits");
    if (m_spec.device.read_sigma != 0.0 && m_spec.read_rows > 256)
        throw InputError(
            "crossbar: read noise is defined for reads of at most 256 rows; use smaller arrays");
    const std::size_t outputs = m_shape.out_channels;
    for (std::size_t o = 0; o < outputs; ++o) {
        double largest = 0.0;
        for (int unit = 0; unit < m_spec.polarities() * m_spec.slices; ++unit)
            for (int t = 0; t < m_tiles; ++t) {
                const imc_column_adc& a =
                    adc[(static_cast<std::size_t>(unit) * m_tiles + t) * outputs + o];
                const int shift = m_spec.cell_bits * (m_spec.slices - 1 - unit % m_spec.slices);
                const double code =
                    std::max(std::fabs(static_cast<double>(a.centre + m_spec.range.low)),
                             std::fabs(static_cast<double>(a.centre + m_spec.range.high)));
                largest += code * std::ldexp(std::fabs(a.scale), shift);
            }
        if (largest >= 0x1.0p53)
            throw InputError("crossbar: scale words of output " + std::to_string(o) +
                             " may sum beyond 2^53; use fewer fraction bits");
    }
}

}  // namespace imc::crossbar
