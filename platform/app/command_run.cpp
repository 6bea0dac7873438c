// SPDX-License-Identifier: Apache-2.0
#include "job.h"
#include "report/console_summary.h"
#include "reports.h"
#include "scenario_arguments.h"

#include <fmt/format.h>

namespace imc::app {

namespace {

void declare(po::options_description& options, po::positional_options_description& positional)
{
    declare_scenario(options, positional);
    options.add_options()("out", po::value<std::string>()->value_name("DIR"),
                          "folder of the run's files; default: out/<scenario name>")(
        "images", po::value<unsigned>()->value_name("N"), "images to infer")(
        "timing-only",
        "only time and energy are wanted: no reference check (values are computed all the same, as "
        "counts depend on them)")("until", po::value<std::string>()->value_name("TIME"),
                                  "stop at this simulated time, such as '10 us'")(
        "dump-state", "write state.txt: what every stage and register holds at the end");
    declare_log(options);
}

KeyArguments overrides_of(const po::variables_map& arguments)
{
    KeyArguments overrides;
    if (arguments.count("images")) {
        const unsigned images = arguments["images"].as<unsigned>();
        overrides.emplace_back(fmt::format("--images {}", images),
                               fmt::format("run.images={}", images));
    }
    if (arguments.count("timing-only")) {
        overrides.emplace_back("--timing-only", "run.timing_only=true");
        overrides.emplace_back("--timing-only", "run.check=none");
    }
    if (arguments.count("until")) {
        const std::string until = arguments["until"].as<std::string>();
        overrides.emplace_back("--until " + until, "run.until=" + until);
    }
    return overrides;
}

int run_scenario(const po::variables_map& arguments, Terminal& terminal)
{
    const auto scenario = scenario_of(arguments, overrides_of(arguments));
    JobOptions options;
    if (arguments.count("out")) options.folder = arguments["out"].as<std::string>();
    options.dump_state = arguments.count("dump-state") != 0;
    const Job job = run_job(scenario, options, terminal);
    if (!terminal.quiet()) {
        terminal.print(report::console_summary(job.outcome.result, terminal.color_on_stdout()));
        terminal.say(fmt::format("files: {}/", job.folder));
    }
    return job.status;
}

}  // namespace

const Command run_command{"run",
                          "S.yaml [--set key.path=value]... [--out DIR] [--images N] "
                          "[--timing-only] [--log pattern=level]...",
                          "run a scenario", declare, run_scenario};

}  // namespace imc::app
