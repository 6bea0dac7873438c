// SPDX-License-Identifier: Apache-2.0
#include "run/unfinished.h"

#include "compiler/data/npy.h"
#include "config/engines.h"
#include "report/html_report.h"
#include "report/summary.h"
#include "report/tables.h"
#include "report/text_file.h"
#include "report/timeline_file.h"

namespace imc::run {

namespace {

std::string engine_of(const AcceleratorConfig& platform)
{
    if (config::is_only(platform, IMC_ENGINE_CROSSBAR)) return "crossbar";
    if (config::is_only(platform, IMC_ENGINE_ASSOCIATIVE)) return "associative";
    return config::is_only(platform, IMC_ENGINE_CAM) ? "cam" : "mixed";
}

/// What is known of a run before its network was read.
report::RunResult known(const config::Scenario& scenario, const std::string& version,
                        const std::string& step)
{
    const config::RunConfig& config = scenario.config;
    report::RunResult result;
    for (const auto& setting : scenario.settings())
        if (setting.path == "quantization.scheme") result.quantization.scheme = setting.value;
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
    result.platform.engine = engine_of(config.platform);
    result.platform.technology = config.platform.technology.name;
    result.platform.tiles = config.platform.chips * config.platform.tiles_per_chip();
    result.host.kind = "native";
    if (config.host.cpu == config::HostCpu::rv64) {
        result.host.kind = "rv64";
        result.host.instructions = 0;
    }
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
    const auto result = known(scenario, version, step);
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
