// SPDX-License-Identifier: Apache-2.0
/// Pass tables executed on registers: the table is known to the compiler, which unrolls its passes
/// into logic instructions; nothing but the table says what an operation does.
#pragma once

#include <utility>

#include "associative/kernel/lane_vector.h"
#include "associative/kernel/pass_table.h"

namespace imc::associative {
namespace {

static_assert(always_flips(multiply_add) && always_flips(multiply_sub_biased) &&
                  always_flips(add_in_place),
              "written cells of the fast counts are taken to flip");

template <const PassTable& table, int index, int role>
IMC_INLINE void compare_role(Lanes& tag, const Lanes* cell)
{
    constexpr Pass pass = table.passes[index];
    if constexpr (((pass.key >> role) & 1) != 0) {
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

template <const PassTable& table, int index, int... roles>
IMC_INLINE void one_pass(Lanes* cell, Lanes* tally, std::integer_sequence<int, roles...>)
{
    Lanes tag = ~Lanes{};
    (compare_role<table, index, roles>(tag, cell), ...);
    tally[index] += popcount(tag);
    (write_role<table, index, roles>(tag, cell), ...);
}

template <const PassTable& table, int... indices>
IMC_INLINE void all_passes(Lanes* cell, Lanes* tally, std::integer_sequence<int, indices...>)
{
    (one_pass<table, indices>(cell, tally, std::make_integer_sequence<int, role_count>()), ...);
}

/// Executes the table's passes on the registers of `cell`; tally[p] counts the matches of pass p.
template <const PassTable& table>
IMC_INLINE void run_table(Lanes* cell, Lanes* tally)
{
    all_passes<table>(cell, tally, std::make_integer_sequence<int, table.count>());
}

}  // namespace
}  // namespace imc::associative
