// SPDX-License-Identifier: Apache-2.0
#include "scenario_arguments.h"

#include <fmt/format.h>

namespace imc::app {

namespace {

int check(const po::variables_map& arguments, Terminal& terminal)
{
    const auto scenario = scenario_of(arguments);
    terminal.say(fmt::format("{}: nothing wrong", scenario.config.scenario_path));
    return exit_ok;
}

}  // namespace

const Command check_command{"check", "S.yaml [--set key.path=value]...",
                            "validate a scenario without running it; every error at once",
                            declare_scenario, check};

}  // namespace imc::app
