// SPDX-License-Identifier: Apache-2.0
/// The few statistics that reports show.
#pragma once

#include <cstdint>
#include <utility>

namespace imc::report {

/// Wilson's score interval of a proportion at 95 % (E. B. Wilson, JASA 1927, z = 1.959964): {low,
/// high}; {0, 1} for no trials. Unlike the normal approximation it stays within [0, 1] and holds
/// for few trials.
std::pair<double, double> wilson_interval(double share, std::uint64_t trials);

}  // namespace imc::report
