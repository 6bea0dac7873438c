// SPDX-License-Identifier: Apache-2.0
#include "scenario_arguments.h"

namespace imc::app {

void declare_scenario(po::options_description& options,
                      po::positional_options_description& positional)
{
    options.add_options()("scenario", po::value<std::string>()->required()->value_name("S.yaml"),
                          "the scenario")(
        "set", po::value<std::vector<std::string>>()->value_name("key.path=value"),
        "override a key of the scenario; may be repeated");
    positional.add("scenario", 1);
}

config::Scenario scenario_of(const po::variables_map& arguments, const KeyArguments& extra,
                             bool needs_network)
{
    config::LoadOptions options;
    options.needs_network = needs_network;
    if (arguments.count("set")) options.overrides = arguments["set"].as<std::vector<std::string>>();
    options.arguments = extra;
    return config::load_scenario(arguments["scenario"].as<std::string>(), options);
}

}  // namespace imc::app
