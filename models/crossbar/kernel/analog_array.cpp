// SPDX-License-Identifier: Apache-2.0
/// Reading and converting; how the cells are programmed stands in analog_program.cpp.
#include <algorithm>
#include <cmath>

#include "common/normal_from_bits.h"
#include "common/random.h"
#include "crossbar/kernel/analog_array.h"

namespace imc::crossbar {

void AnalogArray::fill_digits(int group, int cycle)
{
    const auto& part = m_cycles.cycles[cycle];
    const std::uint8_t* const low = m_patches.bytes(group, 0);
    const std::uint8_t* const high = m_patches.slices() == 2 ? m_patches.bytes(group, 1) : nullptr;
    const unsigned mask = (1u << part.bits) - 1;
    const std::size_t count = m_digits.size();
    const int first_bit = part.first_bit;
    std::uint8_t* const digits = m_digits.data();
    if (high == nullptr) {
        for (std::size_t i = 0; i < count; ++i)
            digits[i] = static_cast<std::uint8_t>((low[i] >> first_bit) & mask);
    } else {
        for (std::size_t i = 0; i < count; ++i)
            digits[i] = static_cast<std::uint8_t>(
                ((low[i] | static_cast<unsigned>(high[i]) << 8) >> first_bit) & mask);
    }
    if (m_spec.device.read_sigma == 0.0) return;
    const int lowest = m_full_width ? m_format.lowest() : 0;
    std::uint8_t* const square_low = m_squares[0].data();
    std::uint8_t* const square_high = m_squares[1].data();
    for (std::size_t i = 0; i < count; ++i) {
        const int input = digits[i] + lowest;
        square_low[i] = static_cast<std::uint8_t>(input * input);
        square_high[i] = static_cast<std::uint8_t>((input * input) >> 8);
    }
}

void AnalogArray::sum_tile(const std::vector<std::int8_t>& cells,
                           const std::vector<std::uint8_t>& inputs, const Part& part, int tile,
                           std::int32_t* sums) const
{
    const std::size_t pitch = static_cast<std::size_t>(m_patches.quads()) * 64;
    const std::size_t tile_at = static_cast<std::size_t>(tile) * m_tile_quads * 64;
    m_gemm->wide(cells.data() + part.first_block * pitch + tile_at, pitch, part.blocks,
                 inputs.data() + part.first / 16 * pitch + tile_at, pitch, m_tile_quads, part.count,
                 sums);
}

/// Sum over the selected cells of squared input x variance; byte parts of both factors (variances
/// may have one) are joined into low + 256 high.
adc::SumView AnalogArray::sum_variance(const std::vector<std::int8_t> (&variances)[2],
                                       const Part& part, int tile)
{
    auto& sums = m_scratch->sums;
    const int n = part.count * part.blocks * 16;
    const bool wide_squares = m_full_width ? m_format.bits > 4 : m_spec.dac_bits > 4;
    sum_tile(variances[0], m_squares[0], part, tile, sums[2]);
    if (variances[1].empty()) {
        if (wide_squares) sum_tile(variances[0], m_squares[1], part, tile, sums[3]);
        return {sums[2], wide_squares ? sums[3] : nullptr, part.count, part.blocks * 16};
    }
    sum_tile(variances[1], m_squares[0], part, tile, sums[3]);
    if (wide_squares) {
        sum_tile(variances[0], m_squares[1], part, tile, sums[4]);
        sum_tile(variances[1], m_squares[1], part, tile, sums[5]);
        for (int i = 0; i < n; ++i)
            sums[3][i] += sums[4][i] + 256 * sums[5][i];
    }
    return {sums[2], sums[3], part.count, part.blocks * 16};
}

/// Read noise of the reference columns, one draw for each array, position, cycle and tile: all
/// columns of an array are compared with the same current. To `shared`, as their sums see it.
void AnalogArray::draw_reference(const Unit& unit, const Part& part, int tile)
{
    const int outputs = m_shape.outputs_per_group();
    const int first_output = part.first_block * 16, width = part.blocks * 16;
    const int last_output = std::min(first_output + width, outputs) - 1;
    const int arrays = m_spec.column_blocks(outputs);
    const std::uint64_t key = random_key(part.key, static_cast<std::uint64_t>(part.group),
                                         static_cast<std::uint64_t>(part.cycle), tile);
    std::fill_n(m_scratch->shared, part.count * width, 0.0);
    int begin = 0, summed = -1;
    adc::SumView variance{};
    while (begin <= last_output - first_output) {
        const int array = m_spec.column_block(first_output + begin);
        if (array / 16 != summed) {
            summed = array / 16;
            variance =
                sum_variance(unit.reference, {summed, 1, part.first, part.count, 0, 0, 0, 0}, tile);
        }
        int end = begin + 1;
        while (first_output + end <= last_output &&
               m_spec.column_block(first_output + end) == array)
            ++end;
        for (int p = 0; p < part.count; ++p) {
            const int at = p * 16 + array % 16;
            const double sum = variance.low[at] + 256.0 * variance.high[at];
            const std::uint64_t draw = static_cast<std::uint64_t>(part.first + p) * arrays + array;
            std::fill_n(
                m_scratch->shared + static_cast<std::size_t>(p) * width + begin, end - begin,
                std::sqrt(sum * unit.reference_unit) * normal_from_bits(random_bits(key, draw)));
        }
        begin = end;
    }
}

adc::NoiseView AnalogArray::noise_of(const Unit& unit, const Part& part, int tile)
{
    const DeviceConfig& device = m_spec.device;
    adc::NoiseView noise{};
    if (!unit.reference[0].empty()) {
        draw_reference(unit, part, tile);
        noise.shared = m_scratch->shared;
    }
    if (!unit.variances[0].empty()) noise.variance = sum_variance(unit.variances, part, tile);
    noise.variance_unit = unit.variance_unit;
    noise.sum_unit = unit.cell_unit;
    noise.offset = unit.offsets[tile].data() + part.first_block * 16;
    noise.inl = device.adc_inl;
    noise.inl_span = m_spec.inl_span;
    noise.inl_signed = m_spec.inl_signed;
    noise.adc_sigma = device.adc_sigma;
    noise.key = part.key;
    noise.first =
        (part.first_number + static_cast<std::uint64_t>(tile)) * (chunk_positions * panel_columns);
    return noise;
}

std::uint64_t AnalogArray::run_block(const Unit& unit, const Part& part, double* acc)
{
    const bool two_bytes = !unit.cells[1].empty();
    const int at = part.first_block * 16;
    std::uint64_t clipped = 0;
    for (int t = 0; t < m_tiles; ++t) {
        sum_tile(unit.cells[0], m_digits, part, t, m_scratch->sums[0]);
        if (two_bytes) sum_tile(unit.cells[1], m_digits, part, t, m_scratch->sums[1]);
        const adc::SumView sums{m_scratch->sums[0], two_bytes ? m_scratch->sums[1] : nullptr,
                                part.count, part.blocks * 16};
        const adc::ColumnConstants& c = unit.constants[t];
        const adc::ColumnView columns{c.inverse.data() + at, c.base.data() + at, c.low.data() + at,
                                      c.high.data() + at, c.weight.data() + at};
        clipped += m_spec.device.active()
                       ? m_adc->convert_noisy(sums, columns, noise_of(unit, part, t), acc)
                       : m_adc->convert(sums, columns, acc);
    }
    return clipped;
}

ReadCounts AnalogArray::fixed_counts() const
{
    const std::uint64_t cycles = static_cast<std::uint64_t>(m_cycles.count()) * m_shape.out_width;
    const std::uint64_t k = static_cast<std::uint64_t>(m_shape.k());
    const std::uint64_t polarities = static_cast<std::uint64_t>(m_spec.polarities());
    const std::uint64_t columns =
        static_cast<std::uint64_t>(m_shape.outputs_per_group()) * m_spec.slices;
    const std::uint64_t arrays = (columns + m_spec.columns - 1) / m_spec.columns * m_shape.groups;
    const std::uint64_t all_columns = columns * m_shape.groups;
    ReadCounts n;
    n.reads = cycles * m_tiles * arrays * polarities;
    n.conversions = cycles * m_tiles * all_columns * polarities;
    n.cell_reads =
        cycles * k * all_columns * (m_spec.coding == SliceCoding::signed_digits ? 2 : polarities);
    if (m_spec.coding == SliceCoding::signed_top)
        n.cell_reads += cycles * k * arrays;  // reference columns
    n.wordline_drives = cycles * k * arrays * polarities;
    n.shift_adds = n.conversions;
    n.cycle_merges = cycles * m_shape.out_channels;
    n.busiest_reads = cycles;
    n.input_slices = cycles * m_tiles * m_shape.groups;
    return n;
}

ReadCounts AnalogArray::run_row(const std::int32_t* const* rows, std::int32_t pad_code,
                                std::uint64_t noise_key, std::int64_t* acc)
{
    const int positions = m_shape.out_width;
    const int outputs = m_shape.outputs_per_group();
    const int output_blocks = (outputs + 15) / 16;
    const int units = m_spec.polarities() * m_spec.slices;
    const std::uint64_t key = random_key(m_spec.device.seed, m_spec.layer_key, noise_key);
    ReadCounts counts = fixed_counts();
    std::uint64_t number = 0;
    m_patches.gather(rows, pad_code);
    if (m_serial) {
        counts.clipped = m_serial->run_row(m_patches, key, acc);
        return counts;
    }
    std::fill_n(acc, static_cast<std::size_t>(m_shape.out_channels) * positions, std::int64_t{0});
    for (int g = 0; g < m_shape.groups; ++g)
        for (int t = 0; t < m_cycles.count(); ++t) {
            fill_digits(g, t);
            const std::int64_t weight = m_cycles.cycles[t].weight();
            for (int first = 0; first < positions; first += chunk_positions)
                for (int block = 0; block < output_blocks; block += panel_blocks) {
                    const int count = std::min(chunk_positions, positions - first);
                    const int blocks = std::min(panel_blocks, output_blocks - block);
                    std::fill_n(m_scratch->acc, count * blocks * 16, 0.0);
                    for (int u = 0; u < units; ++u, number += static_cast<std::uint64_t>(m_tiles))
                        counts.clipped += run_block(
                            m_units[g * units + u],
                            {block, blocks, first, count, g, t, number, key}, m_scratch->acc);
                    const int columns = std::min(blocks * 16, outputs - block * 16);
                    for (int o = 0; o < columns; ++o) {
                        std::int64_t* const out =
                            acc +
                            (static_cast<std::size_t>(g) * outputs + block * 16 + o) * positions;
                        for (int p = 0; p < count; ++p)
                            out[first + p] += weight * static_cast<std::int64_t>(
                                                           m_scratch->acc[p * blocks * 16 + o]);
                    }
                }
        }
    return counts;
}

}  // namespace imc::crossbar
