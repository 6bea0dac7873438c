// SPDX-License-Identifier: Apache-2.0
#include "compiler/quantize/hawq.h"

#include "common/error.h"

#include <array>
#include <utility>

namespace imc::compiler {

namespace {

constexpr std::array<const char*, 21> layers{"conv1",
                                             "layer1.0.conv1",
                                             "layer1.0.conv2",
                                             "layer1.1.conv1",
                                             "layer1.1.conv2",
                                             "layer2.0.conv1",
                                             "layer2.0.conv2",
                                             "layer2.0.downsample",
                                             "layer2.1.conv1",
                                             "layer2.1.conv2",
                                             "layer3.0.conv1",
                                             "layer3.0.conv2",
                                             "layer3.0.downsample",
                                             "layer3.1.conv1",
                                             "layer3.1.conv2",
                                             "layer4.0.conv1",
                                             "layer4.0.conv2",
                                             "layer4.0.downsample",
                                             "layer4.1.conv1",
                                             "layer4.1.conv2",
                                             "fc"};

/// A digit a layer, in the order above.
constexpr std::array<std::pair<const char*, const char*>, 11> presets{{
    {"int8", "888888888888888888888"},
    {"int4", "844444444444444444448"},
    {"latency_0.75", "888888888488884848848"},
    {"latency_0.5", "888888488488844848448"},
    {"latency_0.25", "888848484444444444448"},
    {"size_0.75", "888888888888884888848"},
    {"size_0.5", "888888888888888848448"},
    {"size_0.25", "888888888888888444448"},
    {"bops_0.75", "888888888488884848848"},
    {"bops_0.5", "888848888488844444448"},
    {"bops_0.25", "888848484444444444448"},
}};

}  // namespace

std::vector<std::string> hawq_presets()
{
    std::vector<std::string> names;
    for (const auto& [name, digits] : presets)
        names.emplace_back(name);
    return names;
}

std::map<std::string, unsigned> hawq_resnet18_bits(const std::string& preset)
{
    for (const auto& [name, digits] : presets) {
        if (preset != name) continue;
        std::map<std::string, unsigned> bits;
        for (std::size_t i = 0; i < layers.size(); ++i)
            bits[layers[i]] = static_cast<unsigned>(digits[i] - '0');
        return bits;
    }
    std::string known;
    for (const auto& name : hawq_presets())
        known += (known.empty() ? "" : ", ") + name;
    throw InputError("quantization.preset: '" + preset + "' is no configuration of HAWQ-V3; " +
                     known + " are");
}

}  // namespace imc::compiler
