// SPDX-License-Identifier: Apache-2.0
#include "run/results.h"

#include "associative/cost/energy.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/options.h"
#include "reference/reference.h"
#include "report/layer_rows.h"
#include "report/units.h"
#include "run/cam_facts.h"
#include "run/column_hardware.h"
#include "run/device_warnings.h"
#include "run/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace imc::run {

namespace {

const char* engine_name(imc_engine engine)
{
    switch (engine) {
        case IMC_ENGINE_ASSOCIATIVE:
            return "associative";
        case IMC_ENGINE_CAM:
            return "cam";
        default:
            return "crossbar";
    }
}

std::string engines_of(const Compiled& compiled)
{
    std::set<imc_engine> used;
    for (const auto& placed : compiled.mapping.stages) {
        if (placed.stage.engine != IMC_ENGINE_BUFFER)
            used.insert(static_cast<imc_engine>(placed.stage.engine));
    }
    if (used.size() > 1) return "mixed";
    return used.empty() ? "crossbar" : engine_name(*used.begin());
}

/// What is left of what was asked for.
void add_setting_warnings(const config::RunConfig& config, const Compiled& compiled,
                          std::vector<std::string>& warnings)
{
    const compiler::QNet& net = compiled.net;
    const config::QuantizationConfig usual;
    const auto& q = config.quantization;
    const bool asks = q.weight_bits != usual.weight_bits ||
                      q.activation_bits != usual.activation_bits ||
                      q.weight_scale != usual.weight_scale;
    if (compiled.quantized_file && asks && q.scheme == config::Scheme::uniform)
        warnings.push_back(
            "the network brings its own quantisation: quantization.weight_bits, activation_bits "
            "and weight_scale concern only what the file left in float");
    const auto& device = config.platform.crossbar.device;
    if (device.seed != 0 && !device.active())
        warnings.push_back(
            "platform.crossbar.device.seed changes nothing here: cells and converters are ideal");
    const double asked = config.quantization.weight_bits_mean;
    if (asked > 0.0 &&
        std::abs(net.weight_bits_mean - asked) > asked * compiler::bits_mean_tolerance)
        warnings.push_back(fmt::format(
            "quantization.weight_bits_mean: {:.3g} bits were asked for and {:.3g} came out", asked,
            net.weight_bits_mean));
    for (const auto& layer : net.layers)
        if (!layer.weights.empty() && !layer.codebook &&
            std::all_of(layer.weights.begin(), layer.weights.end(),
                        [](std::int16_t w) { return w == 0; }))
            warnings.push_back(fmt::format(
                "layer '{}' has no weight bit left: it gives its biases, whatever comes in",
                layer.name));
}

}  // namespace

report::RunResult describe(const config::Scenario& scenario, const Compiled& compiled)
{
    const auto& config = scenario.config;
    report::RunResult result;
    result.scenario = config.name;
    result.seed = config.network.seed;
    result.network.name = compiled.net.name;
    result.network.params = compiled.net.params;
    for (const auto& layer : compiled.net.layers)
        result.network.macs += layer.macs;
    result.network.weights = compiled.net.weights_synthetic ? "synthetic" : "trained";
    result.network.source = config.network.onnx.name;
    if (compiled.net.weights_synthetic) {
        result.network.source +=
            fmt::format(" (topology; weights drawn from seed {})", config.network.seed);
        result.warnings.push_back(
            fmt::format("synthetic weights, drawn from seed {}: outputs mean nothing, costs do",
                        config.network.seed));
    }
    if (!config.quantization.borrowed_from.empty())
        result.warnings.push_back("bit-width statistics borrowed from " +
                                  config.quantization.borrowed_from);
    add_setting_warnings(config, compiled, result.warnings);
    if (!config.platform.crossbar.variant.empty())
        result.warnings.push_back("platform variant " + config.platform.crossbar.variant);
    for (auto& line : device_warnings(config))
        result.warnings.push_back(std::move(line));
    result.quantization = {compiled.net.scheme, compiled.net.weight_bits_mean,
                           compiled.net.activation_bits, compiled.calibrated_on,
                           codebook_info(compiled.net, config.quantization.codebook.quality_loss)};
    if (!compiled.calibrated_on.empty() && !config.quantization.calibration.images.given() &&
        config.dataset.labels.given())
        result.warnings.push_back("ranges of activations come from " + compiled.calibrated_on +
                                  ": name other images under quantization.calibration.images for "
                                  "an accuracy that owes them nothing");
    result.platform.name = compiled.platform.name;
    result.platform.engine = engines_of(compiled);
    result.platform.chips = compiled.platform.chips;
    result.platform.tiles = compiled.platform.chips * compiled.platform.tiles_per_chip();
    result.platform.tiles_used = compiled.mapping.tiles_used;
    result.platform.arrays_used = compiled.mapping.arrays_used;
    result.platform.energy_mode = cam_energy_mode(compiled);
    result.platform.neurons_a_block = neurons_a_block(compiled.mapping);
    result.platform.technology = compiled.platform.technology.name;
    result.schedule =
        config.run.schedule == config::Schedule::pipelined ? "pipelined" : "layer_sequential";
    result.layers = report::layer_rows(compiled.image.data());
    for (const auto& [layer, work] :
         column_workloads(compiled.net, compiled.mapping, compiled.platform))
        result.layers.at(static_cast<std::size_t>(layer)).column = report::ColumnWork{
            work.arrays, work.array_reads, work.conversions, work.scale_words, work.macs};
    return result;
}

std::vector<std::string> host_operator_names(const report::RunResult& described)
{
    std::vector<std::string> names;
    for (const auto& layer : described.layers)
        if (layer.engine == "host") names.push_back(layer.name);
    return names;
}

report::Window window_of(const System& system, const Simulated& simulated,
                         const std::vector<std::uint64_t>& host_ends_ps)
{
    report::Window window;
    const auto& images = system.accelerator.images();
    window.setup_end_ps = system.accelerator.setup_end_ps();
    // Stopped while the weights went up: the setup lasted until then.
    if (window.setup_end_ps == 0) window.setup_end_ps = simulated.end_ps;
    if (images.empty()) return window;
    window.first_doorbell_ps = images.front().doorbell_ps;
    double sum = 0.0;
    std::size_t finished = 0;
    for (std::size_t i = 0; i < images.size(); ++i) {
        if (images[i].output_ps == 0) continue;
        window.last_interrupt_ps = std::max(window.last_interrupt_ps, images[i].output_ps);
        const std::uint64_t host_end_ps = i < host_ends_ps.size() ? host_ends_ps[i] : 0;
        const std::uint64_t end_ps = std::max(images[i].output_ps, host_end_ps);
        if (i == 0) window.first_output_ps = end_ps;
        window.last_output_ps = std::max(window.last_output_ps, end_ps);
        sum += static_cast<double>(end_ps - images[i].doorbell_ps);
        ++finished;
    }
    if (finished == 0) window.last_interrupt_ps = simulated.end_ps;
    window.mean_latency_ps = finished ? sum / static_cast<double>(finished) : 0.0;
    return window;
}

report::HostInfo host_info(const config::RunConfig& config, const host::HostStatistics& statistics)
{
    report::HostInfo info;
    info.kind = config.host.cpu == config::HostCpu::rv64 ? "rv64" : "native";
    info.instructions = statistics.instructions;
    info.interrupts = statistics.interrupts;
    info.register_accesses = statistics.register_accesses;
    return info;
}

std::optional<double> array_lifetime_s(const report::RunResult& result,
                                       const AcceleratorConfig& platform)
{
    double writes = 0.0;
    for (const auto& layer : result.layers)
        for (const auto& [name, count] : layer.observed)
            if (name == "cap.busiest_cell_milliwrites") writes += count * 1e-3;
    if (writes == 0.0 || result.throughput_ips == 0.0) return std::nullopt;
    return associative::lifetime_s(platform.associative.endurance, writes,
                                   1.0 / result.throughput_ips);
}

std::string unlimited_arrays(const report::RunResult& result, const AcceleratorConfig& platform)
{
    double arrays = 0.0, rows = 0.0;
    std::string widest;
    for (const auto& layer : result.layers)
        for (const auto& [name, count] : layer.observed) {
            if (name == "cap.arrays") arrays = std::max(arrays, count);
            if (name != "cap.rows" || count <= rows) continue;
            rows = count;
            widest = layer.name;
        }
    if (rows == 0.0) return "";
    const double mm2 =
        rows * platform.associative.columns * platform.technology.get("cap.cell_um2") * 1e-6;
    return fmt::format(
        "platform.associative.resources is unlimited: layer '{}' takes {} mm2 of compute arrays at "
        "once ({:.0f} arrays at most in any layer), which area_mm2 leaves out",
        widest, report::significant(mm2), arrays);
}

report::ReferenceInfo compare_with_reference(const Compiled& compiled, const ImageSet& images,
                                             const std::vector<std::vector<std::int32_t>>& outputs,
                                             const config::RunConfig& config,
                                             const CheckOptions& options)
{
    reference::Comparison comparison;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const auto& net = compiled.net_of(i);
        const auto& input = net.tensors[static_cast<std::size_t>(net.input)];
        const auto output = static_cast<std::size_t>(net.output);
        if (options.progress) options.progress("comparing with the reference", i, outputs.size());
        const auto codes = codes_of(images.image(i), input);
        const auto expected =
            reference::evaluate(net, codes.data(), config.run.threads, options.interrupted);
        if (options.stopped()) break;
        comparison.add(i, expected[output].data(), outputs[i].data(), outputs[i].size(),
                       net.tensors[output].zero_point);
    }
    report::ReferenceInfo info;
    info.compared = comparison.compared();
    info.mismatches = comparison.mismatches();
    info.first_mismatch = comparison.first_mismatch();
    info.sqnr_db = comparison.sqnr_db();
    return info;
}

std::uint64_t clipped_conversions(const Ledger& ledger, const Compiled& compiled)
{
    std::uint64_t clipped = 0;
    for (const auto& [key, times] : ledger.observations()) {
        const auto& layers = compiled.net.layers;
        const LayerId layer = key.first.layer;
        const bool defined = layer < layers.size() && layers[layer].scheme == IMC_SCHEME_COLUMN;
        if (key.second == "clipped" && !defined) clipped += times;
    }
    return clipped;
}

namespace {

/// Predictions of the float network, some images at a time; fewer than `count` after Ctrl-C.
std::vector<int> float_predictions(const compiler::Graph& graph, const ImageSet& images,
                                   std::size_t count, int classes, const CheckOptions& options)
{
    constexpr std::size_t batch = 16;
    compiler::Graph folded = graph;
    compiler::fold_affine(folded);
    compiler::FloatEvaluator evaluator(folded);
    std::vector<int> all;
    for (std::size_t i = 0; i < count && !options.stopped(); i += batch) {
        if (options.progress) options.progress("evaluating the float network", i, count);
        const auto some = compiler::predictions(
            evaluator.run(images.image(i), std::min(batch, count - i)), classes);
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

}  // namespace

report::Accuracy accuracy_of(const Compiled& compiled, const ImageSet& images,
                             const std::vector<float>& outputs, const CheckOptions& options)
{
    const auto classes =
        compiled.net.tensors[static_cast<std::size_t>(compiled.net.output)].channels;
    const std::size_t count = classes ? outputs.size() / classes : 0;
    const std::vector<int> labels(images.labels.begin(),
                                  images.labels.begin() + static_cast<std::ptrdiff_t>(count));
    report::Accuracy accuracy;
    accuracy.images = count;
    accuracy.top1 =
        compiler::top1(compiler::predictions(outputs, static_cast<int>(classes)), labels);
    if (!compiled.graph) return accuracy;
    const auto floats =
        float_predictions(*compiled.graph, images, count, static_cast<int>(classes), options);
    if (floats.size() == count) accuracy.float_top1 = compiler::top1(floats, labels);
    return accuracy;
}

}  // namespace imc::run
