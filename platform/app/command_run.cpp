// SPDX-License-Identifier: Apache-2.0
#include "job.h"
#include "report/console_summary.h"
#include "reports.h"
#include "scenario_arguments.h"

#include <fmt/format.h>

namespace imc::app {

namespace {

constexpr const char* out_remedy = "name a folder, or leave it out for out/<scenario name>";

void declare(po::options_description& options, po::positional_options_description& positional)
{
    declare_scenario(options, positional);
    declare_run_keys(options);
    options.add_options()("out", po::value<std::string>()->value_name("DIR"),
                          "folder of the run's files; default: out/<scenario name>")(
        "dump-state", "write state.txt: what every stage and register holds at the end");
    declare_log(options);
}

int run_scenario(const po::variables_map& arguments, Terminal& terminal)
{
    const auto scenario = scenario_of(arguments, run_keys(arguments));
    JobOptions options;
    if (arguments.count("out")) options.folder = path_argument(arguments, "out", out_remedy);
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
                          "[--timing-only] [--until TIME] [--dump-state] [--log pattern=level]...",
                          "run a scenario", declare, run_scenario};

}  // namespace imc::app
