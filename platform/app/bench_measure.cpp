// SPDX-License-Identifier: Apache-2.0
#include "bench_measure.h"

#include "child.h"
#include "command.h"
#include "scenario_arguments.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace imc::app {

namespace {

const char* const no_traces = "trace={perfetto: false, vcd: false, csv: false, html: false}";
const char* const all_traces = "trace={perfetto: true, vcd: true, csv: true, html: true}";

std::string text_of(const std::string& path)
{
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// The first line of what a child said, for the table.
std::string failure_of(const ChildUsage& usage, const std::string& log)
{
    const std::string text = text_of(log);
    return fmt::format("exit status {}: {}", usage.status, text.substr(0, text.find('\n')));
}

BenchMeasured run_once(const BenchJob& job, const std::string& folder)
{
    std::vector<std::string> arguments{
        "run", (config::shipped_folder() / (job.subject + ".yaml")).string(), "--quiet", "--out",
        folder + "/run"};
    std::vector<std::string> overrides{"run.check=none", job.traces ? all_traces : no_traces};
    overrides.insert(overrides.end(), job.overrides.begin(), job.overrides.end());
    for (const auto& text : overrides) {
        arguments.emplace_back("--set");
        arguments.push_back(text);
    }
    const std::string log = folder + "/log";
    const ChildUsage usage = run_program("", arguments, log);
    BenchMeasured measured;
    measured.wall_s = usage.wall_s;
    measured.cpu_s = usage.cpu_s;
    measured.rss_mib = usage.rss_mib;
    if (usage.status != exit_ok) measured.failure = failure_of(usage, log);
    return measured;
}

BenchMeasured kernel_once(const BenchJob& job, const std::string& folder)
{
    const std::string log = folder + "/log", table = folder + "/kernel.json";
    const ChildUsage usage =
        run_program(bench_program("imc_bench"),
                    {"--benchmark_filter=^" + job.subject + "$", "--benchmark_min_time=0.3",
                     "--benchmark_out=" + table, "--benchmark_out_format=json"},
                    log);
    BenchMeasured measured;
    const auto json = nlohmann::json::parse(text_of(table), nullptr, false);
    if (usage.status != 0 || json.is_discarded() || json["benchmarks"].empty()) {
        measured.failure = failure_of(usage, log);
        return measured;
    }
    const auto& row = json["benchmarks"][0];
    const double unit = row.at("time_unit") == "us" ? 1e-6 : row["time_unit"] == "ms" ? 1e-3 : 1e-9;
    measured.wall_s = row.at("real_time").get<double>() * unit;
    measured.cpu_s = row.at("cpu_time").get<double>() * unit;
    measured.rate = row.at("MAC/s").get<double>();
    return measured;
}

/// The line of bench/host/firmware_speed.cpp: "... N instructions in S s of CPU time, M MIPS".
BenchMeasured firmware_once(const BenchJob& job, const std::string& folder)
{
    const std::string log = folder + "/log";
    const ChildUsage usage = run_program(bench_program(job.subject), {}, log);
    const std::string text = text_of(log);
    const auto comma = text.rfind(", ");
    BenchMeasured measured;
    measured.wall_s = usage.wall_s;
    measured.cpu_s = usage.cpu_s;
    if (usage.status != 0 || comma == std::string::npos)
        measured.failure = failure_of(usage, log);
    else
        measured.rate = std::strtod(text.c_str() + comma + 2, nullptr);
    return measured;
}

BenchMeasured measure_once(const BenchJob& job, const std::string& folder)
{
    if (job.kind == BenchJob::Kind::run) return run_once(job, folder);
    const bool firmware = job.kind == BenchJob::Kind::firmware;
    if (bench_program(firmware ? job.subject : "imc_bench").empty()) {
        BenchMeasured none;
        none.failure = "not built; start it as ./vp bench";
        return none;
    }
    return firmware ? firmware_once(job, folder) : kernel_once(job, folder);
}

}  // namespace

std::string bench_program(const std::string& name)
{
    std::error_code code;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
    const auto program = self.parent_path() / "../../bench" / name;
    return std::filesystem::exists(program, code) ? program.lexically_normal().string() : "";
}

BenchMeasured measure(const BenchJob& job, unsigned repeats, const std::string& folder)
{
    BenchMeasured best;
    for (unsigned i = 0; i < repeats; ++i) {
        const BenchMeasured once = measure_once(job, folder);
        if (!once.failure.empty()) return once;
        if (i == 0) best = once;
        best.wall_s = std::min(best.wall_s, once.wall_s);
        best.cpu_s = std::min(best.cpu_s, once.cpu_s);
        best.rss_mib = std::max(best.rss_mib, once.rss_mib);
        best.rate = std::max(best.rate, once.rate);
    }
    return best;
}

}  // namespace imc::app
