// SPDX-License-Identifier: Apache-2.0
/// Registers: columns that are taken, given up and cleared, words in and out.
#include "associative/kernel/word_unit.h"

#include <algorithm>
#include <string>

#include "associative/kernel/word_columns.h"
#include "common/error.h"

namespace imc::associative {

namespace {

constexpr int max_width = 62;
constexpr int simulated_columns = 320;  ///< registers do not change place here

}  // namespace

WordUnit::WordUnit(Path path, std::size_t rows, int columns)
    : m_rows(rows), m_columns(columns), m_next_column(first_free_column)
{
    if (rows == 0) {
        throw InputError("word operations on 0 rows: at least one is needed");
    }
    if (path == Path::pass_exact) {
        m_array = std::make_unique<CamArray>(rows, simulated_columns);
    }
}

WordUnit::Register WordUnit::make(int width, int at_once)
{
    if (width < 1 || width > max_width) {
        throw InputError("a register of " + std::to_string(width) + " columns: widths are 1 to 62");
    }
    Slot slot{{m_next_column, width}, at_once == 0 ? 0 : std::max(0, width - at_once), {}};
    reserve(width);
    take(width - slot.waiting);
    if (!m_array) {
        slot.words.assign((m_rows + block_words - 1) / block_words * block_words, 0);
    }
    m_registers.push_back(std::move(slot));
    return m_registers.size() - 1;
}

/// Columns to which no register has been moved yet.
void WordUnit::reserve(int columns)
{
    m_next_column += columns;
    if (m_next_column > simulated_columns) {
        throw InputError("word operations move over " + std::to_string(m_next_column) +
                         " columns in all: at most " + std::to_string(simulated_columns));
    }
}

void WordUnit::grow(Register reg)
{
    take(m_registers[reg].waiting);
    m_registers[reg].waiting = 0;
}

void WordUnit::take(int columns)
{
    if (m_taken + columns > m_columns) {
        throw InputError("word operations need " + std::to_string(m_taken + columns) +
                         " columns, the arrays have " + std::to_string(m_columns) +
                         "; use narrower operands or multipliers "
                         "(platform.associative.multiplier_bits), or more columns");
    }
    m_taken += columns;
    if (m_taken + m_given_up_columns <= m_columns) {
        return;
    }
    if (m_array) {
        Program program;
        std::vector<Term> writes;
        for (const Field& field : m_given_up) {
            for (int j = 0; j < field.width; ++j) {
                writes.push_back({field.bit(j), false});
            }
        }
        program.preset(writes);
        run(program);
    } else {
        ++m_counts.write_cycles;
        m_counts.written += m_rows * static_cast<std::uint64_t>(m_given_up_columns);
        m_counts.flips += m_given_up_ones;
    }
    m_given_up.clear();
    m_given_up_columns = 0;
    m_given_up_ones = 0;
}

void WordUnit::release(Register reg, int columns)
{
    Slot& slot = m_registers[reg];
    const int count = columns == 0 ? slot.field.width : columns;
    m_given_up.push_back(slot.field.low(count));
    m_given_up_columns += count;
    m_taken -= count;
    if (!m_array) {
        const std::uint64_t mask = (std::uint64_t{1} << count) - 1;
        for (std::size_t row = 0; row < m_rows; ++row) {
            m_given_up_ones += ones(slot.words[row] & mask);
        }
    }
    slot.field = slot.field.drop_low(count);
    for (std::uint64_t& word : slot.words) {
        word >>= count;
    }
}

void WordUnit::load(Register reg, const std::uint64_t* words)
{
    Slot& slot = m_registers[reg];
    if (m_array) {
        const std::vector<std::int64_t> copy(words, words + m_rows);
        m_array->load(slot.field, copy.data(), m_rows);
        return;
    }
    std::copy(words, words + m_rows, slot.words.begin());
    m_counts.load_cycles += static_cast<std::uint64_t>(slot.field.width);
    m_counts.io_bits_in += m_rows * static_cast<std::uint64_t>(slot.field.width);
}

void WordUnit::read(Register reg, std::uint64_t* words)
{
    Slot& slot = m_registers[reg];
    if (m_array) {
        std::vector<std::int64_t> copy(m_rows);
        m_array->read(slot.field, false, copy.data(), m_rows);
        std::copy(copy.begin(), copy.end(), words);
        return;
    }
    std::copy(slot.words.begin(), slot.words.begin() + static_cast<std::ptrdiff_t>(m_rows), words);
    m_counts.read_cycles += static_cast<std::uint64_t>(slot.field.width);
    m_counts.io_bits_out += m_rows * static_cast<std::uint64_t>(slot.field.width);
}

void WordUnit::run(const Program& program)
{
    m_array->run(program);
}

void WordUnit::charge(std::uint64_t passes, const RowTally& tally)
{
    m_counts.compare_cycles += passes;
    m_counts.write_cycles += passes;
    m_counts.row_compares += passes * m_rows;
    m_counts.matches += tally.matches;
    m_counts.written += tally.written;
    m_counts.flips += tally.flips;
}

void WordUnit::clear_cells(bool& used, std::uint64_t& cells_at_one, const std::vector<int>& columns)
{
    if (!used && columns.size() > 1) {
        take(static_cast<int>(columns.size()));  // the carry has its column from the start
    }
    if (used && m_array) {
        Program program;
        std::vector<Term> writes;
        for (const int column : columns) {
            writes.push_back({column, false});
        }
        program.preset(writes);
        run(program);
    } else if (used) {
        ++m_counts.write_cycles;
        m_counts.written += m_rows * columns.size();
        m_counts.flips += cells_at_one;
    }
    used = true;
    cells_at_one = 0;
}

}  // namespace imc::associative
