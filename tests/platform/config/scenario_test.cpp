// SPDX-License-Identifier: Apache-2.0
#include "scenario_folder.h"

#include <gmock/gmock.h>

namespace imc::config {
namespace {

TEST(Scenario, DefaultsAreThoseOfTheStructs)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario(""));
    const auto scenario = load_scenario(folder.path("s.yaml"));
    EXPECT_EQ(scenario.config.name, "s");
    EXPECT_EQ(scenario.config.run.images, 1u);
    EXPECT_EQ(scenario.config.platform.crossbar.rows, 64u) << "from the platform file";
    EXPECT_EQ(scenario.config.platform.crossbar.columns, 128u) << "default";
    EXPECT_EQ(scenario.config.platform.tiles_per_chip(), 4u);
    EXPECT_DOUBLE_EQ(scenario.config.platform.technology.get("adc.conversion_pj"), 0.5);
}

TEST(Scenario, EveryValueTellsWhereItCameFrom)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario("run: {images: 2}\n"));
    LoadOptions options;
    options.overrides = {"platform.crossbar.columns=32"};
    const auto scenario = load_scenario(folder.path("s.yaml"), options);
    EXPECT_EQ(scenario.origin("run.images"), folder.path("s.yaml") + ":1:15");
    EXPECT_EQ(scenario.origin("platform.crossbar.rows"), folder.path("p.yaml") + ":3:18");
    EXPECT_EQ(scenario.origin("platform.crossbar.columns"), "--set platform.crossbar.columns=32");
    EXPECT_EQ(scenario.origin("run.threads"), "default");
}

TEST(Scenario, OverridesGoOverIncludesInTheirOrder)
{
    ScenarioFolder folder;
    folder.write("s.yaml",
                 ScenarioFolder::scenario("platform: {base: p.yaml, crossbar: {rows: 32}}\n"));
    LoadOptions options;
    options.overrides = {"run.images=2",
                         "run.images=3",
                         "technology.adc.conversion_pj=0.25",
                         "mapping.replicate={a.b: 2}",
                         "quantization.block=[4, 4]",
                         "quantization.scheme=bwq",
                         "platform.crossbar.ou_rows=4",
                         "platform.crossbar.ou_columns=4"};
    const auto scenario = load_scenario(folder.path("s.yaml"), options);
    EXPECT_EQ(scenario.config.run.images, 3u);
    EXPECT_EQ(scenario.config.platform.crossbar.rows, 32u)
        << "the scenario changes one key of its platform";
    EXPECT_EQ(scenario.config.platform.crossbar.sign, crossbar::SignMode::diff_analog);
    EXPECT_EQ(scenario.config.mapping.copies.at("a.b"), 2u);
    EXPECT_THAT(scenario.config.quantization.block, testing::ElementsAre(4u, 4u));
    const auto& energy = scenario.config.platform.technology.values().at("adc.conversion_pj");
    EXPECT_DOUBLE_EQ(energy.value, 0.25);
    EXPECT_EQ(energy.unit, "pJ") << "an override of a number leaves its unit";
}

TEST(Scenario, APlatformBringsItsUsualTechnology)
{
    ScenarioFolder folder;
    folder.write("hw/p.yaml", "name: p\ntechnology: ../t.yaml\n");
    folder.write("s.yaml", "network: {onnx: n.onnx}\nplatform: hw/p.yaml\n");
    EXPECT_EQ(load_scenario(folder.path("s.yaml")).config.platform.technology.name, "t");
    folder.write("u.yaml", "name: u\n");
    folder.write("s.yaml", "network: {onnx: n.onnx}\nplatform: hw/p.yaml\ntechnology: u.yaml\n");
    EXPECT_EQ(load_scenario(folder.path("s.yaml")).config.platform.technology.name, "u");
}

TEST(Scenario, FilesAreFoundBesideTheScenarioThenInTheDataFolder)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario("network: {onnx: nets/only_in_data.onnx}\n"));
    folder.write("data/nets/only_in_data.onnx", "x");
    EXPECT_EQ(folder.errors().size(), 1u);
    setenv("VP_DATA", folder.path("data").c_str(), 1);
    const auto found = load_scenario(folder.path("s.yaml")).config.network.onnx;
    EXPECT_EQ(found.path, folder.path("data/nets/only_in_data.onnx"));
    EXPECT_EQ(found.name, "nets/only_in_data.onnx");
    folder.write("nets/only_in_data.onnx", "x");
    EXPECT_EQ(load_scenario(folder.path("s.yaml")).config.network.onnx.path,
              folder.path("nets/only_in_data.onnx"));
    unsetenv("VP_DATA");
}

TEST(Scenario, ShippedFilesAreFoundLast)
{
    ScenarioFolder folder;
    folder.write("s.yaml", "network: {onnx: n.onnx}\nplatform: platforms/own.yaml\n");
    folder.write("root/scenarios/platforms/own.yaml",
                 "name: shipped\ntechnology: ../technologies/t.yaml\n");
    folder.write("root/scenarios/technologies/t.yaml", "name: t\n");
    EXPECT_EQ(folder.errors().size(), 2u) << "platform, and so technology";
    setenv("VP_ROOT", folder.path("root").c_str(), 1);
    const auto platform = [&] { return load_scenario(folder.path("s.yaml")).config.platform.name; };
    EXPECT_EQ(platform(), "shipped");
    setenv("VP_DATA", folder.path("data").c_str(), 1);
    folder.write("data/platforms/own.yaml", "name: data\ntechnology: ../../t.yaml\n");
    EXPECT_EQ(platform(), "data");
    folder.write("platforms/own.yaml", "name: beside\ntechnology: ../t.yaml\n");
    EXPECT_EQ(platform(), "beside");
    unsetenv("VP_DATA");
    unsetenv("VP_ROOT");
}

TEST(Scenario, TheNameOfATechnologyHasItsPlace)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario(""));
    const auto scenario = load_scenario(folder.path("s.yaml"));
    EXPECT_EQ(scenario.origin("technology.name"), folder.path("t.yaml") + ":1:7");
}

TEST(Scenario, AnArgumentOfACommandIsBlamedAsItWasTyped)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario(""));
    LoadOptions options;
    options.arguments = {{"--images 0", "run.images=0"}};
    const auto errors = folder.errors(options);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].rfind("--images 0: run.images: 0 is out of range", 0), 0u) << errors[0];
}

TEST(Scenario, TheLockFileIsAScenarioWithTheSameSettings)
{
    ScenarioFolder folder;
    folder.write("s.yaml",
                 ScenarioFolder::scenario(
                     "run: {images: 2, watchdog: 1.5 ms}\n"
                     "quantization: {scheme: per_layer, layers: {a.b: {weight_bits: 3}}}\n"
                     "description: \"quotes \\\" and: colons\"\n"));
    const auto scenario = load_scenario(folder.path("s.yaml"));
    EXPECT_EQ(scenario.config.run.watchdog_ps, 1'500'000'000u);
    folder.write("elsewhere/lock.yaml", lock_text(scenario));
    const auto again = load_scenario(folder.path("elsewhere/lock.yaml"));
    const auto before = scenario.settings(), after = again.settings();
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(before[i].path, after[i].path);
        if (before[i].path == "files") continue;
        EXPECT_EQ(before[i].value, after[i].value) << before[i].path;
    }
    EXPECT_EQ(again.config.network.onnx.path, scenario.config.network.onnx.path);
    EXPECT_EQ(lock_text(again), lock_text(scenario)) << "a lock of a lock is the same";
}

TEST(Scenario, EveryKeyHasAMeaning)
{
    for (const auto& key : scenario_keys())
        EXPECT_FALSE(key.help.empty()) << key.path;
}

}  // namespace
}  // namespace imc::config
