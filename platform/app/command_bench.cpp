// SPDX-License-Identifier: Apache-2.0
/// `vp bench`: each speed that is asked of the simulator, beside what this machine reaches.
#include "bench_measure.h"
#include "child.h"
#include "command.h"
#include "config/errors.h"
#include "interrupt.h"
#include "scratch.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <thread>

namespace imc::app {

namespace {

using Quantity = BenchBar::Quantity;

void declare(po::options_description& options, po::positional_options_description& positional)
{
    options.add_options()("name", po::value<std::vector<std::string>>()->value_name("NAME"),
                          "bars whose name contains this; default: all")(
        "repeat", po::value<unsigned>()->default_value(3)->value_name("N"),
        "measurements of each; the best counts, as what disturbs only makes slower")(
        "list", "names of the bars, without measuring")(
        "kernels", "all kernel benchmarks (Google Benchmark) instead");
    positional.add("name", -1);
}

std::string figure(Quantity quantity, double value)
{
    switch (quantity) {
        case Quantity::seconds:
            return fmt::format("{:.2f} s", value);
        case Quantity::mebibytes:
            return fmt::format("{:.0f} MiB", value);
        case Quantity::images_per_s:
            return fmt::format("{:.0f} images/s", value);
        case Quantity::times_base:
            return fmt::format("{:.2f} x", value);
        case Quantity::macs_per_s:
            return fmt::format("{:.2e} MAC/s", value);
        case Quantity::mips:
            return fmt::format("{:.0f} MIPS", value);
    }
    return "";
}

/// What is compared with the bar, from wall or from CPU time. Rates of kernels and of the firmware
/// are those of a core, by CPU time alone.
double value_of(const BenchBar& bar, const BenchMeasured& measured, const BenchMeasured& base,
                bool cpu)
{
    const auto time = [cpu](const BenchMeasured& m) { return cpu ? m.cpu_s : m.wall_s; };
    switch (bar.quantity) {
        case Quantity::seconds:
            return time(measured);
        case Quantity::mebibytes:
            return measured.rss_mib;
        case Quantity::images_per_s:
            return bar.job.images / time(measured);
        case Quantity::times_base:
            return time(measured) / time(base);
        case Quantity::macs_per_s:
        case Quantity::mips:
            return measured.rate;
    }
    return 0;
}

bool meets(const BenchBar& bar, double value)
{
    return less_is_better(bar.quantity) ? value < bar.asked : value >= bar.asked;
}

std::string asked_text(const BenchBar& bar)
{
    return (less_is_better(bar.quantity) ? "< " : ">= ") + figure(bar.quantity, bar.asked);
}

/// Jobs already measured: some bars share one.
class Measurements {
public:
    explicit Measurements(unsigned repeats) : m_repeats(repeats) {}

    const BenchMeasured& of(const BenchJob& job)
    {
        for (const auto& [known, measured] : m_known)
            if (known == job) return measured;
        Scratch scratch;
        m_known.emplace_back(job, measure(job, m_repeats, scratch.path()));
        return m_known.back().second;
    }

private:
    unsigned m_repeats;
    std::vector<std::pair<BenchJob, BenchMeasured>> m_known;
};

/// Measures a bar and prints its line; false if it could not be measured.
bool print_bar(const BenchBar& bar, Measurements& measurements, Terminal& terminal)
{
    const BenchMeasured measured = measurements.of(bar.job);
    const BenchMeasured base =
        bar.quantity == Quantity::times_base ? measurements.of(bar.base) : BenchMeasured{};
    const std::string failure = measured.failure.empty() ? base.failure : measured.failure;
    if (!failure.empty()) {
        terminal.print(
            fmt::format("{:<39} {:>16}   failed: {}\n", bar.name, asked_text(bar), failure));
        return false;
    }
    const double wall = value_of(bar, measured, base, false);
    const double cpu = value_of(bar, measured, base, true);
    const char* verdict = meets(bar, wall) ? "pass" : meets(bar, cpu) ? "pass by CPU" : "MISSED";
    terminal.print(fmt::format("{:<39} {:>16} {:>15} {:>15}   {}\n", bar.name, asked_text(bar),
                               figure(bar.quantity, wall), figure(bar.quantity, cpu), verdict));
    return true;
}

/// Model name of the processor; "unknown processor" where the system does not tell.
std::string processor()
{
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        const auto colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos)
            return line.substr(colon + 2);
    }
    return "unknown processor";
}

std::string machine()
{
    double load[3] = {0, 0, 0};
    const bool known = getloadavg(load, 3) > 0;
    return fmt::format("{}, {} cores, load average {}\n", processor(),
                       std::thread::hardware_concurrency(),
                       known ? fmt::format("{:.1f}", load[0]) : "unknown");
}

/// The bars that the arguments name. Throws InputError if a name fits none.
std::vector<BenchBar> chosen_bars(const po::variables_map& arguments)
{
    if (!arguments.count("name")) return bench_bars();
    std::vector<BenchBar> chosen;
    for (const auto& name : arguments["name"].as<std::vector<std::string>>()) {
        const auto before = chosen.size();
        for (const auto& bar : bench_bars())
            if (std::string(bar.name).find(name) != std::string::npos) chosen.push_back(bar);
        if (chosen.size() == before)
            throw InputError(fmt::format(
                "vp bench: no bar's name contains '{}'; `vp bench --list` names all", name));
    }
    return chosen;
}

int run_kernels(Terminal& terminal)
{
    const std::string program = bench_program("imc_bench");
    if (program.empty()) {
        terminal.error("the kernel benchmarks are not built; start it as ./vp bench");
        return exit_failed;
    }
    return std::system((program + " --benchmark_min_time=0.1").c_str()) == 0 ? exit_ok
                                                                             : exit_failed;
}

int bench(const po::variables_map& arguments, Terminal& terminal)
{
    if (arguments.count("kernels")) return run_kernels(terminal);
    const auto bars = chosen_bars(arguments);
    if (arguments.count("list")) {
        for (const auto& bar : bars)
            terminal.print(fmt::format("{:<39} {:>16}\n", bar.name, asked_text(bar)));
        return exit_ok;
    }
    const unsigned repeats = arguments["repeat"].as<unsigned>();
    if (repeats == 0) throw InputError("vp bench: --repeat 0 measures nothing; give 1 or more");
    const auto& interrupted = interrupt_flag();
    Measurements measurements(repeats);
    terminal.print(machine());
    terminal.print(fmt::format("{:<39} {:>16} {:>15} {:>15}\n", "bar", "asked", "by wall time",
                               "by CPU time"));
    bool all = true;
    for (const auto& bar : bars) {
        all = print_bar(bar, measurements, terminal) && all;
        if (interrupted) return exit_interrupted;
    }
    terminal.print(
        "runs are whole processes, compiling included, reference check and traces off unless "
        "named; "
        "kernels and firmware: of one core\n");
    return all ? exit_ok : exit_failed;
}

}  // namespace

const Command bench_command{"bench", "[NAME...] [--repeat N] | --list | --kernels",
                            "simulator speed on this machine, beside what is asked", declare,
                            bench};

}  // namespace imc::app
