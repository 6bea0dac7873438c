// SPDX-License-Identifier: Apache-2.0
/// The operations around a convolution (requantisation, addition, pooling), one word or pair of
/// words a row.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "associative/kernel/cam_array.h"
#include "associative/kernel/gemm.h"

namespace imc::associative {

/// Rows of words in registers (fields of columns) on which word operations act, all rows at once.
/// Both paths give the same words and counts. Words are unsigned codes; a signed quantity is held
/// plus a constant, which the caller folds into the constants it adds anyway. Registers start at 0.
class WordUnit {
public:
    using Register = std::size_t;

    /// Throws InputError for zero rows. `columns` are those of an array: registers, a zero and a
    /// carry column, and two flags once they are used must fit.
    WordUnit(Path path, std::size_t rows, int columns = 1024);

    /// Makes a register of 1 to 62 columns, of which the lowest `at_once` are needed now (all by
    /// default) and the others after grow(). Columns that were given up are cleared first if there
    /// are no others: a write to all rows, one cycle. Throws InputError where there are not enough.
    Register make(int width, int at_once = 0);
    void grow(Register reg);
    /// Gives up the lowest `columns` columns of a register (all by default), whose words are not
    /// needed any more.
    void release(Register reg, int columns = 0);
    /// True if `columns` more are free, or would be after clearing.
    bool has_room(int columns) const { return columns_lacking(columns) == 0; }
    /// Columns that would have to be given up first to make a register of `columns`.
    int columns_lacking(int columns) const
    {
        return m_taken + columns > m_columns ? m_taken + columns - m_columns : 0;
    }
    int width(Register reg) const { return m_registers[reg].field.width; }

    /// Column I/O, a cycle a column. Words must fit the register.
    void load(Register reg, const std::uint64_t* words);
    void read(Register reg, std::uint64_t* words);

    /// p <- b * constant; p still 0 and at least width(b) + bit length of the constant wide.
    void multiply_constant(Register p, Register b, std::uint64_t constant);
    /// The same where b and p do not fit together: the low `half` columns of b first, then, in
    /// their place, the high columns of p and the rest of b. p made with make(width, half + bit
    /// length of the constant + 1), its value below 2^(width - 1); b is given up.
    void multiply_in_halves(Register p, Register b, std::uint64_t constant, int half);
    /// floor(b * constant / 2^dropped) in a new register as wide as b; constant below 2^dropped.
    /// The product slides: after each addition its lowest column is final and dropped, so that b's
    /// width and one column more are in use. b is given up.
    Register multiply_high(Register b, std::uint64_t constant, int dropped);
    /// b <- a + b; a at most as wide as b, which must have room for the sum: its top column is the
    /// carry. Columns of a that do not exist read as 0. 8 cycles a column of b but the top one.
    void add(Register b, Register a);
    /// The same over the low `columns` columns of b; the carry goes to column `columns`, which must
    /// be 0 as all columns above.
    void add(Register b, Register a, int columns);
    /// b <- b + constant modulo 2^width. 4 cycles a column, 1 more to clear the carry column if it
    /// was used before.
    void add_constant(Register b, std::uint64_t constant);
    /// Drops the lowest `columns` columns: a shift that costs nothing.
    void drop_low(Register reg, int columns);
    /// Gives up the columns from `bits` on, known to be 0: costs nothing.
    void narrow(Register reg, int bits);
    /// d <- table[a], d still 0: a pass for every code of a, its key, the entry being written. The
    /// table has an entry for each code. 2 cycles an entry.
    void look_up(Register d, Register a, const std::vector<std::uint64_t>& table);
    /// b <- max(b, 0), b read as two's complement; its sign column is dropped. 2 cycles.
    void relu(Register b);
    /// Saturates b to its low `bits` columns, the others are dropped. 2 cycles a dropped column.
    void clip(Register b, int bits);
    /// b <- min(b, limit): 2 cycles a 0, 4 a 1 of the limit, 1 to clear the flags if they were used
    /// before.
    void min_constant(Register b, std::uint64_t limit);
    /// b <- max(a, b), same width. 6 cycles a column, 1 to clear the flags if they were used
    /// before.
    void max(Register b, Register a);

    const Counts& counts() const { return m_array ? m_array->counts() : m_counts; }
    std::size_t rows() const { return m_rows; }

private:
    struct Slot {
        Field field;                       ///< columns of the array (pass-exact)
        int waiting = 0;                   ///< columns for grow()
        std::vector<std::uint64_t> words;  ///< one a row, padded (fast)
    };

    /// Columns [from, from + width) of a register as another one's addend.
    struct Part {
        int from, width;
    };
    void run(const Program& program);
    void reserve(int columns);
    void take(int columns);
    void add_part(Register p, Register b, Part part, int shift, int columns);
    void copy_part(Register p, Register b, Part part, int shift);
    void charge(std::uint64_t passes, const RowTally& tally);
    void clear_cells(bool& used, std::uint64_t& ones, const std::vector<int>& columns);
    void select(Register b, const Slot* a, std::uint64_t constant, std::uint64_t passes,
                bool larger);

    std::size_t m_rows;
    int m_columns;
    int m_taken = 2;                ///< of m_columns
    std::vector<Field> m_given_up;  ///< not cleared yet
    int m_given_up_columns = 0;
    std::uint64_t m_given_up_ones = 0;
    std::vector<Slot> m_registers;
    int m_next_column;
    std::unique_ptr<CamArray> m_array;  ///< pass-exact only
    Counts m_counts;                    ///< fast only
    bool m_carry_used = false;
    bool m_flags_used = false;
    std::uint64_t m_carry_ones = 0;  ///< cells at 1 when the carry column, or flags, are cleared
    std::uint64_t m_flag_ones = 0;
};

}  // namespace imc::associative
