// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run/system.h"

#include <string>

namespace imc::run {

/// What every register and stage holds at the end of a simulation, for `--dump-state`.
std::string state_text(System& system);

}  // namespace imc::run
