// SPDX-License-Identifier: Apache-2.0
/// Real scale factors as the integers of docs/numbers.md.
#pragma once

#include "imcvp/program.h"

#include <cstdint>
#include <vector>

namespace imc::compiler {

/// Dyadic (m, c) nearest to `factor` with |m| < 2^31 and c in 0..62: y = (acc m + 2^(c-1)) >> c.
/// Throws InputError if |factor| >= 2^30.
imc_requant dyadic(double factor, std::int64_t bias);

/// y = factor a + offset as (a m + bias) / 2^c, c no larger than keeps the bias below 2^61.
imc_requant dyadic_affine(double factor, double offset);

/// Dyadic multipliers with one common shift for the inputs of an addition: entries for each factor,
/// then one that holds the shift.
std::vector<imc_requant> dyadic_sum(const std::vector<double>& factors);

/// The exact rational numerators[0] x numerators[1] x ... / divisor of float scales, for
/// requantisation by the ONNX rule: multiplier x 2^shift / divisor with multiplier below 2^48 and
/// divisor below 2^31.
imc_requant exact_ratio(const std::vector<float>& numerators, float divisor, std::int64_t bias);

/// The same for a per-channel affine layer: y = numerators[0] x ... / divisor a + offset as
/// (a M + bias) 2^shift / divisor. The multiplier is exact unless the bias would then leave its 61
/// bits; it is rounded as far as that needs.
imc_requant exact_affine(const std::vector<float>& numerators, float divisor, double offset);

/// Q31 multiplier M and shift s of TFLite's fixed point nearest to `factor`: M x 2^(s - 31), M in
/// 2^30..2^31-1, s in -31..30; factors below 2^-32 are zero. Throws InputError for negative
/// factors and for those from 2^30 on.
imc_requant fixed_point_q31(double factor, std::int64_t bias);

/// Entries for an addition by the ONNX rule: y = round(sum_i m_i x_i 2^shift / divisor), m_i exact,
/// one common shift. Throws InputError if the scales are so far apart that the sums leave 61 bits.
std::vector<imc_requant> exact_sum(const std::vector<float>& scales, float divisor);

}  // namespace imc::compiler
