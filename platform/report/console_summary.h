// SPDX-License-Identifier: Apache-2.0
/// What `vp run` prints at the end.
#pragma once

#include "report/run_result.h"

#include <string>

namespace imc::report {

/// Figures, energy by component, the slowest layers; ANSI attributes if `color`. Ends with a line
/// break.
std::string console_summary(const RunResult& result, bool color);

}  // namespace imc::report
