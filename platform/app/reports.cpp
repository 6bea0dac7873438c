// SPDX-License-Identifier: Apache-2.0
#include "reports.h"

#include "common/error.h"
#include "common/module/report.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace imc::app {

namespace {

const std::vector<std::string> level_names{"off", "warning", "info", "debug"};

enum class Level { off, warning, info, debug };

struct Rule {
    std::string pattern;
    Level level = Level::off;
};

/// Of the process, as SystemC's report handler is.
std::vector<Rule>& rules()
{
    static std::vector<Rule> all;
    return all;
}

bool fits(const std::string& pattern, const char* id)
{
    return fnmatch(pattern.c_str(), id, 0) == 0;
}

Level level_of(const char* id)
{
    for (auto rule = rules().rbegin(); rule != rules().rend(); ++rule)
        if (fits(rule->pattern, id)) return rule->level;
    return Level::off;
}

Level level_of(const sc_core::sc_report& report)
{
    if (report.get_severity() == sc_core::SC_WARNING) return Level::warning;
    return report.get_verbosity() > sc_core::SC_MEDIUM ? Level::debug : Level::info;
}

void show(const sc_core::sc_report& report, const sc_core::sc_actions& actions)
{
    if (report.get_severity() > sc_core::SC_WARNING)
        return sc_core::sc_report_handler::default_handler(report, actions);
    if (level_of(report) > level_of(report.get_msg_type())) return;
    fmt::print(stderr, "{:.6f} us  {}: {}\n", report.get_time().to_seconds() * 1e6,
               report.get_msg_type(), report.get_msg());
}

Rule parse(const std::string& text)
{
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0)
        throw InputError(fmt::format(
            "--log {}: is not pattern=level; write such as --log '/imcvp/host/*=debug'", text));
    const std::string pattern = text.substr(0, equals), name = text.substr(equals + 1);
    const auto level = std::find(level_names.begin(), level_names.end(), name);
    if (level == level_names.end())
        throw InputError(fmt::format("--log {}: there is no level '{}'; levels are {}", text, name,
                                     fmt::join(level_names, ", ")));
    const auto& ids = report_id::all;
    if (std::none_of(std::begin(ids), std::end(ids),
                     [&](const char* id) { return fits(pattern, id); }))
        throw InputError(fmt::format("--log {}: no report's id fits '{}'; ids are {}", text,
                                     pattern, fmt::join(ids, ", ")));
    return {pattern, static_cast<Level>(level - level_names.begin())};
}

}  // namespace

void declare_log(po::options_description& options)
{
    options.add_options()(
        "log", po::value<std::vector<std::string>>()->value_name("pattern=level"),
        "reports of models and host on stderr whose id fits the pattern (with * and ?), at level "
        "off, warning, info or debug; may be repeated, the last that fits decides");
}

void install_report_handler()
{
    sc_core::sc_report_handler::set_handler(show);
}

void show_reports(const std::vector<std::string>& texts, bool verbose)
{
    rules().clear();
    if (verbose) rules().push_back({"*", Level::info});
    for (const auto& text : texts)
        rules().push_back(parse(text));
    const bool debug = std::any_of(rules().begin(), rules().end(),
                                   [](const Rule& rule) { return rule.level == Level::debug; });
    sc_core::sc_report_handler::set_verbosity_level(debug ? sc_core::SC_DEBUG : sc_core::SC_MEDIUM);
}

}  // namespace imc::app
