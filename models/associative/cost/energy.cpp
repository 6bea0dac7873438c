// SPDX-License-Identifier: Apache-2.0
#include "associative/cost/energy.h"

#include <cmath>
#include <string>

#include "common/error.h"

namespace imc::associative {

namespace {

constexpr double threshold_v = 0.35;  ///< ASSUME, fact sheet section 6
constexpr double alpha = 1.3;

std::uint64_t rounded(double value)
{
    return static_cast<std::uint64_t>(std::llround(value));
}

}  // namespace

double energy_scale(double vdd)
{
    return vdd * vdd;
}

double delay_scale(double vdd)
{
    if (!(vdd >= 0.4 && vdd <= 1.2)) {
        throw InputError("supply voltage of " + std::to_string(vdd) +
                         " V: 0.4 to 1.2 V are modelled");
    }
    const auto delay = [](double v) { return v / std::pow(v - threshold_v, alpha); };
    return delay(vdd) / delay(1.0);
}

std::uint64_t duration_ps(const Config& config, std::uint64_t compare_or_read_cycles,
                          std::uint64_t write_cycles)
{
    const double ns = static_cast<double>(compare_or_read_cycles) * config.compare_ns +
                      static_cast<double>(write_cycles) * config.write_ns;
    return rounded(ns * 1e3 * delay_scale(config.vdd));
}

std::uint64_t duration_ps(const Config& config, const GemmCost& cost)
{
    return duration_ps(config,
                       cost.compare_cycles() + cost.read_only_cycles() + cost.link_only_cycles(),
                       cost.write_cycles());
}

double lifetime_s(double endurance, double writes, double seconds)
{
    return writes > 0.0 ? endurance * seconds / writes : HUGE_VAL;
}

}  // namespace imc::associative
