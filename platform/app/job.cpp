// SPDX-License-Identifier: Apache-2.0
#include "job.h"

#include "host_factory.h"
#include "interrupt.h"
#include "run/run_folder.h"
#include "version.h"

#include <fmt/format.h>

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

}  // namespace

Job run_job(const config::Scenario& scenario, const JobOptions& options, Terminal& terminal)
{
    const auto& config = scenario.config;
    Job job;
    job.folder = options.folder.empty() ? "out/" + config.name : options.folder;
    run::RunFolder folder(job.folder);
    ConsoleLines console(terminal);
    run::RunOptions run_options;
    run_options.progress = [&](const std::string& what, std::uint64_t done, std::uint64_t total) {
        terminal.progress(what, done, total);
    };
    run_options.console = [&](char byte) { console.add(byte); };
    run_options.interrupted = &interrupt_flag();
    run_options.make_cpu = host_factory(config);
    run_options.folder = folder.path();
    run_options.command = "vp run " + job.folder + "/scenario.lock.yaml";
    run_options.version = version();
    run_options.images = options.images;
    run_options.dump_state = options.dump_state;
    job.outcome = run::run(scenario, run_options);
    terminal.end_progress();
    folder.keep();
    job.status = exit_status(job.outcome.result.status);
    if (job.outcome.result.status == report::Status::failed)
        terminal.error(fmt::format("{}: {}", config.name, job.outcome.result.status_reason));
    return job;
}

}  // namespace imc::app
