// SPDX-License-Identifier: Apache-2.0
#include "compiler/data/npy.h"
#include "compiler/import/onnx_import.h"
#include "job.h"
#include "report/console_summary.h"
#include "reports.h"
#include "scenario_arguments.h"
#include "scratch.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

namespace imc::app {

namespace {

namespace fs = std::filesystem;

void declare(po::options_description& options, po::positional_options_description& positional)
{
    options.add_options()("model", po::value<std::string>()->required()->value_name("MODEL.onnx"),
                          "the network")(
        "input", po::value<std::string>()->required()->value_name("IN.npy"),
        "float32, uint8 or int8 images as the model takes them: (N,C,H,W) or (N,F)")(
        "scenario", po::value<std::string>()->required()->value_name("S.yaml"),
        "the platform and its settings")(
        "calibrate", po::value<std::string>()->value_name("CAL.npy"),
        "images for the ranges of activations; default: those of IN.npy")(
        "output", po::value<std::string>()->required()->value_name("OUT.npy"),
        "float32 outputs, a row an image")(
        "set", po::value<std::vector<std::string>>()->value_name("key.path=value"),
        "override a key of the scenario; may be repeated")(
        "out", po::value<std::string>()->value_name("DIR"), "keep the run's files there");
    positional.add("model", 1).add("input", 1);
    declare_log(options);
}

/// A file of the command line as an override: relative to the working folder, not to the scenario.
std::pair<std::string, std::string> file_argument(const char* key, const std::string& path,
                                                  const std::string& option = "")
{
    if (!fs::is_regular_file(path))
        throw InputError(
            fmt::format("vp infer: there is no file '{}'; `vp infer --help` shows the "
                        "usage",
                        path));
    return {option + path, fmt::format("{}=\"{}\"", key, fs::absolute(path).string())};
}

compiler::Graph read_shapes(const std::string& model)
{
    compiler::ImportOptions shapes;
    shapes.shapes_only = true;
    return compiler::import_onnx(model, shapes);
}

/// Images as the file has them: the run brings them to the network's input.
run::ImageSet read_images(const compiler::Graph& graph, const std::string& input)
{
    auto form = compiler::input_form(graph);
    form.affine = {};
    compiler::DatasetDescription description;
    description.images = input;
    description.format = "npy";
    const auto dataset = compiler::load_dataset(description, form);
    run::ImageSet images;
    images.count = dataset.size();
    images.shape = dataset.shape();
    images.pixels = dataset.images(0, dataset.size());
    return images;
}

/// Outputs as the model gives them: real numbers, or the codes of a model that ends in a
/// QuantizeLinear.
std::vector<float> as_model_gives(const compiler::Graph& graph, std::vector<float> outputs)
{
    if (!graph.output_is_codes) return outputs;
    const auto& grid = *graph.values[static_cast<std::size_t>(graph.outputs[0])].quantization;
    for (float& y : outputs)
        y = std::nearbyint(y / grid.scales[0]) + static_cast<float>(grid.zero_points[0]);
    return outputs;
}

int infer(const po::variables_map& arguments, Terminal& terminal)
{
    const std::string output = path_argument(arguments, "output", "name the NPY file to write");
    const std::string model = arguments["model"].as<std::string>(),
                      input = arguments["input"].as<std::string>();
    const std::string calibration =
        arguments.count("calibrate") ? arguments["calibrate"].as<std::string>() : input;
    const auto scenario =
        scenario_of(arguments, {file_argument("network.onnx", model),
                                file_argument("quantization.calibration.images", calibration,
                                              arguments.count("calibrate") ? "--calibrate " : "")});
    const compiler::Graph graph = read_shapes(model);
    const auto images = read_images(graph, input);
    Scratch scratch;
    JobOptions options;
    options.folder = arguments.count("out")
                         ? path_argument(arguments, "out", "name a folder, or leave it out")
                         : scratch.path() + "/run";
    options.images = &images;
    const Job job = run_job(scenario, options, terminal);
    if (job.status != exit_ok) return job.status;
    compiler::NpyArray outputs;
    outputs.dims = {static_cast<std::int64_t>(images.count)};
    outputs.dims.insert(outputs.dims.end(), job.outcome.output_shape.begin(),
                        job.outcome.output_shape.end());
    outputs.data = as_model_gives(graph, job.outcome.outputs);
    compiler::write_npy(output, outputs);
    if (!terminal.quiet())
        terminal.print(report::console_summary(job.outcome.result, terminal.color_on_stdout()));
    return exit_ok;
}

}  // namespace

const Command infer_command{
    "infer", "MODEL.onnx IN.npy --scenario S.yaml [--calibrate CAL.npy] --output OUT.npy",
    "any supported ONNX model on a scenario's platform", declare, infer};

}  // namespace imc::app
