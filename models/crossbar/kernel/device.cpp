// SPDX-License-Identifier: Apache-2.0
#include "crossbar/kernel/device.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "common/error.h"
#include "common/random.h"

namespace imc::crossbar {

namespace {

/// What a random number of a cell is for.
enum Draw : std::uint64_t { stuck, device, drift, first_cycle };

/// Relative voltage left at the cell, first order: every cell of the array is taken to conduct the
/// mean `mean`, and the drops of its wordline up to the cell and of its bitline from the cell on
/// are added. Along a line of n such cells the current through segment j is (n - j) mean, so the
/// drop up to cell i is r mean sum over j <= i of (n - j).
double voltage_factor(double resistance, double mean, const CellSite& site)
{
    const auto drop = [](int i, int n) { return (i + 1.0) * (n - i / 2.0); };
    const double loss =
        resistance * mean * (drop(site.column, site.columns) + drop(site.row, site.rows));
    return std::max(0.0, 1.0 - loss);
}

}  // namespace

bool DeviceConfig::alters_cells() const
{
    return device_sigma != 0.0 || cycle_sigma != 0.0 || on_off_ratio != 0.0 || stuck_off != 0.0 ||
           stuck_on != 0.0 || drift_mean != 0.0 || drift_sigma != 0.0 || wire_resistance != 0.0;
}

bool DeviceConfig::active() const
{
    return alters_cells() || read_sigma != 0.0 || adc_offset_sigma != 0.0 || adc_inl != 0.0 ||
           adc_sigma != 0.0;
}

void DeviceConfig::validate() const
{
    const auto require = [](bool ok, const char* field, const char* remedy) {
        if (!ok) throw InputError(std::string("device.") + field + ": " + remedy);
    };
    require(device_sigma >= 0.0 && device_sigma <= 2.0, "device_sigma", "must be 0 to 2");
    require(cycle_sigma >= 0.0 && cycle_sigma <= 2.0, "cycle_sigma", "must be 0 to 2");
    require(read_sigma >= 0.0 && read_sigma <= 2.0, "read_sigma", "must be 0 to 2");
    require(on_off_ratio == 0.0 || on_off_ratio > 1.0, "on_off_ratio",
            "must exceed 1, or be 0 for infinite");
    require(stuck_off >= 0.0 && stuck_on >= 0.0 && stuck_off + stuck_on <= 1.0,
            "stuck_off, stuck_on", "probabilities; their sum must not exceed 1");
    require(verify_tolerance >= 0.0 && verify_tries >= 1, "verify_tolerance, verify_tries",
            "must not be negative, and at least one try");
    require(drift_time_s >= 1.0, "drift_time_s", "must be at least 1 s");
    require(drift_mean >= 0.0 && drift_sigma >= 0.0, "drift_mean, drift_sigma",
            "must not be negative");
    require(wire_resistance >= 0.0, "wire_resistance", "must not be negative");
    require(adc_offset_sigma >= 0.0 && adc_sigma >= 0.0, "adc_offset_sigma, adc_sigma",
            "must not be negative");
    require(std::isfinite(adc_inl), "adc_inl", "must be finite");
}

double empty_conductance(const DeviceConfig& device, int top)
{
    return device.on_off_ratio == 0.0 ? 0.0 : top / (device.on_off_ratio - 1.0);
}

ProgrammedCell program_cell(const DeviceConfig& device, const CellSite& site, int digit, int top)
{
    const double empty = empty_conductance(device, top);
    ProgrammedCell cell{digit + empty, 1};
    const double fate = random_uniform(site.key, Draw::stuck);
    if (fate < device.stuck_off + device.stuck_on) {
        cell.conductance = fate < device.stuck_off ? empty : top + empty;
    } else if (device.device_sigma != 0.0 || device.cycle_sigma != 0.0) {
        const double fixed = device.device_sigma * random_normal(site.key, Draw::device);
        double factor = 1.0;
        for (cell.pulses = 1;; ++cell.pulses) {
            const auto draw = Draw::first_cycle + static_cast<std::uint64_t>(cell.pulses);
            factor = std::exp(fixed + device.cycle_sigma * random_normal(site.key, draw));
            const bool good = std::fabs(factor - 1.0) <= device.verify_tolerance;
            if (device.verify_tolerance == 0.0 || good || cell.pulses >= device.verify_tries) break;
        }
        cell.conductance *= factor;
    }
    if (device.drift_mean != 0.0 || device.drift_sigma != 0.0) {
        const double nu = std::max(
            0.0, device.drift_mean + device.drift_sigma * random_normal(site.key, Draw::drift));
        cell.conductance *= std::pow(device.drift_time_s, -nu);
    }
    if (device.wire_resistance != 0.0)
        cell.conductance *= voltage_factor(device.wire_resistance, top / 2.0 + empty, site);
    return cell;
}

}  // namespace imc::crossbar
