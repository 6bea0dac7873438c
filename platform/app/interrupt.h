// SPDX-License-Identifier: Apache-2.0
/// Ctrl-C: the first one asks the run to end and keep what it has, a second one ends the program at
/// once.
#pragma once

#include <atomic>

namespace imc::app {

/// Installs the handler for SIGINT and SIGTERM; true after a signal.
const std::atomic<bool>& interrupt_flag();

}  // namespace imc::app
