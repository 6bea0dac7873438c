// SPDX-License-Identifier: Apache-2.0
/// An array of CAM cells that executes passes: the golden model of the associative processor.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "associative/kernel/counts.h"
#include "associative/kernel/program.h"

namespace imc::associative {

/// Rows x columns of CAM cells, kept as bit columns. Horizontal passes match rows (key and mask
/// over columns, all active rows at once); 2D passes match columns (key over the rows of a
/// segment). Cells start at 0. Every action is counted.
class CamArray {
public:
    /// Throws InputError unless both sizes are positive.
    CamArray(std::size_t rows, int columns);

    std::size_t rows() const { return m_rows; }
    int columns() const { return m_columns; }

    /// Rows [first, first + count) take part in passes, all others are neither precharged nor
    /// written.
    void set_active_rows(std::size_t first, std::size_t count);

    /// Column I/O: writes `count` words (two's complement, low `field.width` bits) to rows from
    /// `first_row`, a bit column a cycle.
    void load(Field field, const std::int64_t* words, std::size_t count, std::size_t first_row = 0);
    /// Column I/O: reads words of `count` rows, a bit column a cycle.
    void read(Field field, bool is_signed, std::int64_t* words, std::size_t count,
              std::size_t first_row = 0);
    /// Row I/O: moves a word from one row to another, a read and a write cycle.
    void move_word(Field from, std::size_t from_row, Field to, std::size_t to_row);

    /// Executes a program on the active rows.
    void run(const Program& program);

    /// 2D: executes `table` on the columns of `field` in every segment at once. `rows` gives the
    /// row of each role within a segment (-1 if unused), `segments` the first row of each.
    void run_vertical(const PassTable& table, const Binding& rows, Field field,
                      const std::vector<std::size_t>& segments);
    /// 2D: moves the ones of a row one column up: compare, clear, write with shifted tags (3
    /// cycles).
    void shift_up(int row, Field field, const std::vector<std::size_t>& segments);
    /// 2D: row_b <- row_a + row_b, column by column with a carry latch a segment (8 cycles a
    /// column).
    void ripple_vertical(int row_a, int row_b, Field field,
                         const std::vector<std::size_t>& segments);

    bool cell(std::size_t row, int column) const;
    void set_cell(std::size_t row, int column, bool value);

    const Counts& counts() const { return m_counts; }

    /// Counts tagged writes for each cell and matches for each row from now on.
    void record_wear();
    /// Writes through tags or presets to a cell since record_wear.
    std::uint32_t cell_writes(std::size_t row, int column) const
    {
        return m_wear[column * m_rows + row];
    }
    std::uint32_t row_matches(std::size_t row) const { return m_row_matches[row]; }
    /// Sum over the rows of a column since construction.
    std::uint64_t column_writes(int column) const { return m_column_writes[column]; }

private:
    std::uint64_t* column_bits(int column) { return m_bits.data() + column * m_words; }
    const std::uint64_t* column_bits(int column) const { return m_bits.data() + column * m_words; }
    void run_table(KnownTable name, const Binding& columns);
    void run_step(const Program::Step& step, const Term* terms);
    void record_step(const Program::Step& step, const Term* terms);
    void write_cell(std::size_t row, int column, bool value);
    void vertical_pass(const Pass& pass, const Binding& rows, int column, std::size_t segment);

    std::size_t m_rows;
    int m_columns;
    std::size_t m_words;                ///< words a column, whole register blocks
    std::vector<std::uint64_t> m_bits;  ///< [column][word]
    std::vector<std::uint64_t> m_active;
    std::vector<std::uint64_t> m_tags;
    std::uint64_t m_active_rows = 0;
    Counts m_counts;
    std::vector<std::uint64_t> m_column_writes;
    std::vector<std::uint32_t> m_wear;  ///< [column][row], empty if not recorded
    std::vector<std::uint32_t> m_row_matches;
};

}  // namespace imc::associative
