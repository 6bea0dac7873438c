// SPDX-License-Identifier: Apache-2.0
/// HAWQ-V3's published sizes and bit operations from the bit lists (model_zoo.md).
#include "compiler/quantize/hawq.h"

#include "common/error.h"

#include <gtest/gtest.h>

#include <array>

namespace imc::compiler {
namespace {

struct Layer {
    const char* name;
    double outputs, length, positions;
};

/// ResNet-18 by hand.
constexpr std::array<Layer, 21> resnet18{{{"conv1", 64, 147, 12544},
                                          {"layer1.0.conv1", 64, 576, 3136},
                                          {"layer1.0.conv2", 64, 576, 3136},
                                          {"layer1.1.conv1", 64, 576, 3136},
                                          {"layer1.1.conv2", 64, 576, 3136},
                                          {"layer2.0.conv1", 128, 576, 784},
                                          {"layer2.0.conv2", 128, 1152, 784},
                                          {"layer2.0.downsample", 128, 64, 784},
                                          {"layer2.1.conv1", 128, 1152, 784},
                                          {"layer2.1.conv2", 128, 1152, 784},
                                          {"layer3.0.conv1", 256, 1152, 196},
                                          {"layer3.0.conv2", 256, 2304, 196},
                                          {"layer3.0.downsample", 256, 128, 196},
                                          {"layer3.1.conv1", 256, 2304, 196},
                                          {"layer3.1.conv2", 256, 2304, 196},
                                          {"layer4.0.conv1", 512, 2304, 49},
                                          {"layer4.0.conv2", 512, 4608, 49},
                                          {"layer4.0.downsample", 512, 256, 49},
                                          {"layer4.1.conv1", 512, 4608, 49},
                                          {"layer4.1.conv2", 512, 4608, 49},
                                          {"fc", 1000, 512, 1}}};

TEST(Hawq, SizesAndBitOperationsMeetThePublishedOnes)
{
    struct Published {
        const char* preset;
        double megabytes, gbops;
    };
    for (const Published& p : {Published{"int8", 11.1, 116}, Published{"latency_0.75", 8.7, 92},
                               Published{"latency_0.5", 7.2, 76},
                               Published{"latency_0.25", 6.1, 54}, Published{"int4", 5.8, 34},
                               Published{"size_0.75", 9.9, 103}, Published{"size_0.5", 7.9, 98},
                               Published{"size_0.25", 7.3, 95}, Published{"bops_0.75", 8.7, 92},
                               Published{"bops_0.5", 6.7, 72}, Published{"bops_0.25", 6.1, 54}}) {
        const auto bits = hawq_resnet18_bits(p.preset);
        ASSERT_EQ(bits.size(), resnet18.size());
        double size = 0.0, bops = 0.0;
        for (const Layer& layer : resnet18) {
            const double b = bits.at(layer.name);
            size += layer.outputs * layer.length * b;
            bops += layer.outputs * layer.length * layer.positions * b * b;
        }
        EXPECT_NEAR(size / 8 / 1024 / 1024, p.megabytes, 0.035 * p.megabytes) << p.preset;
        EXPECT_NEAR(bops * 1e-9, p.gbops, 0.035 * p.gbops) << p.preset;
    }
}

TEST(Hawq, DownsamplingHasTheBitsOfItsUnit)
{
    for (const auto& preset : hawq_presets()) {
        const auto bits = hawq_resnet18_bits(preset);
        for (const std::string layer : {"layer2.0", "layer3.0", "layer4.0"})
            EXPECT_EQ(bits.at(layer + ".conv1"), bits.at(layer + ".downsample")) << preset;
    }
    EXPECT_THROW(hawq_resnet18_bits("latency_0.1"), InputError);
}

}  // namespace
}  // namespace imc::compiler
