// SPDX-License-Identifier: Apache-2.0
#include "report/units.h"
#include "run/compile.h"
#include "run/images.h"
#include "run/located.h"
#include "scenario_arguments.h"

#include <fmt/format.h>

namespace imc::app {

namespace {

/// The images that a run would take, with their labels.
void check_dataset(const config::Scenario& scenario, const compiler::InputForm& input)
{
    const auto& config = scenario.config;
    if (config.run.input != config::RunInput::dataset) return;
    try {
        run::dataset_images(config.dataset, input, config.run.images);
    } catch (const InputError& e) {
        throw InputError(run::located(scenario, e.what()));
    }
}

int check(const po::variables_map& arguments, Terminal& terminal)
{
    const auto scenario = scenario_of(arguments, {}, false);
    const std::string& path = scenario.config.scenario_path;
    if (!scenario.config.network.onnx.given()) {
        terminal.say(fmt::format("{}: nothing wrong (no network: for `vp infer`)", path));
        return exit_ok;
    }
    run::check_batches(scenario.config, scenario.config.run.images);
    const auto compiled =
        run::compile_located(scenario, [&](const std::string& what, auto done, auto total) {
            terminal.progress(what, done, total);
        });
    terminal.end_progress();
    check_dataset(scenario, compiled.input);
    terminal.say(fmt::format("{}: nothing wrong; {} on {} of {}", path,
                             report::counted(compiled.net.layers.size(), "layer"),
                             report::counted(compiled.mapping.tiles_used, "tile"),
                             report::counted(compiled.mapping.chips, "chip")));
    return exit_ok;
}

}  // namespace

const Command check_command{"check", "S.yaml [--set key.path=value]...",
                            "validate a scenario without running it; every error at once",
                            declare_scenario, check};

}  // namespace imc::app
