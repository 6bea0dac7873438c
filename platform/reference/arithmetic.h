// SPDX-License-Identifier: Apache-2.0
/// Exact integer arithmetic of docs/numbers.md, written from that page alone: this folder shares no
/// code with models/ or the compiler, so that agreement between the two means something.
#pragma once

#include "imcvp/program.h"

#include <cstdint>

namespace imc::reference {

using Wide = __int128;

/// floor(numerator / denominator), denominator > 0.
Wide floor_div(Wide numerator, Wide denominator);

/// numerator / denominator rounded to nearest, ties away from zero; denominator > 0.
Wide round_half_away(Wide numerator, Wide denominator);

/// numerator x 2^exponent / denominator rounded to nearest, ties to even; denominator > 0. Results
/// beyond +-2^62 are given as +-2^62: every caller clamps to 32 bits.
std::int64_t round_half_even(Wide numerator, int exponent, std::int64_t denominator);

/// Constants of one requantisation in the order in which they act.
struct Scaling {
    imc_requant_kind kind = IMC_REQUANT_NONE;
    imc_requant constants{};
};

/// What stands between "x = acc + bias" and "+ zp" in docs/numbers.md.
std::int64_t rescale(const Scaling& scaling, Wide x);

/// The same for affine layers and requantising copies, where the bias is in units of the product;
/// `code` is the input code less its zero point.
std::int64_t rescale_product(const Scaling& scaling, std::int64_t code);

/// The same for average pooling: x = sum + n x bias over n cells, n > 0.
std::int64_t rescale_mean(const Scaling& scaling, std::int64_t sum, std::int64_t n);

}  // namespace imc::reference
