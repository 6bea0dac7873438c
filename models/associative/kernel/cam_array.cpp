// SPDX-License-Identifier: Apache-2.0
#include "associative/kernel/cam_array.h"

#include <algorithm>
#include <string>

#include "associative/kernel/bit_matrix.h"
#include "associative/kernel/lane_kernels.h"
#include "common/error.h"

namespace imc::associative {

CamArray::CamArray(std::size_t rows, int columns)
    : m_rows(rows), m_columns(columns), m_words((rows + 511) / 512 * block_words)
{
    if (rows == 0 || columns <= 0) {
        throw InputError("CAM array of " + std::to_string(rows) + " x " + std::to_string(columns) +
                         " cells: rows and columns must be positive");
    }
    m_bits.assign(m_words * static_cast<std::size_t>(columns), 0);
    m_active.assign(m_words, 0);
    m_tags.assign(m_words, 0);
    m_column_writes.assign(static_cast<std::size_t>(columns), 0);
    set_active_rows(0, rows);
}

void CamArray::set_active_rows(std::size_t first, std::size_t count)
{
    m_active.assign(m_words, 0);
    for (std::size_t row = first; row < std::min(first + count, m_rows); ++row) {
        m_active[row / 64] |= std::uint64_t{1} << (row % 64);
    }
    m_active_rows = 0;
    for (const std::uint64_t word : m_active) {
        m_active_rows += static_cast<std::uint64_t>(__builtin_popcountll(word));
    }
}

bool CamArray::cell(std::size_t row, int column) const
{
    return ((column_bits(column)[row / 64] >> (row % 64)) & 1) != 0;
}

void CamArray::set_cell(std::size_t row, int column, bool value)
{
    const std::uint64_t bit = std::uint64_t{1} << (row % 64);
    std::uint64_t& word = column_bits(column)[row / 64];
    word = value ? word | bit : word & ~bit;
}

void CamArray::load(Field field, const std::int64_t* words, std::size_t count,
                    std::size_t first_row)
{
    const std::size_t end = first_row + count;
    for (std::size_t row = first_row; row < end; row = row / 64 * 64 + 64) {
        const std::size_t rows = std::min(end, row / 64 * 64 + 64) - row;
        std::uint64_t bits[64] = {};
        std::uint64_t mask = 0;
        for (std::size_t i = 0; i < rows; ++i) {
            bits[row % 64 + i] = static_cast<std::uint64_t>(words[row - first_row + i]);
            mask |= std::uint64_t{1} << (row % 64 + i);
        }
        transpose_bits(bits);
        for (int j = 0; j < field.width; ++j) {
            std::uint64_t& cells = column_bits(field.bit(j))[row / 64];
            cells = (cells & ~mask) | (bits[std::min(j, 63)] & mask);
        }
    }
    m_counts.load_cycles += static_cast<std::uint64_t>(field.width);
    m_counts.io_bits_in += static_cast<std::uint64_t>(field.width) * count;
}

void CamArray::read(Field field, bool is_signed, std::int64_t* words, std::size_t count,
                    std::size_t first_row)
{
    const std::size_t end = first_row + count;
    for (std::size_t row = first_row; row < end; row = row / 64 * 64 + 64) {
        const std::size_t rows = std::min(end, row / 64 * 64 + 64) - row;
        std::uint64_t bits[64] = {};
        for (int j = 0; j < std::min(field.width, 64); ++j) {
            bits[j] = column_bits(field.bit(j))[row / 64];
        }
        transpose_bits(bits);
        for (std::size_t i = 0; i < rows; ++i) {
            std::uint64_t word = bits[row % 64 + i];
            if (is_signed && field.width < 64 && ((word >> (field.width - 1)) & 1)) {
                word |= ~std::uint64_t{0} << field.width;
            }
            words[row - first_row + i] = static_cast<std::int64_t>(word);
        }
    }
    m_counts.read_cycles += static_cast<std::uint64_t>(field.width);
    m_counts.io_bits_out += static_cast<std::uint64_t>(field.width) * count;
}

void CamArray::move_word(Field from, std::size_t from_row, Field to, std::size_t to_row)
{
    for (int j = 0; j < from.width; ++j) {
        set_cell(to_row, to.bit(j), cell(from_row, from.bit(j)));
    }
    ++m_counts.load_cycles;
    ++m_counts.read_cycles;
    m_counts.io_bits_out += static_cast<std::uint64_t>(from.width);
    m_counts.io_bits_in += static_cast<std::uint64_t>(from.width);
}

void CamArray::run(const Program& program)
{
    for (const Program::Step& step : program.steps()) {
        if (step.table != KnownTable::none) {
            run_table(step.table, program.binding(step));
            continue;
        }
        run_step(step, program.terms(step));
        if (!m_wear.empty()) {
            record_step(step, program.terms(step));
        }
    }
}

void CamArray::run_table(KnownTable name, const Binding& columns)
{
    const PassTable& table = table_of(name);
    if (!m_wear.empty()) {
        Program passes;
        passes.run_passes(table, columns);
        return run(passes);
    }
    TableColumns job;
    job.table = name;
    for (int r = 0; r < role_count; ++r) {
        job.column[r] = columns[r] < 0 ? nullptr : column_bits(columns[r]);
    }
    job.active = m_active.data();
    job.words = m_words;
    const TableResult result = lane_kernels().table(job);
    const auto passes = static_cast<std::uint64_t>(table.count);
    m_counts.compare_cycles += passes;
    m_counts.write_cycles += passes;
    m_counts.row_compares += passes * m_active_rows;
    m_counts.flips += result.flips;
    for (int p = 0; p < table.count; ++p) {
        m_counts.matches += result.matches[p];
        for (int r = 0; r < role_count; ++r) {
            if ((table.passes[p].write >> r) & 1) {
                m_counts.written += result.matches[p];
                m_column_writes[static_cast<std::size_t>(columns[r])] += result.matches[p];
            }
        }
    }
}

void CamArray::run_step(const Program::Step& step, const Term* terms)
{
    constexpr std::size_t max_terms = 256;
    const std::uint64_t* keys[max_terms];
    std::uint64_t invert[max_terms];
    std::uint64_t* writes[max_terms];
    std::uint64_t values[max_terms];
    if (step.keys > max_terms || step.writes > max_terms) {
        throw InputError("a pass names more than 256 columns: split it");
    }
    for (std::size_t k = 0; k < step.keys; ++k) {
        keys[k] = column_bits(terms[k].column);
        invert[k] = terms[k].value ? 0 : ~std::uint64_t{0};
    }
    for (std::size_t k = 0; k < step.writes; ++k) {
        writes[k] = column_bits(terms[step.keys + k].column);
        values[k] = terms[step.keys + k].value ? ~std::uint64_t{0} : 0;
    }
    const PassResult result =
        lane_kernels().pass({keys, invert, step.keys, writes, values, step.writes, m_active.data(),
                             m_tags.data(), m_words});
    if (step.keys > 0) {
        ++m_counts.compare_cycles;
        m_counts.row_compares += m_active_rows;
        m_counts.matches += result.matches;
    }
    ++m_counts.write_cycles;
    m_counts.written += result.matches * step.writes;
    m_counts.flips += result.flips;
    for (std::size_t k = 0; k < step.writes; ++k) {
        m_column_writes[static_cast<std::size_t>(terms[step.keys + k].column)] += result.matches;
    }
}

void CamArray::record_wear()
{
    m_wear.assign(m_rows * static_cast<std::size_t>(m_columns), 0);
    m_row_matches.assign(m_rows, 0);
}

void CamArray::record_step(const Program::Step& step, const Term* terms)
{
    for (std::size_t w = 0; w < m_words; ++w) {
        for (std::uint64_t tags = m_tags[w]; tags != 0; tags &= tags - 1) {
            const std::size_t row = w * 64 + static_cast<std::size_t>(__builtin_ctzll(tags));
            m_row_matches[row] += step.keys > 0;
            for (std::size_t k = 0; k < step.writes; ++k) {
                ++m_wear[static_cast<std::size_t>(terms[step.keys + k].column) * m_rows + row];
            }
        }
    }
}

void CamArray::write_cell(std::size_t row, int column, bool value)
{
    ++m_counts.written;
    m_counts.flips += cell(row, column) != value;
    ++m_column_writes[static_cast<std::size_t>(column)];
    if (!m_wear.empty()) {
        ++m_wear[static_cast<std::size_t>(column) * m_rows + row];
    }
    set_cell(row, column, value);
}

void CamArray::vertical_pass(const Pass& pass, const Binding& rows, int column, std::size_t segment)
{
    for (int r = 0; r < role_count; ++r) {
        const bool wanted = ((pass.key_value >> r) & 1) != 0;
        if (((pass.key >> r) & 1) &&
            cell(segment + static_cast<std::size_t>(rows[r]), column) != wanted) {
            return;
        }
    }
    ++m_counts.matches;
    for (int r = 0; r < role_count; ++r) {
        if ((pass.write >> r) & 1) {
            write_cell(segment + static_cast<std::size_t>(rows[r]), column,
                       ((pass.write_value >> r) & 1) != 0);
        }
    }
}

void CamArray::run_vertical(const PassTable& table, const Binding& rows, Field field,
                            const std::vector<std::size_t>& segments)
{
    for (int p = 0; p < table.count; ++p) {
        for (const std::size_t segment : segments) {
            for (int j = 0; j < field.width; ++j) {
                vertical_pass(table.passes[p], rows, field.bit(j), segment);
            }
        }
        ++m_counts.compare_cycles;
        ++m_counts.write_cycles;
        m_counts.column_compares += segments.size() * static_cast<std::uint64_t>(field.width);
    }
}

void CamArray::shift_up(int row, Field field, const std::vector<std::size_t>& segments)
{
    for (const std::size_t segment : segments) {
        const std::size_t target = segment + static_cast<std::size_t>(row);
        for (int j = field.width - 1; j >= 0; --j) {
            if (cell(target, field.bit(j))) {
                ++m_counts.matches;
                write_cell(target, field.bit(j), false);
                write_cell(target, field.bit(j + 1), true);
            }
        }
    }
    ++m_counts.compare_cycles;
    m_counts.write_cycles += 2;
    m_counts.column_compares += segments.size() * static_cast<std::uint64_t>(field.width);
}

void CamArray::ripple_vertical(int row_a, int row_b, Field field,
                               const std::vector<std::size_t>& segments)
{
    for (const std::size_t segment : segments) {
        bool carry = false;
        for (int j = 0; j < field.width; ++j) {
            const std::size_t b_row = segment + static_cast<std::size_t>(row_b);
            const bool a = cell(segment + static_cast<std::size_t>(row_a), field.bit(j));
            const bool b = cell(b_row, field.bit(j));
            // The four passes of add_in_place: a column matches one of them where a != carry, and
            // where then a == b the carry latch is written as well as the sum.
            if (a != carry) {
                ++m_counts.matches;
                write_cell(b_row, field.bit(j), !b);
                if (a == b) {
                    ++m_counts.written;
                    ++m_counts.flips;
                    carry = !carry;
                }
            }
        }
        if (carry) {  // the latch stands for the next column of the sum
            set_cell(segment + static_cast<std::size_t>(row_b), field.bit(field.width), true);
        }
    }
    const auto width = static_cast<std::uint64_t>(field.width);
    m_counts.compare_cycles += 4 * width;
    m_counts.write_cycles += 4 * width;
    m_counts.column_compares += 4 * width * segments.size();
}

}  // namespace imc::associative
