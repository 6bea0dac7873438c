// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace imc::app {

/// Release and commit, as in `vp --version` and summary.json.
const char* version();

}  // namespace imc::app
