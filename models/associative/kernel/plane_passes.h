// SPDX-License-Identifier: Apache-2.0
/// Pass tables executed on registers: the table is known to the compiler, which unrolls its passes
/// into logic instructions; nothing but the table says what an operation does.
#pragma once

#include <utility>

#include "associative/kernel/lane_vector.h"
#include "associative/kernel/pass_table.h"

namespace imc::associative {
namespace {

/// Roles that some pass of the table writes.
constexpr unsigned roles_written(const PassTable& table)
{
    unsigned roles = 0;
    for (int p = 0; p < table.count; ++p) {
        roles |= table.passes[p].write;
    }
    return roles;
}

/// Compares one role, if the pass has it in its key and `changing` says whether passes write it.
/// Roles that never change are compared first, so that passes share what they have in common.
template <const PassTable& table, int index, int role, bool changing>
IMC_INLINE void compare_role(Lanes& tag, const Lanes* cell)
{
    constexpr Pass pass = table.passes[index];
    constexpr bool written = ((roles_written(table) >> role) & 1) != 0;
    if constexpr (((pass.key >> role) & 1) != 0 && written == changing) {
        tag &= ((pass.key_value >> role) & 1) != 0 ? cell[role] : ~cell[role];
    }
}

template <const PassTable& table, int index, int role>
IMC_INLINE void write_role(const Lanes& tag, Lanes* cell)
{
    constexpr Pass pass = table.passes[index];
    if constexpr (((pass.write >> role) & 1) != 0) {
        if constexpr (((pass.write_value >> role) & 1) != 0) {
            cell[role] |= tag;
        } else {
            cell[role] &= ~tag;
        }
    }
}

/// Written cells of pass `index` that change; nothing where the table flips all of them anyway.
template <const PassTable& table, int index, int role>
IMC_INLINE void count_flips(const Lanes& tag, const Lanes* cell, Lanes* flips)
{
    constexpr Pass pass = table.passes[index];
    if constexpr (!always_flips(table) && ((pass.write >> role) & 1) != 0) {
        const bool one = ((pass.write_value >> role) & 1) != 0;
        *flips += popcount(tag & (one ? ~cell[role] : cell[role]));
    }
}

template <const PassTable& table, int index, int... roles>
IMC_INLINE void one_pass(const Lanes& active, Lanes* cell, Lanes* tally, Lanes* flips,
                         std::integer_sequence<int, roles...>)
{
    Lanes tag = active;
    (compare_role<table, index, roles, false>(tag, cell), ...);
    (compare_role<table, index, roles, true>(tag, cell), ...);
    tally[index] += popcount(tag);
    (count_flips<table, index, roles>(tag, cell, flips), ...);
    (write_role<table, index, roles>(tag, cell), ...);
}

template <const PassTable& table, int... indices>
IMC_INLINE void all_passes(const Lanes& active, Lanes* cell, Lanes* tally, Lanes* flips,
                           std::integer_sequence<int, indices...>)
{
    (one_pass<table, indices>(active, cell, tally, flips,
                              std::make_integer_sequence<int, role_count>()),
     ...);
}

/// Executes the table's passes on the `active` rows of the registers of `cell`; tally[p] counts
/// the matches of pass p, `flips` the cells that change where the table does not flip all it
/// writes (else it may be null).
template <const PassTable& table>
IMC_INLINE void run_table(const Lanes& active, Lanes* cell, Lanes* tally, Lanes* flips)
{
    all_passes<table>(active, cell, tally, flips, std::make_integer_sequence<int, table.count>());
}

/// The state (a bit a role) that pass `p` leaves.
constexpr unsigned state_after(const Pass& pass, unsigned state)
{
    return (state & ~unsigned{pass.write}) | (pass.write_value & pass.write);
}

/// True if no row matches more than one pass of the table.
constexpr bool matches_once(const PassTable& table)
{
    for (unsigned begin = 0; begin < (1u << role_count); ++begin) {
        unsigned state = begin;
        int matches = 0;
        for (int p = 0; p < table.count; ++p) {
            const Pass& pass = table.passes[p];
            if (((state ^ pass.key_value) & pass.key) == 0) {
                state = state_after(pass, state);
                ++matches;
            }
        }
        if (matches > 1) {
            return false;
        }
    }
    return true;
}

template <const PassTable& table, int index, int... roles>
IMC_INLINE Lanes tag_pass(Lanes* cell, std::integer_sequence<int, roles...>)
{
    Lanes tag = ~Lanes{};
    (compare_role<table, index, roles, false>(tag, cell), ...);
    (compare_role<table, index, roles, true>(tag, cell), ...);
    (write_role<table, index, roles>(tag, cell), ...);
    return tag;
}

template <const PassTable& table, int... indices>
IMC_INLINE void tag_passes(Lanes* cell, Lanes* tally, std::integer_sequence<int, indices...>)
{
    Lanes tags[2] = {};
    ((tags[cells_written(table.passes[indices]) - 1] |=
      tag_pass<table, indices>(cell, std::make_integer_sequence<int, role_count>())),
     ...);
    tally[0] += popcount(tags[0]);
    tally[1] += popcount(tags[1]);
}

/// The passes of an adder on all rows: tally[n] counts the matches of those that write n + 1 cells.
/// A row matches one pass at most, so that the tags of several can be counted at once.
template <const PassTable& table>
IMC_INLINE void run_adder(Lanes* cell, Lanes* tally)
{
    static_assert(always_flips(table) && matches_once(table));
    tag_passes<table>(cell, tally, std::make_integer_sequence<int, table.count>());
}

}  // namespace
}  // namespace imc::associative
