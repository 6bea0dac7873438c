// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "common/error.h"
#include "report/summary.h"
#include "report/text_file.h"
#include "run/sweep.h"
#include "scenario_arguments.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

namespace imc::app {

namespace {

namespace fs = std::filesystem;

void declare(po::options_description& options, po::positional_options_description& positional)
{
    declare_scenario(options, positional);
    options.add_options()(
        "vary", po::value<std::vector<std::string>>()->required()->value_name("KEY=V1,V2,..."),
        "a key and its values; several make a grid")(
        "out", po::value<std::string>()->value_name("DIR"),
        "folder of the sweep; default: out/sweep_<scenario name>")(
        "jobs,j", po::value<unsigned>()->default_value(0)->value_name("N"),
        "runs at a time; 0 = one a core");
}

/// A run of this program in a process of its own, its messages in the point's log.
class Child {
public:
    Child(const std::string& scenario, const std::vector<std::string>& overrides,
          const fs::path& folder)
    {
        std::vector<std::string> words{
            fs::read_symlink("/proc/self/exe"), "run", scenario, "--quiet", "--out", folder};
        for (const auto& text : overrides)
            words.insert(words.end(), {"--set", text});
        std::vector<char*> arguments;
        for (auto& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const std::string log = folder.string() + ".log";
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                         0644);
        posix_spawn_file_actions_adddup2(&actions, 1, 2);
        const int status =
            posix_spawn(&m_pid, arguments[0], &actions, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        if (status != 0)
            throw InputError(fmt::format("sweep: cannot start a run: {}", std::strerror(status)));
    }
    pid_t pid() const { return m_pid; }

private:
    pid_t m_pid = 0;
};

/// The summary of a point that ran before, if it ended well.
std::optional<report::RunResult> finished(const fs::path& folder)
{
    if (!fs::exists(folder / "summary.json")) return std::nullopt;
    auto result = report::read_summary(folder);
    if (result.status != report::Status::ok) return std::nullopt;
    return result;
}

int sweep(const po::variables_map& arguments, Terminal& terminal)
{
    const auto scenario = scenario_of(arguments, {});
    std::vector<run::Axis> axes;
    for (const auto& text : arguments["vary"].as<std::vector<std::string>>())
        axes.push_back(run::parse_axis(text));
    const auto points = run::grid(axes);
    for (const auto& point : points)
        scenario_of(arguments,
                    point.overrides);  // bad keys and values are found before anything runs
    const fs::path out = arguments.count("out") ? arguments["out"].as<std::string>()
                                                : "out/sweep_" + scenario.config.name;
    fs::create_directories(out / "points");
    const auto given = arguments.count("set") ? arguments["set"].as<std::vector<std::string>>()
                                              : std::vector<std::string>{};

    const unsigned asked = arguments["jobs"].as<unsigned>();
    const std::size_t jobs = asked != 0 ? asked : std::max(1u, std::thread::hardware_concurrency());
    std::map<pid_t, std::size_t> running;
    std::size_t done = 0, next = 0;
    const auto reap = [&] {
        int status = 0;
        const pid_t pid = waitpid(-1, &status, 0);
        const auto child = running.find(pid);
        if (child == running.end()) return;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            terminal.warn(fmt::format("{}: failed, see {}.log", points[child->second].folder,
                                      (out / "points" / points[child->second].folder).string()));
        running.erase(child);
        terminal.progress("sweeping", ++done, points.size());
    };
    for (; next < points.size(); ++next) {
        const fs::path folder = out / "points" / points[next].folder;
        if (finished(folder)) {  // an earlier sweep got this far
            terminal.progress("sweeping", ++done, points.size());
            continue;
        }
        auto overrides = given;
        overrides.insert(overrides.end(), points[next].overrides.begin(),
                         points[next].overrides.end());
        running[Child(scenario.config.scenario_path, overrides, folder).pid()] = next;
        if (running.size() == jobs) reap();
    }
    while (!running.empty())
        reap();
    terminal.end_progress();

    std::vector<run::Outcome> outcomes;
    std::size_t failed = 0;
    for (const auto& point : points) {
        outcomes.push_back({point, finished(out / "points" / point.folder)});
        failed += !outcomes.back().result;
    }
    const std::string csv = run::sweep_csv(axes, outcomes);
    report::write_text_file(out / "sweep.csv", csv);
    report::write_text_file(out / "sweep.html",
                            run::sweep_html(scenario.config.name, axes, outcomes));
    terminal.print(csv);
    terminal.say(fmt::format("{} of {} points; table and charts: {}/sweep.csv, sweep.html",
                             points.size() - failed, points.size(), out.string()));
    return failed == 0 ? exit_ok : exit_failed;
}

}  // namespace

const Command sweep_command{
    "sweep",
    "S.yaml --vary KEY=V1,V2,... [--vary ...] [--set key.path=value]... [--jobs N] [--out DIR]",
    "run a scenario over a grid of keys; resumes where it was stopped", declare, sweep};

}  // namespace imc::app
