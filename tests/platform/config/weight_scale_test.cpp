// SPDX-License-Identifier: Apache-2.0
/// quantization.weight_scale, and file keys that an override takes back.
#include "config/scenario.h"
#include "run/compile.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace imc::config {
namespace {

std::string shipped(const std::string& name)
{
    return std::string(IMC_SOURCE_DIR) + "/scenarios/" + name + ".yaml";
}

Scenario loaded(const std::string& name, const std::vector<std::string>& overrides)
{
    LoadOptions options;
    options.overrides = overrides;
    return load_scenario(shipped(name), options);
}

TEST(WeightScale, ATensorSharesOneScaleAndAChannelHasItsOwn)
{
    const auto channel = run::compile(loaded("accuracy_glyphs", {}).config).net;
    const auto tensor =
        run::compile(loaded("accuracy_glyphs", {"quantization.weight_scale=tensor"}).config).net;
    ASSERT_EQ(channel.layers.size(), tensor.layers.size());
    unsigned compared = 0;
    for (std::size_t i = 0; i < tensor.layers.size(); ++i) {
        if (tensor.layers[i].weights.empty()) continue;
        const auto& own = channel.layers[i].weight_scale;
        const auto& shared = tensor.layers[i].weight_scale;
        ASSERT_EQ(shared.size(), 1u) << tensor.layers[i].name;
        // The largest weight of the layer decides: the widest of the channels' scales.
        EXPECT_EQ(shared[0], *std::max_element(own.begin(), own.end())) << tensor.layers[i].name;
        compared += own.size() > 1;
    }
    EXPECT_GT(compared, 5u);
}

TEST(WeightScale, IsRefusedWhereASchemeHasItsOwn)
{
    try {
        loaded("accuracy_column", {"quantization.weight_scale=tensor"});
        FAIL();
    } catch (const ConfigError& e) {
        EXPECT_THAT(e.what(), testing::HasSubstr("belongs to schemes uniform, per_layer and hawq"));
    }
}

TEST(FileKeys, AnEmptyOverrideTakesThemBack)
{
    EXPECT_TRUE(loaded("accuracy_glyphs", {}).config.dataset.labels.given());
    const auto without = loaded("accuracy_glyphs", {"dataset.labels="}).config;
    EXPECT_FALSE(without.dataset.labels.given());
    EXPECT_TRUE(without.dataset.images.given());
    try {
        loaded("accuracy_glyphs", {"network.onnx="});
        FAIL();
    } catch (const ConfigError& e) {
        EXPECT_THAT(e.what(), testing::HasSubstr("network.onnx: is missing"));
    }
}

}  // namespace
}  // namespace imc::config
