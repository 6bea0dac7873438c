// SPDX-License-Identifier: Apache-2.0
#include "scenario_arguments.h"

#include <fmt/format.h>

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

void declare_run_keys(po::options_description& options)
{
    options.add_options()("images", po::value<std::string>()->value_name("N"), "images to infer")(
        "timing-only",
        "only time and energy are wanted: no reference check (values are computed all the same, as "
        "counts depend on them)")("until", po::value<std::string>()->value_name("TIME"),
                                  "stop at this simulated time, such as '10 us'");
}

KeyArguments run_keys(const po::variables_map& arguments)
{
    KeyArguments keys;
    if (arguments.count("images")) {
        const auto images = arguments["images"].as<std::string>();
        keys.emplace_back("--images " + images, "run.images=" + images);
    }
    if (arguments.count("timing-only")) {
        keys.emplace_back("--timing-only", "run.timing_only=true");
        keys.emplace_back("--timing-only", "run.check=none");
    }
    if (arguments.count("until")) {
        const auto until = arguments["until"].as<std::string>();
        keys.emplace_back("--until " + until, "run.until=" + until);
    }
    return keys;
}

std::string path_argument(const po::variables_map& arguments, const std::string& option,
                          const std::string& remedy)
{
    auto path = arguments[option].as<std::string>();
    if (path.empty()) throw InputError(fmt::format("--{}: is empty; {}", option, remedy));
    return path;
}

config::Scenario scenario_of(const po::variables_map& arguments, const KeyArguments& extra,
                             bool needs_network)
{
    config::LoadOptions options;
    options.needs_network = needs_network;
    if (arguments.count("set")) options.overrides = arguments["set"].as<std::vector<std::string>>();
    options.arguments = extra;
    const auto path = arguments["scenario"].as<std::string>();
    if (path.empty())
        throw InputError(
            "the scenario's name is empty; give the path of a YAML file (`vp list "
            "scenarios`)");
    auto scenario = config::load_scenario(path, options);
    if (arguments.count("until") && scenario.config.run.until_ps == 0)
        throw InputError(
            fmt::format("--until {}: nothing would be simulated; write a time such as "
                        "'10 us', or leave it out",
                        arguments["until"].as<std::string>()));
    return scenario;
}

}  // namespace imc::app
