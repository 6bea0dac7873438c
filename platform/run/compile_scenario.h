// SPDX-License-Identifier: Apache-2.0
/// From a checked scenario to a program image and the images it will see.
#pragma once

#include "compiler/map/mapping.h"
#include "compiler/quantize/qnet.h"
#include "config/run_config.h"
#include "run/images.h"

#include <cstdint>
#include <vector>

namespace imc::run {

struct CompiledScenario {
    compiler::QNet net;
    compiler::Mapping mapping;
    AcceleratorConfig platform;  ///< the scenario's, with the chips the mapping took
    std::vector<std::uint8_t> program;
    ImageSet images;  ///< what will run
    std::vector<int>
        float_predictions;  ///< of the float network on the same images; empty if not asked for
};

/// Imports, quantises, maps and emits. Throws InputError, one line. `with_float` also runs the
/// images through the float network.
CompiledScenario compile_scenario(const config::RunConfig& config, bool with_float);

/// The same for a model and images that the caller brings (`vp infer`).
CompiledScenario compile_model(const config::RunConfig& config, const std::string& onnx,
                               ImageSet images, const ImageSet& calibration);

/// Codes of image `index` as the accelerator's input port wants them (docs/numbers.md), bytes per
/// code as in `port`.
void encode_image(const compiler::QTensor& input, const float* image, unsigned bytes,
                  std::uint8_t* out);

}  // namespace imc::run
