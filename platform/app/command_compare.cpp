// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "report/compare.h"
#include "report/html_report.h"
#include "report/text_file.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

namespace imc::app {

namespace {

void declare_compare(po::options_description& options,
                     po::positional_options_description& positional)
{
    options.add_options()("run",
                          po::value<std::vector<std::string>>()->required()->value_name("RUN"),
                          "folders of runs; ratios are to the first")("json", "print JSON")(
        "html", po::value<std::string>()->value_name("FILE"), "write a page with the comparison");
    positional.add("run", -1);
}

int compare(const po::variables_map& arguments, Terminal& terminal)
{
    const auto runs = report::read_runs(arguments["run"].as<std::vector<std::string>>());
    if (arguments.count("html")) {
        const std::string path = arguments["html"].as<std::string>();
        report::write_text_file(path, report::compare_html(runs));
        terminal.say(path);
    }
    terminal.print(arguments.count("json") ? report::compare_json(runs).dump(2) + "\n"
                                           : report::compare_text(runs));
    return exit_ok;
}

void declare_report(po::options_description& options,
                    po::positional_options_description& positional)
{
    options.add_options()("run", po::value<std::string>()->required()->value_name("RUN"),
                          "folder of a run");
    positional.add("run", 1);
}

int rebuild(const po::variables_map& arguments, Terminal& terminal)
{
    const std::string folder = arguments["run"].as<std::string>();
    report::rebuild_report(folder);
    terminal.say(folder + "/report.html");
    return exit_ok;
}

}  // namespace

const Command compare_command{"compare", "RUN_A RUN_B... [--json] [--html FILE]",
                              "runs side by side, with ratios", declare_compare, compare};

const Command report_command{"report", "RUN", "rebuild the HTML report of a run", declare_report,
                             rebuild};

}  // namespace imc::app
