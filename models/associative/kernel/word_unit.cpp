// SPDX-License-Identifier: Apache-2.0
#include "associative/kernel/word_unit.h"

#include <algorithm>
#include <string>

#include "associative/kernel/microcode.h"
#include "common/error.h"

namespace imc::associative {

namespace {

constexpr int zero_column = 0;  ///< never written: stands in for columns an operand does not have
constexpr int carry_column = 1;
constexpr int flag_f_column = 2;
constexpr int flag_g_column = 3;
constexpr int first_free_column = 4;
constexpr int max_width = 62;
constexpr int simulated_columns = 320;  ///< registers do not change place here

std::uint64_t ones(std::uint64_t value)
{
    std::uint64_t count = 0;
    for (; value != 0; value &= value - 1) {
        ++count;
    }
    return count;
}

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
    if (width < 1 || width > max_width || m_next_column + width > simulated_columns) {
        throw InputError("a register of " + std::to_string(width) +
                         " columns: widths are 1 to 62, " +
                         std::to_string(simulated_columns - first_free_column) + " columns in all");
    }
    Slot slot{{m_next_column, width}, at_once == 0 ? 0 : std::max(0, width - at_once), {}};
    take(width - slot.waiting);
    m_next_column += width;
    if (!m_array) {
        slot.words.assign((m_rows + block_words - 1) / block_words * block_words, 0);
    }
    m_registers.push_back(std::move(slot));
    return m_registers.size() - 1;
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

void WordUnit::multiply_constant(Register p, Register b, std::uint64_t constant)
{
    Slot& product = m_registers[p];
    const Slot& word = m_registers[b];
    const auto width = static_cast<std::uint64_t>(word.field.width);
    if (m_array) {
        Program program;
        associative::multiply_constant(program, word.field, constant, product.field);
        run(program);
        return;
    }
    bool first = true;
    for (int i = 0; constant >> i != 0; ++i) {
        if (!((constant >> i) & 1)) {
            continue;
        }
        RowTally tally;
        if (first) {
            lane_kernels().copy(word.words.data(), product.words.data(), m_rows, i, tally);
        } else {
            lane_kernels().add(word.words.data(), 0, product.words.data(), m_rows, word.field.width,
                               i, tally);
        }
        charge(first ? width : 4 * width, tally);
        first = false;
    }
}

void WordUnit::copy_part(Register p, Register b, Part part, int shift)
{
    Slot& product = m_registers[p];
    if (m_array) {
        Program program;
        copy(program, {m_registers[b].field.bit(part.from), part.width},
             {product.field.bit(shift), part.width});
        return run(program);
    }
    std::vector<std::uint64_t> words = m_registers[b].words;
    for (std::uint64_t& word : words) {
        word = (word >> part.from) & ((std::uint64_t{1} << part.width) - 1);
    }
    RowTally tally;
    lane_kernels().copy(words.data(), product.words.data(), m_rows, shift, tally);
    charge(static_cast<std::uint64_t>(part.width), tally);
}

/// p <- p + (part of b << shift) over `columns` columns of p, the next one being the carry.
void WordUnit::add_part(Register p, Register b, Part part, int shift, int columns)
{
    Slot& product = m_registers[p];
    if (m_array) {
        Program program;
        for (int j = 0; j < columns; ++j) {
            const int column =
                j < part.width ? m_registers[b].field.bit(part.from + j) : zero_column;
            program.run(add_in_place, bind(column, product.field.bit(shift + j),
                                           product.field.bit(shift + columns)));
        }
        return run(program);
    }
    std::vector<std::uint64_t> words = m_registers[b].words;
    for (std::uint64_t& word : words) {
        word = (word >> part.from) & ((std::uint64_t{1} << part.width) - 1);
    }
    RowTally tally;
    lane_kernels().add(words.data(), 0, product.words.data(), m_rows, columns, shift, tally);
    charge(4 * static_cast<std::uint64_t>(columns), tally);
}

void WordUnit::multiply_in_halves(Register p, Register b, std::uint64_t constant, int half)
{
    const int width = m_registers[b].field.width, top = m_registers[p].field.width - 1;
    bool first = true;
    for (int i = 0; constant >> i != 0; ++i) {
        if (((constant >> i) & 1) == 0) {
            continue;
        }
        if (first) {
            copy_part(p, b, {0, half}, i);
        } else {
            add_part(p, b, {0, half}, i, half);
        }
        first = false;
    }
    release(b, half);
    grow(p);
    const Part rest{0, width - half};
    for (int i = 0; constant >> i != 0; ++i) {
        if (((constant >> i) & 1) != 0) {
            // What is there may reach one column above the addend.
            add_part(p, b, rest, half + i, std::min(rest.width + 1, top - half - i));
        }
    }
    release(b);
}

void WordUnit::add(Register b, Register a)
{
    add(b, a, m_registers[b].field.width - 1);
}

void WordUnit::add(Register b, Register a, int width)
{
    Slot& sum = m_registers[b];
    const Slot& addend = m_registers[a];
    if (m_array) {
        Program program;
        for (int j = 0; j < width; ++j) {
            const int column = j < addend.field.width ? addend.field.bit(j) : zero_column;
            program.run(add_in_place, bind(column, sum.field.bit(j), sum.field.bit(width)));
        }
        run(program);
        return;
    }
    RowTally tally;
    lane_kernels().add(addend.words.data(), 0, sum.words.data(), m_rows, width, 0, tally);
    charge(4 * static_cast<std::uint64_t>(width), tally);
}

void WordUnit::add_constant(Register b, std::uint64_t constant)
{
    clear_cells(m_carry_used, m_carry_ones, {carry_column});
    Slot& word = m_registers[b];
    const std::uint64_t low = constant & ((std::uint64_t{1} << word.field.width) - 1);
    if (m_array) {
        Program program;
        associative::add_constant(program, word.field, low, carry_column);
        run(program);
        return;
    }
    RowTally tally;
    m_carry_ones =
        lane_kernels().add(nullptr, low, word.words.data(), m_rows, word.field.width, 0, tally);
    charge(2 * static_cast<std::uint64_t>(word.field.width), tally);
}

void WordUnit::drop_low(Register reg, int columns)
{
    if (columns != 0) {
        release(reg, columns);
    }
}

void WordUnit::narrow(Register reg, int bits)
{
    Slot& slot = m_registers[reg];
    const int kept = std::min(bits, slot.field.width);
    m_taken -= slot.field.width - kept;
    slot.field = slot.field.low(kept);
}

void WordUnit::look_up(Register d, Register a, const std::vector<std::uint64_t>& table)
{
    const Field from = m_registers[a].field;
    Slot& to = m_registers[d];
    if (table.size() != std::size_t{1} << from.width) {
        throw InputError("look-up table of " + std::to_string(table.size()) + " entries for " +
                         std::to_string(from.width) + "-bit codes: one a code is needed");
    }
    if (m_array) {
        Program program;
        for (std::size_t code = 0; code < table.size(); ++code) {
            std::vector<Term> keys, writes;
            for (int j = 0; j < from.width; ++j) {
                keys.push_back({from.bit(j), ((code >> j) & 1) != 0});
            }
            for (int j = 0; j < to.field.width; ++j) {
                writes.push_back({to.field.bit(j), ((table[code] >> j) & 1) != 0});
            }
            program.pass(keys, writes);
        }
        run(program);
        return;
    }
    RowTally tally;
    tally.matches = m_rows;
    tally.written = m_rows * static_cast<std::uint64_t>(to.field.width);
    for (std::size_t row = 0; row < m_rows; ++row) {
        to.words[row] = table[m_registers[a].words[row]];
        tally.flips += ones(to.words[row]);
    }
    charge(table.size(), tally);
}

void WordUnit::relu(Register b)
{
    Slot& slot = m_registers[b];
    if (m_array) {
        Program program;
        relu_single_shot(program, slot.field);
        run(program);
    } else {
        RowTally tally;
        lane_kernels().relu(slot.words.data(), m_rows, slot.field.width, tally);
        charge(1, tally);
    }
    --slot.field.width;  // its sign column is 0 now
    --m_taken;
}

void WordUnit::clip(Register b, int bits)
{
    Slot& slot = m_registers[b];
    if (bits >= slot.field.width) {
        return;
    }
    if (m_array) {
        Program program;
        clip_unsigned(program, slot.field.low(bits), slot.field.drop_low(bits));
        run(program);
    } else {
        RowTally tally;
        lane_kernels().clip(slot.words.data(), m_rows, bits, slot.field.width, tally);
        charge(static_cast<std::uint64_t>(slot.field.width - bits), tally);
    }
    slot.field = slot.field.low(bits);
}

void WordUnit::select(Register b, const Slot* a, std::uint64_t constant, std::uint64_t passes,
                      bool larger)
{
    RowTally tally;
    m_flag_ones = lane_kernels().select(a != nullptr ? a->words.data() : nullptr, constant,
                                        m_registers[b].words.data(), m_rows, larger, tally);
    charge(passes, tally);
}

void WordUnit::min_constant(Register b, std::uint64_t limit)
{
    clear_cells(m_flags_used, m_flag_ones, {flag_f_column, flag_g_column});
    const Field field = m_registers[b].field;
    if (m_array) {
        Program program;
        associative::min_constant(program, field, limit, flag_f_column, flag_g_column);
        run(program);
        return;
    }
    select(b, nullptr, limit, static_cast<std::uint64_t>(field.width) + ones(limit), false);
}

void WordUnit::max(Register b, Register a)
{
    clear_cells(m_flags_used, m_flag_ones, {flag_f_column, flag_g_column});
    const Field field = m_registers[b].field;
    if (m_array) {
        Program program;
        associative::max(program, m_registers[a].field, field, flag_f_column, flag_g_column, false);
        run(program);
        return;
    }
    select(b, &m_registers[a], 0, 3 * static_cast<std::uint64_t>(field.width), true);
}

}  // namespace imc::associative
