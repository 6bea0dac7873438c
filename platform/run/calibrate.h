// SPDX-License-Identifier: Apache-2.0
/// Ranges of activations from images, by the scenario's method.
#pragma once

#include "compiler/float_eval/ranges.h"
#include "compiler/quantize/calibration.h"
#include "config/run_config.h"

#include <string>
#include <vector>

namespace imc::run {

/// Range that the method takes from a histogram. `mse` tries clipped ranges and keeps the one with
/// the least squared error at `bits` (half the sum over bins of count x error^2 of the bin's
/// centre).
compiler::ValueRange range_of(const compiler::Histogram& histogram,
                              const config::CalibrationConfig& config, unsigned bits);

/// The scenario's calibration images as the quantiser asks for them; without any the dataset's
/// first ones, else one seeded image. `used` gets in words what was taken, and stays as it is where
/// the network brings all ranges. `config` and `used` must outlive the result.
compiler::CalibrationSource calibration_source(const config::RunConfig& config, std::string& used);

}  // namespace imc::run
