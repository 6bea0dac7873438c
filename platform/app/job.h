// SPDX-License-Identifier: Apache-2.0
/// A simulated job as a command runs it: folder aside, progress, Ctrl-C, exit status.
#pragma once

#include "command.h"
#include "run/runner.h"

#include <optional>

namespace imc::app {

struct JobOptions {
    std::string folder;  ///< "" = out/<scenario name>
    const run::ImageSet* images = nullptr;
    bool dump_state = false;
};

struct Job {
    int status = exit_ok;
    run::RunOutcome outcome;
    std::string folder;
};

/// Runs and puts the folder in its place. Throws InputError for bad input; nothing is left behind
/// then.
Job run_job(const config::Scenario& scenario, const JobOptions& options, Terminal& terminal);

}  // namespace imc::app
