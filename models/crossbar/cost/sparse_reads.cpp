// SPDX-License-Identifier: Apache-2.0
#include "crossbar/cost/sparse_reads.h"

#include <algorithm>

#include "common/error.h"

namespace imc::crossbar {

namespace {

std::uint32_t divide_up(std::uint32_t a, std::uint32_t b)
{
    return (a + b - 1) / b;
}

bool any_digit(const CellCodes& codes, int row, int slice, int first_output, int outputs)
{
    for (int o = first_output; o < first_output + outputs; ++o)
        if (slice < codes.slices(o, row / codes.spec().rows) && codes.digit(o, row, slice) != 0)
            return true;
    return false;
}

std::vector<int> kept_rows(const CellCodes& codes, int slice, int first_output, int outputs)
{
    std::vector<int> kept;
    for (int row = 0; row < codes.k(); ++row)
        if (any_digit(codes, row, slice, first_output, outputs)) kept.push_back(row);
    return kept;
}

int most_slices(const CellCodes& codes)
{
    int most = 0;
    for (int read = 0; read < codes.reads(); ++read)
        for (int o = 0; o < codes.outputs(); ++o)
            most = std::max(most, codes.slices(o, read));
    return most;
}

}  // namespace

bool never_clips(const ReadSpec& spec)
{
    const std::int64_t worst =
        std::int64_t{spec.rows} * ((1 << spec.cell_bits) - 1) * ((1 << spec.dac_bits) - 1);
    return spec.range.holds(spec.sign == SignMode::diff_analog ? -worst : 0, worst);
}

SparseReads::SparseReads(const Config& config, const RowShape& shape, ActivationFormat format)
    : m_config(config),
      m_spec(config),
      m_shape(shape),
      m_cycles(format, m_spec.dac_bits),
      m_patches(shape, format, Encoding::twos_complement, SlotLayout::dense(shape.k(), 32)),
      m_lanes(m_patches, m_cycles, m_spec.dac_bits),
      m_kernels(&bit_kernels(simd_level()))
{
    if (!never_clips(m_spec))
        throw InputError(
            "crossbar: skipping 'sre' and 'sme' form operation units anew, which needs an ADC that "
            "never "
            "clips; use more ADC bits or fewer ou_rows");
    if (config.activation == Activation::full_array)
        throw InputError(
            "crossbar: skipping 'sre' and 'sme' need operation units; set activation: "
            "operation_unit");
}

/// Kept rows [first, end) of a column group as one chunk.
void SparseReads::add_chunk(const Rows& rows, std::size_t first, std::size_t end)
{
    const std::uint32_t pitch = static_cast<std::uint32_t>(
        BitLanes::word_pitch(m_shape.out_width, m_patches.format(), m_spec.dac_bits) /
        m_lanes.view().digit_bits);
    const auto count = static_cast<std::uint32_t>(end - first);
    const auto columns = static_cast<std::uint32_t>(rows.columns);
    Chunk chunk{rows.group,
                rows.bank + static_cast<std::uint32_t>(first / m_config.rows),
                columns,
                count,
                first % m_config.rows == 0 ? columns : 0,
                rows.indexed ? count : 0,
                static_cast<std::uint32_t>(m_words.size()),
                0};
    for (std::size_t i = first; i < end; ++i) {
        const int row = rows.kept[i];
        const std::uint32_t word = static_cast<std::uint32_t>(row / 32) * pitch;
        if (chunk.words == 0 || m_words.back().lanes != word) {
            m_words.push_back({word, 0});
            ++chunk.words;
        }
        m_words.back().cells |= 1u << (row % 4 * 8 + row % 32 / 4);
    }
    m_chunks.push_back(chunk);
}

/// All kept rows of a column group, array by array; the arrays they take.
std::uint32_t SparseReads::add_chunks(const Rows& rows)
{
    const bool fixed =
        m_config.skipping == Skipping::sre && m_config.zero_inputs == ZeroInputs::fixed;
    const std::size_t kept = rows.kept.size(), array = m_config.rows;
    for (std::size_t bank = 0; bank < kept; bank += array) {
        const std::size_t bank_end = std::min(kept, bank + array);
        const std::size_t step = fixed ? m_config.ou_rows : array;
        for (std::size_t first = bank; first < bank_end; first += step)
            add_chunk(rows, first, std::min(bank_end, first + step));
    }
    return static_cast<std::uint32_t>((kept + array - 1) / array);
}

std::uint32_t SparseReads::place_sre(const CellCodes& codes, std::uint32_t group,
                                     std::uint32_t first_bank)
{
    const std::uint32_t per_bank = m_config.columns / m_config.ou_columns;
    const int slices = most_slices(codes);
    std::uint32_t bank = first_bank, deepest = 0, used = 0;
    for (int output = 0; output < codes.outputs(); output += m_spec.columns)
        for (int s = 0; s < slices; ++s) {
            const int columns = std::min(m_spec.columns, codes.outputs() - output);
            const std::vector<int> kept = kept_rows(codes, s, output, columns);
            m_index_entries += kept.size();
            const bool ignored = m_config.zero_inputs == ZeroInputs::ignored;
            deepest = std::max(deepest, add_chunks({kept, group, bank, columns, ignored}));
            if (++used == per_bank) {
                bank += deepest;
                deepest = used = 0;
            }
        }
    return bank + deepest;
}

std::uint32_t SparseReads::place_sme(const CellCodes& codes, std::uint32_t group,
                                     std::uint32_t first_bank)
{
    const int block = static_cast<int>(m_config.columns);
    const int slices = most_slices(codes);
    std::uint32_t bank = first_bank;
    for (int first = 0; first < codes.outputs(); first += block)
        for (int s = 0; s < slices; ++s) {
            const int outputs = std::min(block, codes.outputs() - first);
            const std::vector<int> kept = kept_rows(codes, s, first, outputs);
            m_index_entries += kept.size();
            std::uint32_t chunks = 0;
            for (int o = first; o < first + outputs; o += m_spec.columns)
                chunks = add_chunks(
                    {kept, group, bank, std::min(m_spec.columns, first + outputs - o), o == first});
            bank += chunks;
        }
    return bank;
}

void SparseReads::add_group(const CellCodes& codes)
{
    const std::uint32_t bank = static_cast<std::uint32_t>(m_banks);
    m_banks = m_config.skipping == Skipping::sre ? place_sre(codes, m_groups, bank)
                                                 : place_sme(codes, m_groups, bank);
    ++m_groups;
    m_bank_reads.resize(m_banks * m_shape.out_width);
}

void SparseReads::merge_digit_bits()
{
    const LaneView view = m_lanes.view();
    const std::size_t pitch = view.digit_pitch;
    const std::size_t words = static_cast<std::size_t>(m_patches.quads()) / 8;
    m_active.assign(words * pitch, 0);
    for (std::size_t w = 0; w < words; ++w)
        for (int j = 0; j < view.digit_bits; ++j)
            for (std::size_t i = 0; i < pitch; ++i)
                m_active[w * pitch + i] |= view.lanes[(w * view.digit_bits + j) * pitch + i];
}

void SparseReads::add_static(const Chunk& chunk, ReadCounts& counts) const
{
    const std::uint64_t cycles = static_cast<std::uint64_t>(m_cycles.count()) * m_shape.out_width;
    counts.reads += cycles * divide_up(chunk.kept, m_config.ou_rows);
    counts.wordline_drives += cycles * chunk.kept;
    counts.conversions += cycles * divide_up(chunk.kept, m_config.ou_rows) * chunk.columns;
    counts.cell_reads += cycles * chunk.kept * chunk.columns;
    counts.table_lookups += cycles * chunk.indexed;
}

void SparseReads::add_dynamic(const Chunk& chunk, ReadCounts& counts)
{
    LaneView view = m_lanes.view();
    view.lanes = m_active.data();
    view.digit_bits = 1;
    const BitRun run{chunk.first_word, chunk.first_word + chunk.words, 0, 0};
    m_kernels->fused(&run, 1, m_words.data(), view, m_sums.data());
    std::uint32_t* const bank =
        m_bank_reads.data() + static_cast<std::size_t>(chunk.bank) * m_shape.out_width;
    const std::int32_t* sum = m_sums.data();
    const bool fixed = m_config.zero_inputs == ZeroInputs::fixed;
    for (int t = 0; t < m_cycles.count(); ++t)
        for (int p = 0; p < m_shape.out_width; ++p, ++sum) {
            const std::uint32_t digits = static_cast<std::uint32_t>(*sum);
            const std::uint32_t active = fixed && digits != 0 ? chunk.kept : digits;
            const std::uint32_t reads = divide_up(active, m_config.ou_rows);
            bank[p] += reads;
            counts.reads += reads;
            counts.wordline_drives += active;
            counts.conversions += std::uint64_t{reads} * chunk.columns;
            counts.cell_reads += std::uint64_t{active} * chunk.columns;
            counts.table_lookups += active;
        }
}

std::uint64_t SparseReads::busiest() const
{
    std::uint64_t sum = 0;
    for (int p = 0; p < m_shape.out_width; ++p) {
        std::uint32_t most = 0;
        for (std::uint64_t b = 0; b < m_banks; ++b)
            most = std::max(most, m_bank_reads[b * m_shape.out_width + p]);
        sum += most;
    }
    return sum;
}

ReadCounts SparseReads::count(const std::int32_t* const* rows, std::int32_t pad_code)
{
    ReadCounts counts;
    const bool dynamic =
        m_config.skipping == Skipping::sre && m_config.zero_inputs != ZeroInputs::ignored;
    const auto cycles = static_cast<std::uint64_t>(m_cycles.count()) * m_shape.out_width;
    std::fill(m_bank_reads.begin(), m_bank_reads.end(), 0);
    m_sums.resize(static_cast<std::size_t>(m_lanes.view().vectors) * 16);
    if (dynamic) m_patches.gather(rows, pad_code);
    std::uint32_t gathered = m_groups;
    for (const Chunk& chunk : m_chunks) {
        counts.block_merges += cycles * chunk.merged;
        if (!dynamic) {
            add_static(chunk, counts);
            for (int p = 0; p < m_shape.out_width; ++p)
                m_bank_reads[static_cast<std::size_t>(chunk.bank) * m_shape.out_width + p] +=
                    divide_up(chunk.kept, m_config.ou_rows) * m_cycles.count();
            continue;
        }
        if (chunk.group != gathered) {
            m_lanes.gather(m_patches, static_cast<int>(chunk.group));
            merge_digit_bits();
            gathered = chunk.group;
        }
        add_dynamic(chunk, counts);
    }
    counts.busiest_reads = busiest();
    if (m_spec.sign == SignMode::diff_digital) counts.conversions *= 2;
    if (m_spec.sign != SignMode::offset) counts.cell_reads *= 2;
    counts.shift_adds = counts.conversions;
    counts.cycle_merges = cycles * static_cast<std::uint64_t>(m_shape.out_channels);
    return counts;
}

}  // namespace imc::crossbar
