// SPDX-License-Identifier: Apache-2.0
#include "run/compile.h"

#include "compiler/emit/emit.h"
#include "compiler/emit/precisions.h"
#include "compiler/graph/passes.h"
#include "compiler/import/onnx_import.h"
#include "compiler/map/assign.h"
#include "compiler/map/map.h"
#include "compiler/quantize/hawq.h"
#include "compiler/quantize/quantize.h"
#include "config/engines.h"
#include "config/technology_keys.h"
#include "run/calibrate.h"
#include "run/codebook_quality.h"
#include "run/column_hardware.h"
#include "run/located.h"

#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace imc::run {

namespace {

std::optional<imc_requant_kind> requant_of(config::Requant requant)
{
    switch (requant) {
        case config::Requant::dyadic:
            return IMC_REQUANT_DYADIC;
        case config::Requant::onnx:
            return IMC_REQUANT_ONNX;
        case config::Requant::tflite:
            return IMC_REQUANT_TFLITE;
        case config::Requant::automatic:
            break;
    }
    return std::nullopt;
}

compiler::Scheme scheme_of(config::Scheme scheme)
{
    switch (scheme) {
        case config::Scheme::per_layer:
            return compiler::Scheme::per_layer;
        case config::Scheme::bwq:
            return compiler::Scheme::bwq;
        case config::Scheme::column:
            return compiler::Scheme::column;
        case config::Scheme::hawq:
            return compiler::Scheme::hawq;
        case config::Scheme::codebook:
            return compiler::Scheme::codebook;
        case config::Scheme::uniform:
            break;
    }
    return compiler::Scheme::uniform;
}

compiler::QuantOptions quant_options(const config::RunConfig& config, const std::string& preset)
{
    const auto& q = config.quantization;
    compiler::QuantOptions options;
    options.scheme = scheme_of(q.scheme);
    options.weight_bits = q.weight_bits;
    options.bit_window = q.bit_window;
    options.weights_per_channel = q.weight_scale == config::WeightScale::channel;
    options.activation_bits = q.activation_bits;
    options.input_layer_bits = q.input_layer_bits;
    if (const auto uniform = config::uniform_precision(preset)) {
        options.weight_bits = uniform->weight_bits;
        options.activation_bits = uniform->activation_bits;
    } else if (!preset.empty())
        options.layer_weight_bits = options.layer_activation_bits =
            compiler::hawq_resnet18_bits(preset);
    for (const auto& layer : q.layers) {
        if (layer.weight_bits) options.layer_weight_bits[layer.name] = layer.weight_bits;
        if (layer.activation_bits)
            options.layer_activation_bits[layer.name] = layer.activation_bits;
    }
    options.requant = requant_of(q.requant);
    options.ou_rows = q.block[0];
    options.ou_columns = q.block[1];
    options.weight_bits_mean = q.weight_bits_mean;
    options.bit_map_file = q.bit_map.path.string();
    options.whole_layers = q.granularity == config::Granularity::layer;
    options.layer_gamma = q.layer_gamma;
    options.column = q.column;
    if (q.column.array_rows == 0) options.column.array_rows = config.platform.crossbar.rows;
    options.column.parameters = q.parameters.path.string();
    options.codebook = q.codebook;
    if (q.scheme == config::Scheme::codebook)
        options.codebook.parameters = q.parameters.path.string();
    options.codebook.weighted_xor = config.platform.cam.search == cam::Distance::weighted_xor;
    options.lut_rows = q.lut_rows;
    if (q.lut_rows == 0 && config::has_engine(config.platform, IMC_ENGINE_CAM))
        options.lut_rows = config.platform.cam.activation_rows;
    options.seed = config.network.seed;
    return options;
}

compiler::MapOptions map_options(const config::RunConfig& config)
{
    compiler::MapOptions options;
    options.schedule = config.run.schedule == config::Schedule::pipelined
                           ? IMC_SCHEDULE_PIPELINED
                           : IMC_SCHEDULE_LAYER_SEQUENTIAL;
    switch (config.mapping.replicate) {
        case config::Replicate::none:
            options.replicate = compiler::Replicate::none;
            break;
        case config::Replicate::balance:
            options.replicate = compiler::Replicate::balance;
            break;
        case config::Replicate::list:
            options.replicate = compiler::Replicate::listed;
            break;
    }
    options.copies = config.mapping.copies;
    options.chips = config.mapping.chips;
    options.buffer_rows = config.mapping.buffer_rows;
    options.force = config.mapping.force;
    return options;
}

compiler::Graph import_network(const config::RunConfig& config)
{
    compiler::ImportOptions options;
    options.shapes_only = config.network.weights == config::Weights::synthetic;
    auto graph = compiler::import_onnx(config.network.onnx.path.string(), options);
    if (graph.synthetic() && config.network.weights == config::Weights::file)
        throw InputError("network.weights: " + config.network.onnx.name +
                         " has no weights; write weights: synthetic, or name a file that has them");
    return graph;
}

compiler::QNet quantized(const config::RunConfig& config, const std::string& preset,
                         compiler::Graph graph, std::string& calibrated_on)
{
    const auto options = quant_options(config, preset);
    const auto calibration = calibration_source(config, calibrated_on);
    compiler::QNet net = config.quantization.codebook.quality_loss > 0
                             ? quantize_to_quality(graph, options, calibration)
                             : compiler::quantize(std::move(graph), options, calibration);
    net.source = config.network.onnx.name;
    compiler::assign_engines(net, config.platform, config.mapping.engines, options.requant);
    return net;
}

/// Every number that the mapped chip charges stands in its technology.
void check_technology(const config::Scenario& scenario, const AcceleratorConfig& platform)
{
    const auto place = scenario.places.find("technology");
    const std::string where =
        place == scenario.places.end() ? scenario.config.scenario_path : place->second.text();
    std::vector<std::string> lines;
    for (const auto& name : config::missing_technology(platform))
        lines.push_back(fmt::format(
            "{}: technology.{}: is missing; write {{value: 1.5, unit: {}, source: where it comes "
            "from}}",
            where, name, config::find_technology_key(name)->unit));
    if (!lines.empty()) throw config::ConfigError(lines);
}

}  // namespace

Compiled compile(const config::RunConfig& config, const Progress& progress, bool keep_graph)
{
    const auto begin = std::chrono::steady_clock::now();
    const auto step = [&](const char* what, std::uint64_t done) {
        if (progress) progress(what, done, 4);
    };
    Compiled compiled;
    step("compiling: reading the network", 0);
    auto graph = import_network(config);
    compiled.input = compiler::input_form(graph);
    compiled.quantized_file = graph.quantized();
    if (keep_graph) compiled.graph = std::make_shared<compiler::Graph>(graph);
    step("compiling: quantising", 1);
    const auto& turns = config.run.precision;
    for (const auto& preset : turns)
        compiled.precisions.push_back(quantized(config, preset, graph, compiled.calibrated_on));
    if (turns.empty())
        compiled.net =
            quantized(config, config.quantization.preset, std::move(graph), compiled.calibrated_on);
    else
        compiled.net = compiled.precisions.front();
    if (!turns.empty()) compiler::check_precisions(compiled.precisions);
    step("compiling: mapping", 2);
    compiled.platform = config.platform;
    compiled.platform.crossbar.path = config.run.kernel_path;
    compiled.mapping = compiler::map_network(compiled.net, compiled.platform, map_options(config));
    compiler::widen_streams(compiled.precisions, compiled.mapping.stages);
    compiled.platform.chips = compiled.mapping.chips;
    compiled.platform.crossbar_builds =
        tile_builds(compiled.net, compiled.mapping, compiled.platform);
    step("compiling: writing the program", 3);
    compiled.image = compiler::emit_program(compiled.net, compiled.mapping, compiled.platform,
                                            compiled.precisions);
    compiled.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return compiled;
}

Compiled compile_located(const config::Scenario& scenario, const Progress& progress,
                         bool keep_graph)
{
    try {
        Compiled compiled = compile(scenario.config, progress, keep_graph);
        check_technology(scenario, compiled.platform);
        return compiled;
    } catch (const config::ConfigError&) {
        throw;
    } catch (const InputError& e) {
        throw InputError(located(scenario, e.what()));
    }
}

}  // namespace imc::run
