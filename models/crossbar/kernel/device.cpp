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

/// Multiplies the conductance by what becomes of it in writing; tuned to its target if `tuned` and
/// verified. Logarithms: an attempt gives aim + own + cycle, and the next aim is minus the mean of
/// own + cycle over the attempts so far.
void write(const DeviceConfig& device, std::uint64_t key, bool tuned, ProgrammedCell& cell)
{
    const double own = device.device_sigma * random_normal(key, Draw::device);
    double factor = 1.0, answers = 0.0, aim = 0.0;
    for (cell.attempts = 1;; ++cell.attempts) {
        const auto draw = Draw::first_cycle + static_cast<std::uint64_t>(cell.attempts);
        const double answer = own + device.cycle_sigma * random_normal(key, draw);
        factor = std::exp(answer + aim);
        const bool good = std::fabs(factor - 1.0) <= device.verify_tolerance;
        if (!tuned || device.verify_tolerance == 0.0 || good ||
            cell.attempts >= device.verify_tries)
            break;
        answers += answer;
        aim = -answers / cell.attempts;
    }
    cell.conductance *= factor;
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

std::vector<DeviceConfig::Fault> DeviceConfig::faults() const
{
    std::vector<Fault> found;
    const auto require = [&](bool ok, const char* field, const char* remedy) {
        if (!ok) found.push_back({field, remedy});
    };
    require(device_sigma >= 0.0 && device_sigma <= 2.0, "device_sigma", "must be 0 to 2");
    require(cycle_sigma >= 0.0 && cycle_sigma <= 2.0, "cycle_sigma", "must be 0 to 2");
    require(read_sigma >= 0.0 && read_sigma <= 2.0, "read_sigma", "must be 0 to 2");
    require(on_off_ratio == 0.0 || on_off_ratio > 1.0, "on_off_ratio",
            "must exceed 1, or be 0 for infinite");
    require(stuck_off >= 0.0 && stuck_off <= 1.0, "stuck_off", "must be 0 to 1");
    require(stuck_on >= 0.0 && stuck_off + stuck_on <= 1.0, "stuck_on",
            "must be 0 to 1 - stuck_off: a cell has one fault");
    require(verify_tolerance >= 0.0, "verify_tolerance", "must not be negative");
    require(verify_tries >= 1, "verify_tries", "must be at least 1");
    require(drift_time_s >= 1.0, "drift_time_s", "must be at least 1 s");
    require(drift_mean >= 0.0, "drift_mean", "must not be negative");
    require(drift_sigma >= 0.0, "drift_sigma", "must not be negative");
    require(wire_resistance >= 0.0, "wire_resistance", "must not be negative");
    require(adc_offset_sigma >= 0.0, "adc_offset_sigma", "must not be negative");
    require(adc_sigma >= 0.0, "adc_sigma", "must not be negative");
    require(std::isfinite(adc_inl), "adc_inl", "must be finite");
    return found;
}

void DeviceConfig::validate() const
{
    const auto found = faults();
    if (!found.empty())
        throw InputError("device." + found.front().field + ": " + found.front().remedy);
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
        const double held = fate < device.stuck_off ? empty : top + empty;
        const double error = std::fabs(held - cell.conductance);
        const bool tried_on = device.verify_tolerance != 0.0 && digit != 0 &&
                              error > device.verify_tolerance * cell.conductance;
        cell = {held, tried_on ? device.verify_tries : 1};
    } else if (device.device_sigma != 0.0 || device.cycle_sigma != 0.0) {
        write(device, site.key, digit != 0, cell);
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
