// SPDX-License-Identifier: Apache-2.0
/// The arguments that every command with a scenario shares.
#pragma once

#include "command.h"
#include "config/scenario.h"

namespace imc::app {

/// `scenario` (positional) and `--set`.
void declare_scenario(po::options_description& options,
                      po::positional_options_description& positional);

/// The scenario of the arguments, with its overrides and those of `extra`.
config::Scenario scenario_of(const po::variables_map& arguments,
                             const std::vector<std::string>& extra = {}, bool needs_network = true);

/// Folder with scenarios, platforms, technologies and networks: `scenarios` below $VP_ROOT, or
/// below the working folder.
std::string scenario_folder();

}  // namespace imc::app
