// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/analog_array.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "common/error.h"
#include "common/random.h"

namespace imc::crossbar {

namespace {

constexpr double largest_stored = 32639.0;  // 127 * 256 + 127: two balanced bytes

bool full_width(const AnalogSpec& spec, ActivationFormat format)
{
    return spec.dac_bits >= format.bits && (spec.bipolar_inputs || !format.is_signed);
}

InputCycles input_cycles(const AnalogSpec& spec, ActivationFormat format)
{
    InputCycles cycles(format, spec.dac_bits);
    if (full_width(spec, format)) cycles.cycles = {{0, format.bits, false}};
    return cycles;
}

/// Power of two that brings values up to `largest` into 16 bits; 1 if they are whole numbers that
/// fit a byte.
double storage_unit(double largest, bool whole)
{
    if (whole && largest <= 127.0) return 1.0;
    return largest == 0.0 ? 1.0 : std::exp2(std::ceil(std::log2(largest / largest_stored)));
}

}  // namespace

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

AnalogArray::AnalogArray(const AnalogSpec& spec, const RowShape& shape, ActivationFormat format,
                         const std::int16_t* weights, const imc_column_adc* adc,
                         std::size_t adc_count)
    : m_spec(spec),
      m_shape(shape),
      m_format(format),
      m_full_width(full_width(spec, format)),
      m_cycles(input_cycles(spec, format)),
      m_tiles((shape.k() + spec.read_rows - 1) / spec.read_rows),
      m_tile_quads((spec.read_rows + 3) / 4),
      m_gemm(&gemm_kernels(simd_level())),
      m_adc(&adc::adc_kernels(simd_level())),
      m_patches(shape, format, m_full_width ? Encoding::offset : Encoding::twos_complement,
                SlotLayout::aligned_reads(shape.k(), spec.read_rows, 4))
{
    spec.device.validate();
    const std::size_t needed =
        static_cast<std::size_t>(spec.polarities()) * spec.slices * m_tiles * shape.out_channels;
    if (adc_count != needed)
        throw InputError("crossbar: " + std::to_string(adc_count) +
                         " column ADC constants, but polarities x slices x "
                         "tiles x outputs are " +
                         std::to_string(needed));
    check_weights(weights);
    check_exactness(adc);
    for (int g = 0; g < shape.groups; ++g)
        for (int polarity = 0; polarity < spec.polarities(); ++polarity)
            for (int slice = 0; slice < spec.slices; ++slice)
                build_unit(g, polarity, slice, weights, adc);
    m_digits.assign(static_cast<std::size_t>(m_patches.blocks()) * m_patches.quads() * 64, 0);
    for (auto& bytes : m_squares)
        bytes.assign(m_digits.size(), 0);
    m_scratch = std::make_unique<Scratch>();
}

void AnalogArray::check_weights(const std::int16_t* weights) const
{
    const int bits = m_spec.cell_bits * m_spec.slices;
    if (m_spec.cell_bits < 1 || m_spec.cell_bits > 4 || m_spec.slices < 1 || bits > 16)
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

std::size_t AnalogArray::byte_index(int output, int row) const
{
    const int slot = row / m_spec.read_rows * m_tile_quads * 4 + row % m_spec.read_rows;
    return (static_cast<std::size_t>(output / 16) * m_patches.quads() + slot / 4) * 64 +
           output % 16 * 4 + slot % 4;
}

void AnalogArray::store(std::vector<std::int8_t> (&bytes)[2], int output, int row,
                        long long value) const
{
    const auto low = static_cast<std::int8_t>(value & 255);
    const std::size_t at = byte_index(output, row);
    bytes[0][at] = low;
    if (!bytes[1].empty()) bytes[1][at] = static_cast<std::int8_t>((value - low) / 256);
}

AnalogArray::Cell AnalogArray::cell(int group, int polarity, int slice, int output, int row,
                                    int weight)
{
    const DeviceConfig& device = m_spec.device;
    const int digit = m_spec.digit(weight, polarity, slice);
    const int top = (1 << m_spec.cell_bits) - 1;
    const double spread = device.read_sigma * device.read_sigma;
    const auto program = [&](int level, int array, int site_output) {
        const int column = site_output < 0 ? m_spec.columns - 1
                                           : (site_output * m_spec.slices + slice) % m_spec.columns;
        const CellSite site{
            random_key(device.seed, m_spec.layer_key, group, array, slice, site_output, row),
            row % m_spec.read_rows, column, m_spec.read_rows, m_spec.columns};
        const ProgrammedCell cell = program_cell(device, site, level, top);
        m_pulses += static_cast<std::uint64_t>(cell.pulses);
        return cell.conductance;
    };
    const bool reference = m_spec.coding == SliceCoding::signed_top && slice == 0;
    double plus = 0.0, minus = 0.0;
    if (m_spec.coding == SliceCoding::signed_digits) {
        plus = program(std::max(digit, 0), 0, output);
        minus = program(std::max(-digit, 0), 1, output);
    } else if (reference) {
        const int half = 1 << (m_spec.cell_bits - 1);
        plus = program(digit + half, 0, output);
        minus = program(half, 1, -1);
    } else {
        plus = program(digit, polarity, output);
    }
    const double variance = spread * (plus * plus + minus * minus);
    const bool paired = reference || m_spec.coding == SliceCoding::signed_digits;
    if (!paired && device.compensate_offset) minus = empty_conductance(device, top);
    return {plus - minus, variance};
}

void AnalogArray::build_unit(int group, int polarity, int slice, const std::int16_t* weights,
                             const imc_column_adc* adc)
{
    const int outputs = m_shape.outputs_per_group();
    const int k = m_shape.k();
    std::vector<Cell> cells;
    cells.reserve(static_cast<std::size_t>(outputs) * k);
    double largest = 0.0, largest_variance = 0.0;
    for (int o = 0; o < outputs; ++o)
        for (int row = 0; row < k; ++row) {
            const int weight = weights[(static_cast<std::size_t>(group) * outputs + o) * k + row];
            cells.push_back(cell(group, polarity, slice, o, row, weight));
            largest = std::max(largest, std::fabs(cells.back().value));
            largest_variance = std::max(largest_variance, cells.back().variance);
        }
    Unit unit;
    unit.cell_unit = storage_unit(largest, !m_spec.device.alters_cells());
    unit.variance_unit = storage_unit(largest_variance, false);
    unit.sign = polarity == 1 ? -1.0 : 1.0;
    const std::size_t bytes =
        static_cast<std::size_t>((outputs + 15) / 16) * m_patches.quads() * 64;
    unit.cells[0].assign(bytes, 0);
    if (unit.cell_unit != 1.0) unit.cells[1].assign(bytes, 0);
    if (m_spec.device.read_sigma != 0.0)
        for (auto& variances : unit.variances)
            variances.assign(bytes, 0);
    std::vector<double> column_sums(static_cast<std::size_t>(outputs) * m_tiles, 0.0);
    for (int o = 0; o < outputs; ++o)
        for (int row = 0; row < k; ++row) {
            const Cell& c = cells[static_cast<std::size_t>(o) * k + row];
            const long long value = std::llrint(c.value / unit.cell_unit);
            store(unit.cells, o, row, value);
            column_sums[static_cast<std::size_t>(row / m_spec.read_rows) * outputs + o] +=
                static_cast<double>(value) * unit.cell_unit;
            if (!unit.variances[0].empty())
                store(unit.variances, o, row, std::llrint(c.variance / unit.variance_unit));
        }
    set_constants(unit, group, polarity, slice, adc, column_sums);
    m_units.push_back(std::move(unit));
}

void AnalogArray::set_constants(Unit& unit, int group, int polarity, int slice,
                                const imc_column_adc* adc,
                                const std::vector<double>& column_sums) const
{
    const int outputs = m_shape.outputs_per_group();
    const double lowest = m_full_width ? m_format.lowest() : 0;
    const std::int64_t slice_weight = std::int64_t{1}
                                      << (m_spec.cell_bits * (m_spec.slices - 1 - slice));
    for (int t = 0; t < m_tiles; ++t) {
        adc::ColumnConstants constants(outputs);
        std::vector<double> offsets(constants.padded, 0.0);
        for (int o = 0; o < outputs; ++o) {
            const std::size_t row =
                (static_cast<std::size_t>(polarity) * m_spec.slices + slice) * m_tiles + t;
            const imc_column_adc& a =
                adc[row * m_shape.out_channels + static_cast<std::size_t>(group) * outputs + o];
            constants.set(o, a, m_spec.range, slice_weight);
            constants.weight[o] *= unit.sign;
            constants.base[o] = lowest * column_sums[static_cast<std::size_t>(t) * outputs + o];
            if (m_spec.device.adc_offset_sigma != 0.0)
                offsets[o] = m_spec.device.adc_offset_sigma *
                             random_normal(random_key(m_spec.device.seed, m_spec.layer_key, group,
                                                      polarity, slice, t),
                                           o);
        }
        unit.constants.push_back(std::move(constants));
        unit.offsets.push_back(std::move(offsets));
    }
}

}  // namespace imc::crossbar
