// SPDX-License-Identifier: Apache-2.0
/// The arguments that every command with a scenario shares.
#pragma once

#include "command.h"
#include "config/scenario.h"

namespace imc::app {

/// `scenario` (positional) and `--set`.
void declare_scenario(po::options_description& options,
                      po::positional_options_description& positional);

/// Arguments that stand for keys: each as errors show it, and as `key.path=value`.
using KeyArguments = std::vector<std::pair<std::string, std::string>>;

/// `--images`, `--timing-only` and `--until`, of runs and sweeps.
void declare_run_keys(po::options_description& options);

/// The keys that they stand for, as far as they were given.
KeyArguments run_keys(const po::variables_map& arguments);

/// The path given with `--option`. Throws InputError if it is empty; `remedy` says what to write.
std::string path_argument(const po::variables_map& arguments, const std::string& option,
                          const std::string& remedy);

/// The scenario of the arguments, with its overrides and those of `extra`.
config::Scenario scenario_of(const po::variables_map& arguments, const KeyArguments& extra = {},
                             bool needs_network = true);

}  // namespace imc::app
