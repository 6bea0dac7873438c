// SPDX-License-Identifier: Apache-2.0
#include "compiler/data/accuracy.h"

#include <algorithm>
#include <cmath>

namespace imc::compiler {

Interval wilson_interval(std::size_t right, std::size_t total)
{
    if (total == 0) return {};
    constexpr double z = 1.959963984540054;  // 97.5 % of the standard normal
    const double n = static_cast<double>(total), share = static_cast<double>(right) / n;
    const double centre = share + z * z / (2.0 * n);
    const double half = z * std::sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n));
    const double scale = 1.0 + z * z / n;
    return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

}  // namespace imc::compiler
