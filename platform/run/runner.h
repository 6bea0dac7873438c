// SPDX-License-Identifier: Apache-2.0
/// A scenario from its configuration to its results.
#pragma once

#include "report/run_result.h"
#include "run/compile.h"
#include "run/host_cpu.h"
#include "run/images.h"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace imc::run {

struct RunOptions {
    Progress progress;
    std::function<void(char)> console;  ///< a byte that the firmware printed
    const std::atomic<bool>* interrupted =
        nullptr;                     ///< Ctrl-C: end at the next look, results so far are kept
    std::function<void()> compiled;  ///< from here on an interruption leaves results
    HostFactory make_cpu;
    std::string folder;   ///< where the files go; it exists
    std::string command;  ///< for the report
    std::string version;
    const ImageSet* images = nullptr;  ///< the file's input, instead of the scenario's (`vp infer`)
    bool dump_state = false;           ///< write state.txt: every stage and register at the end
};

struct RunOutcome {
    report::RunResult result;
    std::vector<std::size_t> output_shape;  ///< of one image, as the model gives it
    std::vector<float> outputs;             ///< images x output
};

/// Compiles, simulates, compares with the reference and writes the run's files into
/// `options.folder`. One run a process (SystemC). Throws InputError for bad input; a job that fails
/// has result.status and status_reason.
RunOutcome run(const config::Scenario& scenario, const RunOptions& options);

}  // namespace imc::run
