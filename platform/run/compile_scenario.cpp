// SPDX-License-Identifier: Apache-2.0
#include "run/compile_scenario.h"

#include "compiler/emit/emit.h"
#include "compiler/float_eval/float_evaluator.h"
#include "compiler/graph/passes.h"
#include "compiler/import/onnx_import.h"
#include "compiler/map/map.h"
#include "compiler/quantize/quantize.h"
#include "run/options.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace imc::run {

namespace {

/// Maps and emits what the quantiser made.
void lay_out(const config::RunConfig& config, CompiledScenario& compiled)
{
    compiled.platform = config.platform;
    compiled.mapping = compiler::map_network(compiled.net, compiled.platform, map_options(config));
    compiled.platform.chips = compiled.mapping.chips;
    compiled.program = compiler::emit_program(compiled.net, compiled.mapping, compiled.platform);
}

/// Quantises `graph` with `calibration` images (synthetic ones if it has none).
compiler::QNet quantized(const config::RunConfig& config, const compiler::Graph& graph,
                         const ImageSet& calibration)
{
    const auto options = quant_options(config);
    const auto ranges = [&](const compiler::Graph& ready) {
        // One seeded image stands in where nobody gave any: ranges of synthetic weights ask for no
        // more.
        const ImageSet& given = calibration;
        const ImageSet own =
            given.count == 0 ? synthetic_images(ready.shape(ready.input), 1, config.network.seed)
                             : ImageSet{};
        const ImageSet& images = given.count == 0 ? own : given;
        return compiler::calibrate(ready, images.pixels.data(), images.count, options);
    };
    return compiler::quantize(graph, options, ranges);
}

}  // namespace

CompiledScenario compile_model(const config::RunConfig& config, const std::string& onnx,
                               ImageSet images, const ImageSet& calibration)
{
    compiler::ImportOptions import;
    import.shapes_only = config.network.weights == config::Weights::synthetic;
    const compiler::Graph graph = compiler::import_onnx(onnx, import);
    CompiledScenario compiled;
    compiled.net = quantized(config, graph, calibration);
    compiled.net.source = onnx;
    compiled.images = std::move(images);
    lay_out(config, compiled);
    return compiled;
}

CompiledScenario compile_scenario(const config::RunConfig& config, bool with_float)
{
    compiler::ImportOptions import;
    import.shapes_only = config.network.weights == config::Weights::synthetic;
    const compiler::Graph graph = compiler::import_onnx(config.network.onnx.path, import);
    const compiler::Shape& shape = graph.shape(graph.input);
    CompiledScenario compiled;
    compiled.images = synthetic_images(shape, config.run.images, config.network.seed);
    compiled.net = quantized(config, graph, {});
    compiled.net.source = config.network.onnx.path;
    if (with_float && !graph.synthetic()) {
        compiler::FloatEvaluator evaluator(graph);
        const auto logits = evaluator.run(compiled.images.pixels.data(), compiled.images.count);
        const auto classes = static_cast<int>(logits.size() / compiled.images.count);
        compiled.float_predictions = compiler::predictions(logits, classes);
    }
    lay_out(config, compiled);
    return compiled;
}

void encode_image(const compiler::QTensor& input, const float* image, unsigned bytes,
                  std::uint8_t* out)
{
    for (std::size_t i = 0; i < input.size(); ++i) {
        const double code = std::nearbyint(image[i] / input.scale) + input.zero_point;
        const auto clamped =
            static_cast<std::int32_t>(std::clamp<double>(code, input.min, input.max));
        std::memcpy(out + i * bytes, &clamped, bytes);  // little-endian: the low bytes
    }
}

}  // namespace imc::run
