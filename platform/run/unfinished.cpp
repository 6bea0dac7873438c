// SPDX-License-Identifier: Apache-2.0
#include "run/unfinished.h"

#include "compiler/data/npy.h"
#include "report/html_report.h"
#include "report/summary.h"
#include "report/tables.h"
#include "report/text_file.h"
#include "report/timeline_file.h"

namespace imc::run {

namespace {

/// What is known of a run before its network was read.
report::RunResult known(const config::RunConfig& config, const std::string& version,
                        const std::string& step)
{
    report::RunResult result;
    result.scenario = config.name;
    result.vp_version = version;
    result.seed = config.network.seed;
    result.status = report::Status::interrupted;
    result.status_reason = "Ctrl-C while compiling: " + step;
    result.phase = "compiling";
    result.network.name = config.network.onnx.path.stem().string();
    result.network.source = config.network.onnx.name;
    if (config.network.weights == config::Weights::synthetic) result.network.weights = "synthetic";
    result.platform.name = config.platform.name;
    result.platform.technology = config.platform.technology.name;
    result.platform.tiles = config.platform.chips * config.platform.tiles_per_chip();
    result.host.kind = config.host.cpu == config::HostCpu::rv64 ? "rv64" : "native";
    result.schedule =
        config.run.schedule == config::Schedule::pipelined ? "pipelined" : "layer_sequential";
    result.images = 0;
    result.command = "vp run scenario.lock.yaml";
    return result;
}

}  // namespace

void write_unfinished(const config::Scenario& scenario, const std::string& folder,
                      const std::string& version, const std::string& step)
{
    const auto result = known(scenario.config, version, step);
    report::write_summary(result, folder);
    report::write_tables(result, folder);
    report::write_timeline({}, result.network.weights, folder);
    if (scenario.config.trace.html)
        report::write_text_file(folder + "/report.html", report::html_report(result, {}));
    report::write_text_file(folder + "/console.log", "");
    report::write_text_file(folder + "/scenario.lock.yaml", config::lock_text(scenario));
    compiler::NpyArray outputs;
    outputs.dims = {0};
    outputs.data = std::vector<float>{};
    compiler::write_npy(folder + "/outputs.npy", outputs);
}

}  // namespace imc::run
