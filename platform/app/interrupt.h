// SPDX-License-Identifier: Apache-2.0
/// Ctrl-C: the first one asks the run to end and keep what it has, a second one ends the program at
/// once. Where nothing can ask, the first one does. What was being written goes, or, where it
/// was said to be whole, is put in its place.
#pragma once

#include <atomic>
#include <csignal>
#include <string>

namespace imc::app {

/// Installs the handler for SIGINT and SIGTERM; true after a signal.
const std::atomic<bool>& interrupt_flag();

/// While one lives, signals wait: for files that must be whole when one ends the program.
class InterruptsHeld {
public:
    InterruptsHeld();
    ~InterruptsHeld();
    InterruptsHeld(const InterruptsHeld&) = delete;
    InterruptsHeld& operator=(const InterruptsHeld&) = delete;

private:
    sigset_t m_before;
};

/// While one lives, a folder with all that is in it goes when a signal ends the program at once.
class RemovedAtInterrupt {
public:
    explicit RemovedAtInterrupt(const std::string& folder);
    ~RemovedAtInterrupt() { forget(); }
    RemovedAtInterrupt(const RemovedAtInterrupt&) = delete;
    RemovedAtInterrupt& operator=(const RemovedAtInterrupt&) = delete;
    /// From now on the folder stays.
    void forget();
    /// From now on the folder takes the place of `target`, which may exist, instead of going.
    void publish_as(const std::string& target);
    /// It goes again.
    void withhold();

private:
    int m_slot = -1;
};

/// From here on there is something to keep: the first signal only asks.
void interrupts_ask(bool ask);

}  // namespace imc::app
