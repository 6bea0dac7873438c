// SPDX-License-Identifier: Apache-2.0
/// How cells are programmed.
#include "crossbar/kernel/analog_array.h"

#include <algorithm>
#include <cmath>
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

AnalogArray::AnalogArray(const AnalogSpec& spec, const RowShape& shape, ActivationFormat format,
                         const std::int16_t* weights, const imc_column_adc* adc,
                         std::size_t adc_count, const std::int16_t* held)
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
                SlotLayout::aligned_reads(
                    shape.k(), spec.read_rows,
                    SerialReads::fits(spec, format, m_cycles, adc, adc_count) ? 32 : 4))
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
    if (SerialReads::fits(spec, format, m_cycles, adc, adc_count))
        m_serial.emplace(spec, shape, m_cycles, m_patches);
    m_wordline_attempts.assign(static_cast<std::size_t>(shape.groups) * shape.k(), 0);
    for (int g = 0; g < shape.groups; ++g)
        for (int polarity = 0; polarity < spec.polarities(); ++polarity)
            for (int slice = 0; slice < spec.slices; ++slice)
                build_unit(g, polarity, slice, weights, held, adc);
    m_digits.assign(static_cast<std::size_t>(m_patches.blocks()) * m_patches.quads() * 64, 0);
    for (auto& bytes : m_squares)
        bytes.assign(m_digits.size(), 0);
    m_scratch = std::make_unique<Scratch>();
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

AnalogArray::Levels AnalogArray::levels(int polarity, int slice, int weight) const
{
    const int digit = m_spec.digit(weight, polarity, slice);
    if (m_spec.coding == SliceCoding::signed_digits)
        return {std::max(digit, 0), std::max(-digit, 0)};
    if (m_spec.has_reference() && slice == 0) return {digit + (1 << (m_spec.cell_bits - 1)), 0};
    return {digit, 0};
}

/// What the cell conducts; counts the attempts of one that did not hold its level.
double AnalogArray::program(const Position& at, int level, int held)
{
    const int column = at.output < 0 ? m_spec.columns - 1
                                     : (at.output * m_spec.slices + at.slice) % m_spec.columns;
    const CellSite site{random_key(m_spec.device.seed, m_spec.layer_key, at.group, at.array,
                                   at.slice, at.output, at.row),
                        at.row % m_spec.read_rows, column, m_spec.read_rows, m_spec.columns};
    const ProgrammedCell cell =
        program_cell(m_spec.device, site, level, (1 << m_spec.cell_bits) - 1);
    if (level != held) {
        m_attempts += static_cast<std::uint64_t>(cell.attempts);
        int& most = m_wordline_attempts[static_cast<std::size_t>(at.group) * m_shape.k() + at.row];
        most = std::max(most, cell.attempts);
    }
    return cell.conductance;
}

/// The reference column of every array, [array][row]: half of the range in all cells, for good.
std::vector<double> AnalogArray::program_references(int group, bool erased)
{
    const int half = 1 << (m_spec.cell_bits - 1);
    std::vector<double> conductances;
    for (int block = 0; block < m_spec.column_blocks(m_shape.outputs_per_group()); ++block)
        for (int row = 0; row < m_shape.k(); ++row)
            conductances.push_back(
                program({group, 1, 0, -1 - block, row}, half, erased ? 0 : half));
    return conductances;
}

std::vector<AnalogCell> AnalogArray::program_cells(int group, int polarity, int slice,
                                                   const std::int16_t* weights,
                                                   const std::int16_t* held,
                                                   const std::vector<double>& references)
{
    const int outputs = m_shape.outputs_per_group(), k = m_shape.k();
    const bool pair = m_spec.coding == SliceCoding::signed_digits;
    const double spread = m_spec.device.read_sigma * m_spec.device.read_sigma;
    const double dummy = m_spec.device.compensate_offset && !pair && references.empty()
                             ? empty_conductance(m_spec.device, (1 << m_spec.cell_bits) - 1)
                             : 0.0;
    std::vector<AnalogCell> cells(static_cast<std::size_t>(outputs) * k, AnalogCell{});
    for (int o = 0; o < outputs; ++o)
        for (int row = 0; row < k; ++row) {
            if (!m_spec.is_stored(group, slice, row, o)) continue;
            const std::size_t at = static_cast<std::size_t>(o) * k + row;
            const std::size_t weight = static_cast<std::size_t>(group) * outputs * k + at;
            const Levels now = levels(polarity, slice, weights[weight]);
            const Levels was =
                held != nullptr ? levels(polarity, slice, held[weight]) : Levels{0, 0};
            const double plus = program({group, polarity, slice, o, row}, now.plus, was.plus);
            double minus = dummy;
            if (pair) minus = program({group, 1, slice, o, row}, now.minus, was.minus);
            if (!references.empty())
                minus = references[static_cast<std::size_t>(m_spec.column_block(o)) * k + row];
            cells[at] = {plus - minus, spread * (plus * plus + (pair ? minus * minus : 0.0))};
        }
    return cells;
}

/// Squared conductances of the reference columns, for their read noise.
void AnalogArray::store_references(Unit& unit, const std::vector<double>& references) const
{
    const int k = m_shape.k(), arrays = static_cast<int>(references.size()) / k;
    const double spread = m_spec.device.read_sigma * m_spec.device.read_sigma;
    double largest = 0.0;
    for (const double g : references)
        largest = std::max(largest, spread * g * g);
    unit.reference_unit = storage_unit(largest, false);
    for (auto& bytes : unit.reference)
        bytes.assign(static_cast<std::size_t>((arrays + 15) / 16) * m_patches.quads() * 64, 0);
    for (int a = 0; a < arrays; ++a)
        for (int row = 0; row < k; ++row) {
            const double g = references[static_cast<std::size_t>(a) * k + row];
            store(unit.reference, a, row, std::llrint(spread * g * g / unit.reference_unit));
        }
}

void AnalogArray::build_unit(int group, int polarity, int slice, const std::int16_t* weights,
                             const std::int16_t* held, const imc_column_adc* adc)
{
    const int outputs = m_shape.outputs_per_group();
    const std::vector<double> references = m_spec.has_reference() && slice == 0
                                               ? program_references(group, held == nullptr)
                                               : std::vector<double>{};
    const std::vector<AnalogCell> cells =
        program_cells(group, polarity, slice, weights, held, references);
    if (m_serial) return m_serial->store(group, polarity, slice, cells);
    double largest = 0.0, largest_variance = 0.0;
    for (const AnalogCell& c : cells) {
        largest = std::max(largest, std::fabs(c.value));
        largest_variance = std::max(largest_variance, c.variance);
    }
    const bool noisy_reads = m_spec.device.read_sigma != 0.0;
    Unit unit;
    unit.cell_unit = storage_unit(largest, !m_spec.device.alters_cells());
    // Squares of whole digits up to 11 fit a byte as they are.
    const bool bytes_do = !m_spec.device.alters_cells() && m_spec.cell_bits <= 3;
    unit.variance_unit = bytes_do ? m_spec.device.read_sigma * m_spec.device.read_sigma
                                  : storage_unit(largest_variance, false);
    unit.sign = polarity == 1 ? -1.0 : 1.0;
    const std::size_t bytes =
        static_cast<std::size_t>((outputs + 15) / 16) * m_patches.quads() * 64;
    unit.cells[0].assign(bytes, 0);
    if (unit.cell_unit != 1.0) unit.cells[1].assign(bytes, 0);
    if (noisy_reads) unit.variances[0].assign(bytes, 0);
    if (noisy_reads && !bytes_do) unit.variances[1].assign(bytes, 0);
    if (noisy_reads && !references.empty()) store_references(unit, references);
    set_constants(unit, group, polarity, slice, adc, store_cells(unit, cells));
    m_units.push_back(std::move(unit));
}

/// Cells and variances as bytes; the sum of each column of a tile, [tile][output].
std::vector<double> AnalogArray::store_cells(Unit& unit, const std::vector<AnalogCell>& cells) const
{
    const int outputs = m_shape.outputs_per_group(), k = m_shape.k();
    std::vector<double> column_sums(static_cast<std::size_t>(outputs) * m_tiles, 0.0);
    for (int o = 0; o < outputs; ++o)
        for (int row = 0; row < k; ++row) {
            const AnalogCell& c = cells[static_cast<std::size_t>(o) * k + row];
            const long long value = std::llrint(c.value / unit.cell_unit);
            store(unit.cells, o, row, value);
            column_sums[static_cast<std::size_t>(row / m_spec.read_rows) * outputs + o] +=
                static_cast<double>(value) * unit.cell_unit;
            if (!unit.variances[0].empty())
                store(unit.variances, o, row, std::llrint(c.variance / unit.variance_unit));
        }
    return column_sums;
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
            if (!m_spec.is_stored(group, slice, t * m_spec.read_rows, o)) continue;
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
