// SPDX-License-Identifier: Apache-2.0
/// Ctrl-C: the first one asks the run to end and keep what it has, a second one ends the program at
/// once. Where there is nothing to keep yet, the first one does. What was being written goes.
#pragma once

#include <atomic>
#include <string>

namespace imc::app {

/// Installs the handler for SIGINT and SIGTERM; true after a signal.
const std::atomic<bool>& interrupt_flag();

/// While one lives, a folder with all that is in it goes when a signal ends the program at once.
class RemovedAtInterrupt {
public:
    explicit RemovedAtInterrupt(const std::string& folder);
    ~RemovedAtInterrupt() { forget(); }
    RemovedAtInterrupt(const RemovedAtInterrupt&) = delete;
    RemovedAtInterrupt& operator=(const RemovedAtInterrupt&) = delete;
    /// From now on the folder stays.
    void forget();

private:
    int m_slot = -1;
};

/// From here on there is something to keep: the first signal only asks.
void interrupts_ask(bool ask);

}  // namespace imc::app
