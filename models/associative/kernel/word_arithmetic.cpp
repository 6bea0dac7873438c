// SPDX-License-Identifier: Apache-2.0
/// Products with constants, sums, shifts.
#include "associative/kernel/word_unit.h"

#include <algorithm>

#include "associative/kernel/microcode.h"
#include "associative/kernel/word_columns.h"

namespace imc::associative {

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
    const int width = m_registers[b].field.width;
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
    const std::uint64_t low_most = ((std::uint64_t{1} << half) - 1) * constant;
    const std::uint64_t rest_most = ((std::uint64_t{1} << rest.width) - 1) << half;
    for (int i = 0; constant >> i != 0; ++i) {
        if (((constant >> i) & 1) == 0) {
            continue;
        }
        // The columns that the product has reached by now, which the carry must pass.
        const std::uint64_t reached =
            low_most + rest_most * (constant & ((std::uint64_t{1} << i) - 1));
        add_part(p, b, rest, half + i, std::max(rest.width, bit_length(reached >> (half + i))));
    }
    release(b);
}

WordUnit::Register WordUnit::multiply_high(Register b, std::uint64_t constant, int dropped)
{
    const int width = m_registers[b].field.width;
    const Register p = make(width + 1);
    reserve(dropped);
    bool first = true;
    for (int i = 0; i < dropped; ++i) {
        if (((constant >> i) & 1) != 0) {
            if (first) {
                copy_part(p, b, {0, width}, 0);
            } else {
                add(p, b, width);
            }
            first = false;
        }
        release(p, 1);
        take(1);
        ++m_registers[p].field.width;
    }
    release(b);
    narrow(p, width);
    return p;
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

}  // namespace imc::associative
