// SPDX-License-Identifier: Apache-2.0
/// What a count of right answers says.
#pragma once

#include <cstddef>

namespace imc::compiler {

struct Interval {
    double low = 0.0;
    double high = 1.0;
};

/// 95 % confidence interval of a share (E. B. Wilson, JASA 22, 1927): holds its level near 0 and 1
/// and for few images.
Interval wilson_interval(std::size_t right, std::size_t total);

}  // namespace imc::compiler
