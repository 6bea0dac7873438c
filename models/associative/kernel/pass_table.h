// SPDX-License-Identifier: Apache-2.0
/// Microcode as data: an operation on bits is an ordered table of compare/write passes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace imc::associative {

/// What a bit column is to a table: operands A and B, carry or borrow C, sum S, flags F and G,
/// multiplier bit M.
enum Role : int { role_a, role_b, role_c, role_s, role_f, role_g, role_m, role_count };

constexpr std::string_view role_letters = "ABCSFGM";

/// One pass: rows whose `key` roles hold `key_value` are tagged; tagged rows get `write_value` in
/// the `write` roles. Sets of roles are bit masks (bit r is Role r); roles outside `key` are masked
/// out of the compare.
struct Pass {
    std::uint8_t key = 0;
    std::uint8_t key_value = 0;
    std::uint8_t write = 0;
    std::uint8_t write_value = 0;
};

/// Ordered passes. A table is correct iff every state that must change is the key of exactly one
/// pass and no pass leaves a state that is the key of a later one (reference: BF-IMNA fact sheet,
/// section 7).
struct PassTable {
    static constexpr int max_passes = 6;
    Pass passes[max_passes] = {};
    int count = 0;
};

/// Reads one pass in the notation of the tables, for example "A1 B1 C0 > B0 C1".
constexpr Pass parse_pass(std::string_view text)
{
    Pass pass;
    bool writes = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '>') {
            writes = true;
        } else if (text[i] != ' ') {
            const auto bit = static_cast<std::uint8_t>(1u << role_letters.find(text[i]));
            const bool one = text[++i] == '1';
            (writes ? pass.write : pass.key) |= bit;
            if (one) {
                (writes ? pass.write_value : pass.key_value) |= bit;
            }
        }
    }
    return pass;
}

constexpr PassTable pass_table(std::initializer_list<std::string_view> lines)
{
    PassTable table;
    for (const std::string_view line : lines) {
        table.passes[table.count++] = parse_pass(line);
    }
    return table;
}

/// The same table for rows whose `role` is 1 only.
constexpr PassTable only_where(PassTable table, Role role)
{
    for (int p = 0; p < table.count; ++p) {
        table.passes[p].key |= static_cast<std::uint8_t>(1u << role);
        table.passes[p].key_value |= static_cast<std::uint8_t>(1u << role);
    }
    return table;
}

/// The same table with the column of `role` stored inverted.
constexpr PassTable inverted(PassTable table, Role role)
{
    const auto bit = static_cast<std::uint8_t>(1u << role);
    for (int p = 0; p < table.count; ++p) {
        table.passes[p].key_value ^= table.passes[p].key & bit;
        table.passes[p].write_value ^= table.passes[p].write & bit;
    }
    return table;
}

/// Cells written by one match of a pass.
constexpr int cells_written(const Pass& pass)
{
    int cells = 0;
    for (int r = 0; r < role_count; ++r) {
        cells += (pass.write >> r) & 1;
    }
    return cells;
}

/// True if every written role is in the key with the other value: each written cell flips.
constexpr bool always_flips(const PassTable& table)
{
    for (int p = 0; p < table.count; ++p) {
        const Pass& pass = table.passes[p];
        if ((pass.write & ~pass.key) || (pass.write & ~(pass.key_value ^ pass.write_value))) {
            return false;
        }
    }
    return true;
}

// The tables of section 7. In-place results go to B; S and D-like targets are preset to 0.

inline constexpr PassTable add_in_place =  // B <- A + B, carry C
    pass_table({"A1 B1 C0 > B0 C1", "A1 B0 C0 > B1", "A0 B0 C1 > B1 C0", "A0 B1 C1 > B0"});
inline constexpr PassTable sub_in_place =  // B <- B - A, borrow C
    pass_table({"A1 B0 C0 > B1 C1", "A1 B1 C0 > B0", "A0 B1 C1 > B0 C0", "A0 B0 C1 > B1"});
inline constexpr PassTable add_out_of_place =  // S <- A + B
    pass_table(
        {"A1 B1 C1 > S1", "A1 B1 C0 > C1", "A0 B0 C1 > S1 C0", "A0 B1 C0 > S1", "A1 B0 C0 > S1"});
inline constexpr PassTable sub_out_of_place =  // S <- B - A
    pass_table(
        {"A1 B1 C1 > S1", "A0 B1 C0 > S1", "A0 B1 C1 > C0", "A1 B0 C0 > S1 C1", "A0 B0 C1 > S1"});
inline constexpr PassTable add_constant_0 = pass_table({"B0 C1 > B1 C0", "B1 C1 > B0"});
inline constexpr PassTable add_constant_1 = pass_table({"B1 C0 > B0 C1", "B0 C0 > B1"});
inline constexpr PassTable copy_bit = pass_table({"B1 > S1"});
inline constexpr PassTable relu_sign = pass_table({"B1 > F1 B0"});  // B is the sign bit
inline constexpr PassTable relu_bit = pass_table({"F1 B1 > B0"});
inline constexpr PassTable max_bit =  // B <- max(A, B); F: B is larger, G: A is larger
    pass_table({"A1 B0 F0 > B1 G1", "A0 B1 F0 G1 > B0", "A0 B1 F0 G0 > F1"});
inline constexpr PassTable max_sign = pass_table({"A0 B1 F0 G0 > B0 G1", "A1 B0 F0 G0 > F1"});
/// B <- min(B, constant), one table a bit of the constant; F: B is smaller, G: the constant is
/// smaller.
inline constexpr PassTable min_constant_0 = pass_table({"B1 F0 > B0 G1"});
inline constexpr PassTable min_constant_1 = pass_table({"B0 F0 G1 > B1", "B0 F0 G0 > F1"});

/// Rows of the multiplier: conditional add, and for the sign bit of a signed multiplier conditional
/// subtract.
inline constexpr PassTable multiply_add = only_where(add_in_place, role_m);
inline constexpr PassTable multiply_sub = only_where(sub_in_place, role_m);
/// The sign row with its borrow column stored inverted and preset to 1: the product comes out plus
/// 2^(W-1), that is as an unsigned word, which a reduction can add without sign extension.
inline constexpr PassTable multiply_sub_biased = inverted(multiply_sub, role_c);

}  // namespace imc::associative
