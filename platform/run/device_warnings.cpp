// SPDX-License-Identifier: Apache-2.0
#include "run/device_warnings.h"

namespace imc::run {

namespace {

/// True if some columns are converted alone: no second cell takes off what an empty one conducts.
bool has_single_columns(const config::RunConfig& config)
{
    const auto& q = config.quantization;
    if (config.platform.crossbar.sign == crossbar::SignMode::diff_digital) return true;
    return q.scheme == config::Scheme::column &&
           (q.column.split_polarity || q.weight_bits > q.column.cell_bits);
}

}  // namespace

std::vector<std::string> device_warnings(const config::RunConfig& config)
{
    const auto& d = config.platform.crossbar.device;
    const bool singles = has_single_columns(config);
    const bool written = d.device_sigma != 0.0 || d.cycle_sigma != 0.0;
    const bool drifts = d.drift_mean != 0.0 || d.drift_sigma != 0.0;
    const bool aged = drifts && d.drift_time_s > 1.0;
    const bool varies = written || d.read_sigma != 0.0 || d.wire_resistance != 0.0 ||
                        (aged && d.drift_sigma != 0.0);
    std::vector<std::string> lines;
    const auto warn = [&](bool idle, const char* key, const char* why) {
        if (idle)
            lines.push_back(std::string("platform.crossbar.device.") + key +
                            " changes nothing here: " + why);
    };
    warn(d.on_off_ratio != 0.0 && !varies && !(singles && (aged || !d.compensate_offset)),
         "on_off_ratio",
         "cells that all conduct what they should leave nothing of it after the subtraction of "
         "pairs and of the ideal dummy column");
    warn(d.verify_tolerance != 0.0 && !written && d.stuck_off + d.stuck_on == 0.0,
         "verify_tolerance", "every write succeeds without device_sigma or cycle_sigma");
    warn(d.verify_tolerance == 0.0 && d.verify_tries != crossbar::DeviceConfig{}.verify_tries,
         "verify_tries", "nothing is verified without verify_tolerance");
    warn(!d.compensate_offset && d.on_off_ratio == 0.0, "compensate_offset",
         "empty cells conduct nothing without on_off_ratio");
    warn(!d.compensate_offset && d.on_off_ratio != 0.0 && !singles, "compensate_offset",
         "all columns are pairs, which need no dummy column");
    warn(drifts && d.drift_time_s == 1.0, d.drift_mean != 0.0 ? "drift_mean" : "drift_sigma",
         "drift begins after drift_time_s: 1");
    warn(!drifts && d.drift_time_s != 1.0, "drift_time_s",
         "cells do not drift without drift_mean or drift_sigma");
    return lines;
}

}  // namespace imc::run
