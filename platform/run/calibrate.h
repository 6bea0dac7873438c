// SPDX-License-Identifier: Apache-2.0
/// Ranges of activations from images, by the scenario's method.
#pragma once

#include "compiler/float_eval/ranges.h"
#include "compiler/quantize/calibration.h"
#include "config/run_config.h"

#include <vector>

namespace imc::run {

/// Range that the method takes from a histogram. `mse` tries clipped ranges and keeps the one with
/// the least squared error at `bits` (half the sum over bins of count x error^2 of the bin's
/// centre).
compiler::ValueRange range_of(const compiler::Histogram& histogram,
                              const config::CalibrationConfig& config, unsigned bits);

/// The scenario's calibration images (or one seeded image) as the quantiser asks for them. `config`
/// must outlive the result.
compiler::CalibrationSource calibration_source(const config::RunConfig& config);

}  // namespace imc::run
