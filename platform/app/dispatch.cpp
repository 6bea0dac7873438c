// SPDX-License-Identifier: Apache-2.0
/// From the command line to a command, and from an exception to an exit status.
#include "command.h"
#include "config/errors.h"
#include "config/scenario.h"
#include "reports.h"
#include "version.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <sstream>

namespace imc::app {

namespace {

/// Bad usage: one line, exit 2.
struct UsageError : InputError {
    using InputError::InputError;
};

void declare_common(po::options_description& options)
{
    options.add_options()("help,h", "this text")("quiet,q", "errors and results only")(
        "verbose,v", "say more")("no-color", "no colours on the terminal");
}

std::string overview()
{
    std::string text =
        "vp: virtual platform of accelerators that compute inside memory\n\nusage: vp COMMAND "
        "[arguments]\n\n";
    for (const auto* command : all_commands())
        text += fmt::format("  {:<9} {}\n", command->name, command->summary);
    text +=
        "  test      build and run the tests; arguments go to ctest\n"
        "  lint      static checks beyond format and naming\n\n"
        "`vp COMMAND --help` tells more; `vp --version` prints the version.\n"
        "Exit status: 0 done, 1 the simulated job failed, 2 bad usage or input, 3 internal error, "
        "130 Ctrl-C.\n";
    return text;
}

std::vector<std::string> command_names()
{
    std::vector<std::string> names;
    for (const auto* command : all_commands())
        names.emplace_back(command->name);
    return names;
}

const Command& find_command(const std::string& name)
{
    for (const auto* command : all_commands()) {
        if (name == command->name) return *command;
    }
    const std::string near = config::nearest(name, command_names());
    throw UsageError(
        fmt::format("vp: there is no command '{}'; {}", name,
                    near.empty() ? "`vp help` lists them" : "did you mean '" + near + "'?"));
}

std::string command_help(const Command& command, const po::options_description& options)
{
    std::ostringstream text;
    text << "vp " << command.name << ": " << command.summary << "\n\nusage: vp " << command.name
         << ' ' << command.synopsis << "\n\n"
         << options;
    return text.str();
}

/// Names of all options, with dashes, for suggestions.
std::vector<std::string> option_names(const po::options_description& options)
{
    std::vector<std::string> names;
    for (const auto& option : options.options())
        names.push_back("--" + option->long_name());
    return names;
}

/// The scenario's key that someone means who writes it as `--option`: `--threads` is run.threads,
/// `--host` the first key of host; "" if there is none.
std::string key_named(const std::string& option)
{
    const std::string name = option.substr(std::min(option.find_first_not_of('-'), option.size()));
    const auto depth = [](const std::string& path) {
        return std::count(path.begin(), path.end(), '.');
    };
    std::string found, section;
    for (const auto& key : config::scenario_keys()) {
        if (key.type != "map" && key.path.substr(key.path.rfind('.') + 1) == name &&
            (found.empty() || depth(key.path) < depth(found)))
            found = key.path;
        if (section.empty() && key.path.rfind(name + ".", 0) == 0) section = key.path;
    }
    return found.empty() ? section : found;
}

po::variables_map parse(const Command& command, const std::vector<std::string>& words,
                        const po::options_description& options,
                        const po::positional_options_description& positional)
{
    po::variables_map arguments;
    const std::string hint = fmt::format("`vp {} --help` shows the usage", command.name);
    try {
        po::command_line_parser parser(words);
        parser.options(options).positional(positional);
        parser.style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing);
        po::store(parser.run(), arguments);
        if (!arguments.count("help")) po::notify(arguments);
    } catch (const po::unknown_option& e) {
        const std::string near = config::nearest(e.get_option_name(), option_names(options));
        const bool sets = options.find_nothrow("set", false) != nullptr;
        const std::string key = sets ? key_named(e.get_option_name()) : "";
        throw UsageError(fmt::format("vp {}: there is no option {}; {}", command.name,
                                     e.get_option_name(),
                                     !key.empty()   ? "write --set " + key + "=VALUE"
                                     : near.empty() ? hint
                                                    : "did you mean " + near + "?"));
    } catch (const po::too_many_positional_options_error&) {
        throw UsageError(fmt::format("vp {}: too many arguments; {}", command.name, hint));
    } catch (const po::required_option& e) {
        std::string name = e.get_option_name();
        name.erase(0, name.find_first_not_of('-'));
        throw UsageError(fmt::format("vp {}: {} is missing; {}", command.name, name, hint));
    } catch (const po::error& e) {
        throw UsageError(fmt::format("vp {}: {}; {}", command.name, e.what(), hint));
    }
    return arguments;
}

int run_words(std::vector<std::string> words)
{
    if (words.empty() || words[0] == "help" || words[0] == "--help" || words[0] == "-h") {
        if (words.size() < 2) {
            std::cout << overview();
            return words.empty() ? exit_bad_input : exit_ok;
        }
        words = {words[1], "--help"};
    }
    if (words[0] == "--version") {
        std::cout << "vp " << version() << '\n';
        return exit_ok;
    }
    const Command& command = find_command(words[0]);
    words.erase(words.begin());

    po::options_description own("options");
    po::positional_options_description positional;
    command.declare(own, positional);
    declare_common(own);
    const auto arguments = parse(command, words, own, positional);
    if (arguments.count("help")) {
        std::cout << command_help(command, own);
        return exit_ok;
    }
    TerminalOptions options;
    options.quiet = arguments.count("quiet") != 0;
    options.verbose = arguments.count("verbose") != 0;
    options.color = arguments.count("no-color") == 0;
    show_reports(arguments.count("log") ? arguments["log"].as<std::vector<std::string>>()
                                        : std::vector<std::string>{},
                 options.verbose);
    Terminal terminal(options);
    return command.run(arguments, terminal);
}

}  // namespace

const std::vector<const Command*>& all_commands()
{
    static const std::vector<const Command*> commands{
        &run_command,    &check_command,  &compile_command, &disasm_command,
        &infer_command,  &config_command, &list_command,    &compare_command,
        &report_command, &sweep_command,  &bench_command};
    return commands;
}

int dispatch(int argc, char** argv)
{
    try {
        return run_words(std::vector<std::string>(argv + 1, argv + argc));
    } catch (const config::ConfigError& e) {
        for (const auto& line : e.lines())
            std::cerr << line << '\n';
        return exit_bad_input;
    } catch (const InputError& e) {
        std::cerr << e.what() << '\n';
        return exit_bad_input;
    } catch (const std::bad_alloc&) {
        std::cerr << "vp: out of memory\n";
        return exit_internal;
    } catch (const std::exception& e) {
        std::cerr << "vp: internal error: " << e.what() << '\n';
        return exit_internal;
    }
}

}  // namespace imc::app
