// SPDX-License-Identifier: Apache-2.0
/// The scenario's words as the compiler's options.
#pragma once

#include "compiler/map/options.h"
#include "compiler/quantize/options.h"
#include "config/run_config.h"

namespace imc::run {

compiler::QuantOptions quant_options(const config::RunConfig& config);
compiler::MapOptions map_options(const config::RunConfig& config);

}  // namespace imc::run
