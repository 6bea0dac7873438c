// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/programmed_array.h"

#include "common/error.h"

namespace imc::crossbar {

BlockMap LayerWeights::block_map(const RowShape& shape, const ReadSpec& spec) const
{
    if (block_planes == nullptr) return BlockMap(shape, spec.rows, spec.columns, planes);
    return BlockMap(shape, spec.rows, spec.columns, block_planes, block_count);
}

ProgrammedArray::ProgrammedArray(const Config& config, const RowShape& shape,
                                 ActivationFormat format, const LayerWeights& weights,
                                 Purpose purpose)
    : m_config(config),
      m_shape(shape),
      m_format(format),
      m_spec(config),
      m_cycles(format, m_spec.dac_bits),
      m_map(weights.block_map(shape, m_spec)),
      m_mapping(map_layer(m_map, config)),
      m_path(config.path),
      m_per_position(position_counts(m_map, m_spec, m_cycles.count()))
{
    m_per_position.busiest_reads =
        m_mapping.busiest_reads * static_cast<std::uint64_t>(m_cycles.count());
    if (purpose == Purpose::products)
        program_products(weights);
    else if (config.gate_zero_inputs)
        make_patches(Encoding::offset, SlotLayout::dense(m_shape.k(), 4));
    if (config.skipping == Skipping::sre || config.skipping == Skipping::sme)
        program_sparse(weights);
}

void ProgrammedArray::program_products(const LayerWeights& weights)
{
    const int outputs = m_shape.outputs_per_group();
    const std::size_t group_codes = static_cast<std::size_t>(outputs) * m_shape.k();
    for (int g = 0; g < m_shape.groups && m_lossless; ++g)
        m_lossless =
            CellCodes(weights.codes + g * group_codes, m_map, g, m_spec, outputs, m_shape.k())
                .proves_lossless(m_format.bits);
    if (m_path == Path::integer && !m_lossless)
        throw InputError(
            "crossbar: path 'integer' asked for, but the ADC may clip; use 'automatic', or more "
            "ADC bits");
    if (m_path == Path::automatic) m_path = m_lossless ? Path::integer : Path::bit_serial;
    if (m_path == Path::integer)
        program_integer(weights);
    else
        program_bits(weights);
}

void ProgrammedArray::program_sparse(const LayerWeights& weights)
{
    const int outputs = m_shape.outputs_per_group();
    const std::size_t group_codes = static_cast<std::size_t>(outputs) * m_shape.k();
    m_sparse.emplace_back(m_config, m_shape, m_format);
    for (int g = 0; g < m_shape.groups; ++g)
        m_sparse.front().add_group(
            CellCodes(weights.codes + g * group_codes, m_map, g, m_spec, outputs, m_shape.k()));
}

void ProgrammedArray::make_patches(Encoding encoding, const SlotLayout& layout)
{
    m_patches.emplace_back(m_shape, m_format, encoding, layout);
    if (m_config.gate_zero_inputs && m_config.skipping != Skipping::sre &&
        m_config.skipping != Skipping::sme)
        m_driven.emplace_back(m_map, m_spec, m_format, m_cycles, layout, encoding);
}

void ProgrammedArray::program_integer(const LayerWeights& weights)
{
    const int outputs = m_shape.outputs_per_group();
    make_patches(Encoding::offset, SlotLayout::dense(m_shape.k(), 4));
    for (int g = 0; g < m_shape.groups; ++g)
        m_matrices.emplace_back(weights.codes + static_cast<std::size_t>(g) * outputs * m_shape.k(),
                                outputs, m_shape.k());
}

void ProgrammedArray::program_bits(const LayerWeights& weights)
{
    const bool fused = m_lossless && m_spec.sign != SignMode::offset;
    const BitMatrix::Form form = fused ? BitMatrix::Form::fused : BitMatrix::Form::reads;
    const int outputs = m_shape.outputs_per_group();
    const std::size_t group_codes = static_cast<std::size_t>(outputs) * m_shape.k();
    const std::size_t pitch = BitLanes::word_pitch(m_shape.out_width, m_format, m_spec.dac_bits);
    for (int g = 0; g < m_shape.groups; ++g)
        m_bits.emplace_back(
            CellCodes(weights.codes + g * group_codes, m_map, g, m_spec, outputs, m_shape.k()),
            form, m_format.bits, pitch);
    make_patches(Encoding::twos_complement, BitMatrix::layout(form, m_shape.k(), m_spec.rows));
    m_lanes.emplace_back(m_patches.front(), m_cycles, m_spec.dac_bits);
}

/// Of patches that are gathered already, where they are looked at.
ReadCounts ProgrammedArray::counts_of(const std::int32_t* const* rows, std::int32_t pad_code)
{
    ReadCounts counts = m_sparse.empty()
                            ? m_per_position * static_cast<std::uint64_t>(m_shape.out_width)
                            : m_sparse.front().count(rows, pad_code);
    if (!m_driven.empty()) counts.wordline_drives = m_driven.front().count(m_patches.front());
    return counts;
}

ReadCounts ProgrammedArray::count_row(const std::int32_t* const* rows, std::int32_t pad_code)
{
    if (!m_driven.empty()) m_patches.front().gather(rows, pad_code);
    return counts_of(rows, pad_code);
}

ReadCounts ProgrammedArray::run_row(const std::int32_t* const* rows, std::int32_t pad_code,
                                    std::int64_t* acc)
{
    Patches& patches = m_patches.front();
    patches.gather(rows, pad_code);
    ReadCounts counts = counts_of(rows, pad_code);
    const std::size_t group_size =
        static_cast<std::size_t>(m_shape.outputs_per_group()) * m_shape.out_width;
    for (int g = 0; g < m_shape.groups; ++g, acc += group_size) {
        if (m_path == Path::integer) {
            m_matrices[g].multiply(patches, g, acc);
            continue;
        }
        m_lanes.front().gather(patches, g);
        counts.clipped += m_bits[g].multiply(m_lanes.front(), m_shape.out_width, acc);
    }
    return counts;
}

}  // namespace imc::crossbar
