// SPDX-License-Identifier: Apache-2.0
#include "child.h"
#include "common/crc32.h"
#include "interrupt.h"
#include "report/summary.h"
#include "report/text_file.h"
#include "scenario_arguments.h"
#include "sweep_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <map>
#include <thread>
#include <utility>

namespace imc::app {

namespace {

namespace fs = std::filesystem;

void declare(po::options_description& options, po::positional_options_description& positional)
{
    declare_scenario(options, positional);
    declare_run_keys(options);
    options.add_options()("grid",
                          po::value<std::vector<std::string>>()->value_name("key.path=v1,v2"),
                          "values of a key; every combination of all --grid options is run")(
        "list", po::value<std::string>()->value_name("FILE"),
        "a point a line: overrides separated by blanks; of several values (key.path=v1,v2) every "
        "combination")("average", po::value<std::vector<std::string>>()->value_name("key.path"),
                       "points that differ in this key alone (a seed) make one row, their mean")(
        "jobs,j", po::value<std::string>()->value_name("N"),
        "processes side by side; default: one a core")(
        "out", po::value<std::string>()->value_name("DIR"), "default: out/<scenario name>_sweep");
}

std::vector<SweepPoint> points_of(const po::variables_map& arguments)
{
    if (arguments.count("grid") + arguments.count("list") != 1)
        throw InputError("vp sweep: give --grid key.path=v1,v2 (may be repeated) or --list FILE");
    if (arguments.count("list")) return list_points(arguments["list"].as<std::string>());
    std::vector<SweepAxis> axes;
    for (const auto& text : arguments["grid"].as<std::vector<std::string>>())
        axes.push_back(parse_axis(text));
    return grid_points(axes);
}

/// How many processes: `--jobs`, or one a core.
unsigned jobs_of(const po::variables_map& arguments)
{
    if (!arguments.count("jobs")) return std::max(1u, std::thread::hardware_concurrency());
    constexpr unsigned most = 1024;
    const auto text = arguments["jobs"].as<std::string>();
    unsigned jobs = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), jobs);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || jobs < 1 || jobs > most)
        throw InputError(fmt::format(
            "--jobs {}: is no number of processes; write 1 to {}, or leave it out for one a core",
            text, most));
    return jobs;
}

struct Work {
    SweepPoint point;
    std::string
        folder;  ///< named after the point's whole configuration: what is there is not run again
    bool done = false;
};

class Sweep {
public:
    Sweep(const po::variables_map& arguments, Terminal& terminal)
        : m_arguments(arguments), m_fixed(run_keys(arguments)), m_terminal(terminal)
    {
    }

    int run()
    {
        prepare();
        const auto& flag = interrupt_flag();
        interrupts_ask(true);
        std::size_t next = 0;
        while ((next < m_work.size() && !flag) || !m_running.empty()) {
            while (next < m_work.size() && m_running.size() < m_jobs && !flag)
                start(m_work[next++]);
            if (flag) stop_children();
            if (!m_running.empty()) finish_one();
        }
        m_terminal.end_progress();
        if (flag) {
            m_terminal.say("stopped; the same command goes on where it was");
            return exit_interrupted;
        }
        return write();
    }

private:
    /// Loads every point first, so that a wrong key is known before hours are spent.
    void prepare()
    {
        m_jobs = jobs_of(m_arguments);
        const auto base = scenario_of(m_arguments, m_fixed);
        m_name = base.config.name;
        m_folder = m_arguments.count("out")
                       ? path_argument(m_arguments, "out", "name a folder, or leave it out")
                       : "out/" + m_name + "_sweep";
        for (const auto& point : points_of(m_arguments)) {
            KeyArguments swept = m_fixed;
            for (const std::string& override : point) {
                refuse_twice(override);
                swept.emplace_back("sweep " + override, override);
            }
            const std::string lock = config::lock_text(scenario_of(m_arguments, swept));
            const auto crc = crc32(lock.data(), lock.size());
            Work work{point, fmt::format("{}/{:08x}", m_folder, crc), false};
            work.done = is_done(work.folder);
            m_finished += work.done;
            m_work.push_back(std::move(work));
        }
        std::error_code code;
        fs::create_directories(m_folder, code);
        if (code)
            throw InputError(m_folder + ": cannot be made (" + code.message() +
                             "); name another with --out");
        if (m_finished)
            m_terminal.say(
                fmt::format("{} of {} points are there already", m_finished, m_work.size()));
    }

    /// A key cannot be swept and be fixed by an option.
    void refuse_twice(const std::string& override) const
    {
        const auto key = override.substr(0, override.find('=') + 1);
        for (const auto& [option, fixed] : m_fixed)
            if (fixed.rfind(key, 0) == 0)
                throw InputError(fmt::format("{}: the sweep changes {} itself; leave one out",
                                             option, key.substr(0, key.size() - 1)));
    }

    /// A run that was interrupted has a folder too, but not its results.
    static bool is_done(const std::string& folder)
    {
        return fs::exists(folder + "/summary.json") &&
               report::read_summary(folder).status != report::Status::interrupted;
    }

    /// Once: a second signal would end a run without its files closed.
    void stop_children()
    {
        if (std::exchange(m_stopped, true)) return;
        for (const auto& [child, work] : m_running)
            kill(child, SIGINT);
    }

    void start(const Work& work)
    {
        if (work.done) return;
        std::vector<std::string> words{"run", m_arguments["scenario"].as<std::string>(), "--quiet",
                                       "--out", work.folder};
        auto overrides = m_arguments.count("set")
                             ? m_arguments["set"].as<std::vector<std::string>>()
                             : SweepPoint{};
        for (const auto& fixed : m_fixed)
            overrides.push_back(fixed.second);
        overrides.insert(overrides.end(), work.point.begin(), work.point.end());
        overrides.emplace_back("run.threads=1");
        for (const auto& text : overrides) {
            words.emplace_back("--set");
            words.push_back(text);
        }
        m_running[start_vp(words, work.folder + ".log")] = &work;
        m_terminal.progress("sweeping", m_finished, m_work.size());
    }

    void finish_one()
    {
        int status = 0;
        const pid_t child = wait_for_any(status);
        const auto found = m_running.find(child);
        if (found == m_running.end()) return;
        const Work& work = *found->second;
        m_running.erase(found);
        ++m_finished;
        m_terminal.progress("sweeping", m_finished, m_work.size());
        if (status == exit_ok || status == exit_interrupted)
            fs::remove(work.folder + ".log");
        else
            m_terminal.warn(fmt::format("{}: exit status {}, see {}.log",
                                        fmt::join(work.point, " "), status, work.folder));
    }

    int write()
    {
        const auto swept = results();
        report::write_text_file(m_folder + "/sweep.csv", sweep_csv(swept));
        report::write_text_file(m_folder + "/sweep.html", sweep_html(m_name + ": sweep", swept));
        for (const auto& [figure, svg] : sweep_plots(swept))
            report::write_text_file(fmt::format("{}/{}.svg", m_folder, figure), svg);
        m_terminal.print(sweep_csv(swept));
        m_terminal.say(
            fmt::format("files: {0}/sweep.csv, {0}/sweep.html, {0}/top1.svg ...", m_folder));
        const bool all =
            std::all_of(swept.begin(), swept.end(), [](const auto& one) { return one.ok(); });
        return all ? exit_ok : exit_failed;
    }

    /// The points in order; what differs in averaged keys alone is one.
    std::vector<SweptPoint> results() const
    {
        const auto averaged = m_arguments.count("average")
                                  ? m_arguments["average"].as<std::vector<std::string>>()
                                  : std::vector<std::string>{};
        std::vector<SweptPoint> swept;
        std::map<SweepPoint, std::size_t> places;
        for (const auto& work : m_work) {
            const auto point = without(work.point, averaged);
            const auto [place, fresh] = places.emplace(point, swept.size());
            if (fresh) swept.push_back({point, {}, 0});
            auto& one = swept[place->second];
            if (fs::exists(work.folder + "/summary.json"))
                one.runs.push_back(report::read_summary(work.folder));
            else
                ++one.failed;
        }
        return swept;
    }

    const po::variables_map& m_arguments;
    const KeyArguments m_fixed;  ///< what options say of every run
    Terminal& m_terminal;
    std::string m_name, m_folder;
    unsigned m_jobs = 1;
    std::vector<Work> m_work;
    std::map<pid_t, const Work*> m_running;
    std::size_t m_finished = 0;
    bool m_stopped = false;
};

int sweep(const po::variables_map& arguments, Terminal& terminal)
{
    return Sweep(arguments, terminal).run();
}

}  // namespace

const Command sweep_command{"sweep",
                            "S.yaml --grid key.path=v1,v2... [--images N] [--jobs N] [--out DIR]",
                            "many runs over a grid or list of keys; resumable", declare, sweep};

}  // namespace imc::app
