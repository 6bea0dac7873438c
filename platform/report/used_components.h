// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report/run_result.h"

namespace imc::report {

/// Takes out the components that the run had no use for: no event, no time, no energy, no bytes
/// and no area, such as the sample-and-holds of arrays that have none.
void keep_used_components(RunResult& result);

}  // namespace imc::report
