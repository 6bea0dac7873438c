// SPDX-License-Identifier: Apache-2.0
#include "job.h"

#include "host_factory.h"
#include "interrupt.h"
#include "run/run_folder.h"
#include "run/unfinished.h"
#include "version.h"

#include <fmt/format.h>

#include <algorithm>

namespace imc::app {

namespace {

int exit_status(report::Status status)
{
    switch (status) {
        case report::Status::ok:
            return exit_ok;
        case report::Status::interrupted:
            return exit_interrupted;
        case report::Status::failed:
            break;
    }
    return exit_failed;
}

/// Why it failed: the reason, the first lines of the diagnosis, and where the rest is.
void explain(const std::string& name, const Job& job, Terminal& terminal)
{
    constexpr std::size_t shown = 5;
    const auto& result = job.outcome.result;
    std::string text = fmt::format("{}: {}", name, result.status_reason);
    for (std::size_t i = 0; i < std::min(shown, result.diagnosis.size()); ++i)
        text += "\n  " + result.diagnosis[i];
    if (result.diagnosis.size() > shown)
        text += fmt::format("\n  and {} more", result.diagnosis.size() - shown);
    if (!result.diagnosis.empty())
        text += fmt::format("\n  who waits for what: {}/diagnosis.txt", job.folder);
    terminal.error(text);
}

/// The firmware's text line by line, as --verbose shows it.
class ConsoleLines {
public:
    explicit ConsoleLines(Terminal& terminal) : m_terminal(terminal) {}
    void add(char byte)
    {
        if (byte == '\n') {
            m_terminal.detail("| " + m_line);
            m_line.clear();
        } else if (byte != '\r') {
            m_line += byte;
        }
    }

private:
    Terminal& m_terminal;
    std::string m_line;
};

/// Keeps the unfinished folder such that it can be put in place at any time while the network is
/// compiled, which nothing interrupts but the end of the program.
class Compiling {
public:
    Compiling(const config::Scenario& scenario, const run::RunFolder& folder,
              RemovedAtInterrupt& unfinished)
        : m_scenario(scenario), m_folder(folder), m_unfinished(unfinished)
    {
        at("compiling: reading the network");
        m_unfinished.publish_as(folder.target());
    }

    /// `what` as progress calls it: "compiling: quantising".
    void at(const std::string& what)
    {
        if (m_over || what == m_what) return;
        m_what = what;
        const InterruptsHeld held;
        run::write_unfinished(m_scenario, m_folder.path(), version(),
                              what.substr(what.find(": ") + 2));
    }

    /// From here on the first signal only asks: a run can end with what it has.
    void over()
    {
        const InterruptsHeld held;
        m_over = true;
        m_unfinished.withhold();
        interrupts_ask(true);
    }

private:
    const config::Scenario& m_scenario;
    const run::RunFolder& m_folder;
    RemovedAtInterrupt& m_unfinished;
    std::string m_what;
    bool m_over = false;
};

}  // namespace

Job run_job(const config::Scenario& scenario, const JobOptions& options, Terminal& terminal)
{
    const auto& config = scenario.config;
    Job job;
    job.folder = options.folder.empty() ? "out/" + config.name : options.folder;
    const auto& interrupted = interrupt_flag();
    // A signal that comes from here on finds a folder that can be put in place.
    std::optional<InterruptsHeld> held(std::in_place);
    run::RunFolder folder(job.folder);
    RemovedAtInterrupt unfinished(folder.path());
    ConsoleLines console(terminal);
    run::RunOptions run_options;
    Compiling compiling(scenario, folder, unfinished);
    held.reset();
    run_options.progress = [&](const std::string& what, std::uint64_t done, std::uint64_t total) {
        compiling.at(what);
        terminal.progress(what, done, total);
    };
    run_options.console = [&](char byte) { console.add(byte); };
    run_options.interrupted = &interrupted;
    run_options.compiled = [&] { compiling.over(); };
    run_options.make_cpu = host_factory(config);
    run_options.folder = folder.path();
    run_options.command = "vp run scenario.lock.yaml";  // in the folder, wherever it is
    run_options.version = version();
    run_options.images = options.images;
    run_options.dump_state = options.dump_state;
    job.outcome = run::run(scenario, run_options);
    terminal.end_progress();
    held.emplace();
    unfinished.forget();
    folder.keep();
    job.status = exit_status(job.outcome.result.status);
    if (job.outcome.result.status == report::Status::failed) explain(config.name, job, terminal);
    return job;
}

}  // namespace imc::app
