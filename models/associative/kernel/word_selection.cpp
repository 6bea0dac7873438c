// SPDX-License-Identifier: Apache-2.0
/// Tables, saturation, minima and maxima.
#include "associative/kernel/word_unit.h"

#include <string>

#include "associative/kernel/microcode.h"
#include "associative/kernel/word_columns.h"
#include "common/error.h"

namespace imc::associative {

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
