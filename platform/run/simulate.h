// SPDX-License-Identifier: Apache-2.0
/// Lets a built system run until its firmware has finished, or something ends it earlier.
#pragma once

#include "report/run_result.h"
#include "run/compile.h"
#include "run/system.h"

#include <atomic>
#include <string>

namespace imc::run {

struct SimulateOptions {
    std::uint64_t images = 1;
    std::uint64_t watchdog_ps = 0;  ///< simulated time without a finished image; 0 = never
    std::uint64_t until_ps = 0;     ///< 0 = to the end
    const std::atomic<bool>* interrupted = nullptr;
    Progress progress;
};

struct Simulated {
    report::Status status = report::Status::ok;
    std::string reason;                  ///< one line; "" if all is well
    std::vector<std::string> diagnosis;  ///< who waits for what, where it starved or hung
    std::uint64_t end_ps = 0;
    std::uint64_t deltas = 0;
};

Simulated simulate(System& system, const SimulateOptions& options);

}  // namespace imc::run
