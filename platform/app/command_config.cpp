// SPDX-License-Identifier: Apache-2.0
#include "scenario_arguments.h"

#include <fmt/format.h>

namespace imc::app {

namespace {

void declare(po::options_description& options, po::positional_options_description& positional)
{
    options.add_options()("scenario", po::value<std::string>()->value_name("S.yaml"),
                          "the scenario")(
        "set", po::value<std::vector<std::string>>()->value_name("key.path=value"),
        "override a key of the scenario; may be repeated")("lock", "print it as a lock file")(
        "keys", "print every key with type, range and default instead, as a Markdown table");
    positional.add("scenario", 1);
}

std::string escaped(std::string text)
{
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.replace(at, 1, "\\|");
    return text;
}

std::string key_table()
{
    std::string text = "| key | type | unit | default | meaning |\n|---|---|---|---|---|\n";
    for (const auto& key : config::scenario_keys())
        text += fmt::format("| `{}` | {} | {} | {} | {} |\n", key.path, escaped(key.type), key.unit,
                            escaped(key.fallback), escaped(key.help));
    return text;
}

std::string effective(const config::Scenario& scenario)
{
    std::string text;
    for (const auto& setting : scenario.settings()) {
        const std::string value = setting.value.empty() ? "(not set)" : setting.value;
        const std::string with_unit = setting.unit.empty() ? value : value + " " + setting.unit;
        text += fmt::format("{:<44} {:<28} # {}\n", setting.path, with_unit,
                            scenario.origin(setting.path));
    }
    return text;
}

int show(const po::variables_map& arguments, Terminal& terminal)
{
    if (arguments.count("keys")) {
        terminal.print(key_table());
        return exit_ok;
    }
    if (!arguments.count("scenario"))
        throw InputError("vp config: scenario is missing; `vp config --help` shows the usage");
    const auto scenario = scenario_of(arguments, {}, false);
    terminal.print(arguments.count("lock") ? config::lock_text(scenario) : effective(scenario));
    return exit_ok;
}

}  // namespace

const Command config_command{
    "config", "S.yaml [--set key.path=value]... | --keys",
    "the whole effective configuration, with every default and where it came from", declare, show};

}  // namespace imc::app
