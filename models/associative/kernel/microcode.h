// SPDX-License-Identifier: Apache-2.0
/// Word operations as programs over the pass tables. Cycle counts and proofs:
/// docs/models/associative.md.
#pragma once

#include <cstdint>

#include "associative/kernel/program.h"

namespace imc::associative {

/// B <- A + B (mod 2^width); `carry` is cleared by the caller or known to be 0. 8 cycles a bit.
void add(Program& program, Field a, Field b, int carry);
/// B <- B - A (mod 2^width); `borrow` must be 0. 8 cycles a bit.
void sub(Program& program, Field a, Field b, int borrow);

/// How the multiplier A and the product are read.
enum class ProductForm {
    unsigned_product,  ///< A unsigned
    signed_product,    ///< A two's complement, product two's complement
    biased_product     ///< A two's complement, product plus 2^(W-1): top column preset to 1
};

/// P <- A * B, B unsigned, P of A.width + B.width columns preset to 0 (top column to 1 for
/// biased_product). Exactly 8 * A.width * B.width cycles: the carry column of row i is P[i +
/// B.width], 0 at that time by construction.
void multiply(Program& program, Field a, Field b, Field p, ProductForm form);

/// B <- B + constant (mod 2^width); `carry` must be 0. 4 cycles a bit.
void add_constant(Program& program, Field b, std::uint64_t constant, int carry);
/// P <- B * constant, B unsigned, constant > 0; P must be 0 and B.width + bit length of the
/// constant columns wide. 2 B.width + 8 B.width (ones of the constant - 1) cycles.
void multiply_constant(Program& program, Field b, std::uint64_t constant, Field p);

/// D <- B; D must be 0. 2 cycles a bit.
void copy(Program& program, Field b, Field d);
/// X <- max(X, 0), two's complement, a pass a bit; `flag` must be 0. 2 * width cycles.
void relu(Program& program, Field x, int flag);
/// X <- max(X, 0) by one multi-column write. 2 cycles.
void relu_single_shot(Program& program, Field x);
/// B <- max(A, B), unsigned or two's complement; flags must be 0. 6 cycles a bit, 4 for a sign bit.
void max(Program& program, Field a, Field b, int flag_f, int flag_g, bool is_signed);
/// Saturates an unsigned word: where a bit of `high` is 1 all of `kept` becomes 1. 2 cycles a bit
/// of `high`.
void clip_unsigned(Program& program, Field kept, Field high);
/// B <- min(B, limit), unsigned; flags must be 0. 2 cycles for a 0 of the limit, 4 for a 1.
void min_constant(Program& program, Field b, std::uint64_t limit, int flag_f, int flag_g);

}  // namespace imc::associative
