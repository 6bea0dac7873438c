// SPDX-License-Identifier: Apache-2.0
/// A sequence of passes bound to the columns of an array: what the array's controller steps
/// through.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "associative/kernel/pass_table.h"

namespace imc::associative {

/// A column and the bit compared with or written to it.
struct Term {
    int column = 0;
    bool value = false;
};

/// Adjacent columns holding one word, least significant bit first.
struct Field {
    int first = 0;
    int width = 0;

    int bit(int index) const { return first + index; }
    int top() const { return first + width - 1; }
    /// The field without its `count` least significant bits: a shift right costs no cycle.
    Field drop_low(int count) const { return {first + count, width - count}; }
    Field low(int count) const { return {first, count}; }
};

/// The columns that take a table's roles; -1 where the table has no such role.
using Binding = std::array<int, role_count>;

/// A binding of the three roles every adder has.
constexpr Binding bind(int a, int b, int c)
{
    return {a, b, c, -1, -1, -1, -1};
}

/// Tables which the lane kernels know: all passes of one run on registers (pass_lanes.h).
enum class KnownTable : std::uint8_t {
    none,
    add_in_place,
    add_constant_0,
    add_constant_1,
    copy_bit,
    max_bit,
    min_constant_0,
    min_constant_1
};

/// The table of a name other than `none`.
const PassTable& table_of(KnownTable name);

class Program {
public:
    /// A step is a pass (keys, then writes); without keys, a preset of all active rows; with a
    /// known table, all passes of that table on binding().
    struct Step {
        std::uint32_t first = 0;  ///< of its terms, or the number of its binding
        std::uint16_t keys = 0;
        std::uint16_t writes = 0;
        KnownTable table = KnownTable::none;
    };

    /// Appends every pass of `table`.
    void run(const PassTable& table, const Binding& columns);
    /// The same pass by pass, as cells that count their writes need it.
    void run_passes(const PassTable& table, const Binding& columns);
    /// Appends a pass with any number of keys and writes.
    void pass(const std::vector<Term>& keys, const std::vector<Term>& writes);
    /// Writes a pattern to all active rows in one cycle.
    void preset(const std::vector<Term>& writes);
    /// Presets a whole field to 0.
    void clear(Field field);

    const std::vector<Step>& steps() const { return m_steps; }
    const Term* terms(const Step& step) const { return m_terms.data() + step.first; }
    const Binding& binding(const Step& step) const { return m_bindings[step.first]; }
    std::uint64_t cycles() const;

private:
    std::vector<Step> m_steps;
    std::vector<Term> m_terms;
    std::vector<Binding> m_bindings;
};

}  // namespace imc::associative
