// SPDX-License-Identifier: Apache-2.0
/// A command of the `vp` program: its options, its help, what it does.
#pragma once

#include "terminal.h"

#include <boost/program_options.hpp>

#include <string>
#include <vector>

namespace imc::app {

namespace po = boost::program_options;

/// Exit statuses (contracts of the command line, docs/commands.md).
enum Exit {
    exit_ok = 0,
    exit_failed = 1,
    exit_bad_input = 2,
    exit_internal = 3,
    exit_interrupted = 130
};

struct Command {
    const char* name;
    const char* synopsis;  ///< arguments as the usage line shows them
    const char* summary;   ///< one line
    /// Adds the command's options; positional arguments go to options of the same names.
    void (*declare)(po::options_description& options,
                    po::positional_options_description& positional);
    int (*run)(const po::variables_map& arguments, Terminal& terminal);
};

extern const Command run_command, check_command, compile_command, disasm_command, infer_command,
    config_command, list_command, compare_command, report_command, bench_command, sweep_command;

/// Every command, in the order of the help text.
const std::vector<const Command*>& all_commands();

/// Parses and runs; exceptions become messages and an exit status.
int dispatch(int argc, char** argv);

}  // namespace imc::app
