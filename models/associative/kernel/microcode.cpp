// SPDX-License-Identifier: Apache-2.0
#include "associative/kernel/microcode.h"

#include <algorithm>

#include "associative/kernel/word_columns.h"

namespace imc::associative {

namespace {

void ripple(Program& program, const PassTable& table, Field a, Field b, int carry)
{
    for (int j = 0; j < b.width; ++j) {
        program.run(table, bind(a.bit(j), b.bit(j), carry));
    }
}

/// One row of a multiplier: P[i..] +- B where column `m` is 1.
void conditional_row(Program& program, const PassTable& table, Field b, Field p, int carry, int m)
{
    for (int j = 0; j < p.width; ++j) {
        Binding columns = bind(b.bit(j), p.bit(j), carry);
        columns[role_m] = m;
        program.run(table, columns);
    }
}

}  // namespace

void add(Program& program, Field a, Field b, int carry)
{
    ripple(program, add_in_place, a, b, carry);
}

void sub(Program& program, Field a, Field b, int borrow)
{
    ripple(program, sub_in_place, a, b, borrow);
}

void multiply(Program& program, Field a, Field b, Field p, ProductForm form)
{
    for (int i = 0; i < a.width; ++i) {
        const bool sign_row = form != ProductForm::unsigned_product && i == a.width - 1;
        const PassTable& table = !sign_row                             ? multiply_add
                                 : form == ProductForm::biased_product ? multiply_sub_biased
                                                                       : multiply_sub;
        conditional_row(program, table, b, {p.bit(i), b.width}, p.bit(i + b.width), a.bit(i));
    }
}

void add_constant(Program& program, Field b, std::uint64_t constant, int carry)
{
    for (int j = 0; j < b.width; ++j) {
        const bool one = j < 64 && ((constant >> j) & 1);
        program.run(one ? add_constant_1 : add_constant_0, bind(-1, b.bit(j), carry));
    }
}

void multiply_constant(Program& program, Field b, std::uint64_t constant, Field p)
{
    bool first = true;
    for (int i = 0; i < bit_length(constant); ++i) {
        if (!((constant >> i) & 1)) {
            continue;
        }
        const Field target{p.bit(i), b.width};
        if (first) {
            copy(program, b, target);
        } else {
            ripple(program, add_in_place, b, target, p.bit(i + b.width));
        }
        first = false;
    }
}

void copy(Program& program, Field b, Field d)
{
    for (int j = 0; j < b.width; ++j) {
        Binding columns = bind(-1, b.bit(j), -1);
        columns[role_s] = d.bit(j);
        program.run(copy_bit, columns);
    }
}

void relu(Program& program, Field x, int flag)
{
    Binding columns = bind(-1, x.top(), -1);
    columns[role_f] = flag;
    program.run(relu_sign, columns);
    for (int j = 0; j + 1 < x.width; ++j) {
        columns[role_b] = x.bit(j);
        program.run(relu_bit, columns);
    }
}

void relu_single_shot(Program& program, Field x)
{
    std::vector<Term> writes;
    for (int j = 0; j < x.width; ++j) {
        writes.push_back({x.bit(j), false});
    }
    program.pass({{x.top(), true}}, writes);
}

void max(Program& program, Field a, Field b, int flag_f, int flag_g, bool is_signed)
{
    for (int j = b.width - 1; j >= 0; --j) {
        Binding columns = bind(a.bit(j), b.bit(j), -1);
        columns[role_f] = flag_f;
        columns[role_g] = flag_g;
        program.run(is_signed && j == b.width - 1 ? max_sign : max_bit, columns);
    }
}

void clip_unsigned(Program& program, Field kept, Field high)
{
    std::vector<Term> writes;
    for (int j = 0; j < kept.width; ++j) {
        writes.push_back({kept.bit(j), true});
    }
    for (int h = 0; h < high.width; ++h) {
        program.pass({{high.bit(h), true}}, writes);
    }
}

void min_constant(Program& program, Field b, std::uint64_t limit, int flag_f, int flag_g)
{
    for (int j = b.width - 1; j >= 0; --j) {
        Binding columns = bind(-1, b.bit(j), -1);
        columns[role_f] = flag_f;
        columns[role_g] = flag_g;
        program.run((limit >> j) & 1 ? min_constant_1 : min_constant_0, columns);
    }
}

}  // namespace imc::associative
