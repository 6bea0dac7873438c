// SPDX-License-Identifier: Apache-2.0
/// Programs over pass tables that no operator of a network needs.
#pragma once

#include <algorithm>

#include "associative/kernel/pass_table.h"
#include "associative/kernel/program.h"

namespace imc::associative {

/// S <- A op B by an out-of-place table; S and `carry` must be 0. 10 cycles a bit.
inline void out_of_place(Program& program, const PassTable& table, Field a, Field b, Field s,
                         int carry)
{
    for (int j = 0; j < s.width; ++j) {
        Binding columns = bind(a.bit(j), b.bit(j), carry);
        columns[role_s] = s.bit(j);
        program.run(table, columns);
    }
}

/// P <- A * B, both two's complement; P and `carry` must be 0. B's top bit stands in for its sign
/// extension. Sum over i of 8 (A.width + B.width - i) + 1 cycles, the 1 being the clearing of
/// `carry`.
inline void multiply_signed(Program& program, Field a, Field b, Field p, int carry)
{
    for (int i = 0; i < a.width; ++i) {
        const Field rest = p.drop_low(i);
        for (int j = 0; j < rest.width; ++j) {
            Binding columns = bind(b.bit(std::min(j, b.width - 1)), rest.bit(j), carry);
            columns[role_m] = a.bit(i);
            program.run(i == a.width - 1 ? multiply_sub : multiply_add, columns);
        }
        program.preset({{carry, false}});
    }
}

}  // namespace imc::associative
