// SPDX-License-Identifier: Apache-2.0
#include "report/statistics.h"

#include <algorithm>
#include <cmath>

namespace imc::report {

std::pair<double, double> wilson_interval(double share, std::uint64_t trials)
{
    if (trials == 0) return {0.0, 1.0};
    constexpr double z = 1.959964;
    const auto n = static_cast<double>(trials);
    const double centre = share + z * z / (2 * n);
    const double spread = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    const double scale = 1 + z * z / n;
    return {std::max(0.0, (centre - spread) / scale), std::min(1.0, (centre + spread) / scale)};
}

}  // namespace imc::report
