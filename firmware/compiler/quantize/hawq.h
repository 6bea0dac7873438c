// SPDX-License-Identifier: Apache-2.0
/// HAWQ-V3's bit configurations of ResNet-18 (github.com/Zhen-Dong/HAWQ at 1616df6,
/// bit_config.py): weight bits and input bits of a layer are equal.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace imc::compiler {

/// int8, int4, latency_0.75/0.5/0.25, size_..., bops_...
std::vector<std::string> hawq_presets();

/// Bits by layer of ResNet-18 with the names of torchvision (conv1, layer1.0.conv1, ...,
/// layer2.0.downsample, fc). Throws InputError for an unknown preset.
std::map<std::string, unsigned> hawq_resnet18_bits(const std::string& preset);

}  // namespace imc::compiler
