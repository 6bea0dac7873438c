// SPDX-License-Identifier: Apache-2.0
/// The scenarios, platforms and technologies that ship with the repository.
#include "config/scenario.h"

#include "config/technology_file.h"
#include "config/technology_keys.h"
#include "crossbar/kernel/read_counts.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace imc::config {
namespace {

std::string scenario_file(const std::string& name)
{
    return std::string(IMC_SOURCE_DIR) + "/scenarios/" + name + ".yaml";
}

TEST(Presets, EveryShippedScenarioIsSound)
{
    unsigned count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(IMC_SOURCE_DIR) + "/scenarios")) {
        if (entry.path().extension() != ".yaml") continue;
        ++count;
        LoadOptions options;
        options.needs_network = entry.path().stem().string().rfind("infer_", 0) != 0;
        EXPECT_NO_THROW({
            try {
                load_scenario(entry.path().string(), options);
            } catch (const ConfigError& e) {
                ADD_FAILURE() << e.what();
                throw;
            }
        });
    }
    EXPECT_GE(count, 5u);
}

TEST(Presets, TheCamTableOfRapidnnIsTheModelsOwn)
{
    const auto rapidnn = load_scenario(scenario_file("mnist_rapidnn")).config.platform;
    const Technology own = cam::default_technology();
    for (const auto& [key, value] : own.values()) {
        if (key == "cam.cycle_ns") continue;  // a platform key
        EXPECT_DOUBLE_EQ(rapidnn.technology.get(key), value.value) << key;
        const std::string label = value.source.substr(0, value.source.find(':'));
        EXPECT_EQ(rapidnn.technology.values().at(key).source.rfind(label, 0), 0u) << key;
    }
    const cam::Config defaults;
    EXPECT_EQ(rapidnn.cam.rnas_per_tile, defaults.rnas_per_tile);
    EXPECT_EQ(rapidnn.cam.counters_physical, defaults.counters_physical);
    EXPECT_EQ(rapidnn.tiles_per_chip(), 32u);
}

TEST(Presets, BwqHasTheUnitsOfItsPaper)
{
    const auto config = load_scenario(scenario_file("resnet18_bwq")).config;
    const auto& x = config.platform.crossbar;
    EXPECT_EQ(config.platform.name, "bwq_h");
    EXPECT_EQ(x.ou_rows * x.ou_columns, 72u);
    EXPECT_EQ(x.adcs_per_array, x.ou_columns) << "one conversion a bitline and cycle";
    EXPECT_EQ(x.skipping, crossbar::Skipping::bwq);
    EXPECT_EQ(config.run.schedule, Schedule::layer_sequential);
    EXPECT_EQ(config.mapping.replicate, Replicate::none);
    EXPECT_NEAR(config.quantization.weight_bits_mean, 32 / 56.46, 5e-4)
        << "Table II, compression 56.46";
}

TEST(Presets, TheBaselineDiffersFromBwqOnlyInSkipping)
{
    const auto bwq = load_scenario(scenario_file("resnet18_bwq")),
               isaac = load_scenario(scenario_file("resnet18_isaac_ou"));
    const auto a = bwq.settings(), b = isaac.settings();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].path.rfind("platform.", 0) != 0 && a[i].path.rfind("technology.", 0) != 0)
            continue;
        if (a[i].path == "platform.name" || a[i].path == "platform.crossbar.skipping") continue;
        EXPECT_EQ(a[i].value, b[i].value) << a[i].path;
    }
}

/// Isaac, SRE, SME, BSQ and BWQ differ only in what they skip; their precisions are those of BWQ's
/// Table II and of bwq.md 5.6.
TEST(Presets, TheDesignsOfBwqsComparisonShareTheirHardware)
{
    const auto isaac = load_scenario(scenario_file("resnet18_isaac_ou"));
    for (const std::string design : {"sre", "sme", "bsq"}) {
        const auto other = load_scenario(scenario_file("resnet18_" + design));
        const auto a = isaac.settings(), b = other.settings();
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i)
            if (a[i].path.rfind("platform.", 0) == 0 && a[i].path != "platform.name" &&
                a[i].path != "platform.crossbar.skipping") {
                EXPECT_EQ(a[i].value, b[i].value) << design << " " << a[i].path;
            }
        EXPECT_EQ(other.config.run.schedule, Schedule::layer_sequential);
        EXPECT_EQ(other.config.mapping.replicate, Replicate::none);
    }
    const auto sme = load_scenario(scenario_file("resnet18_sme")).config;
    EXPECT_EQ(sme.platform.crossbar.skipping, crossbar::Skipping::sme);
    EXPECT_EQ(sme.quantization.bit_window, 3u);
    const auto bsq = load_scenario(scenario_file("resnet18_bsq")).config;
    EXPECT_EQ(bsq.platform.crossbar.skipping, crossbar::Skipping::none);
    EXPECT_EQ(bsq.quantization.granularity, Granularity::layer);
    EXPECT_EQ(bsq.quantization.activation_bits, 4u);
    EXPECT_NEAR(bsq.quantization.weight_bits_mean, 32 / 26.05, 5e-4);
}

/// Sum of the events of one operation unit cycle, bwq.md section 4: 1.631 pJ with buffer, 0.0381 of
/// it.
TEST(Presets, TheEnergyOfAnOperationUnitAddsUpToTheRecommendedSet)
{
    const auto& t = load_scenario(scenario_file("resnet18_bwq")).config.platform.technology;
    const double ou = 8 * t.get("adc.conversion_pj_4bit") +
                      2 * 72 * t.get("crossbar.cell_read_pj") + 9 * t.get("dac.drive_pj") +
                      8 * t.get("shift_add.add_pj") + t.get("controller.lookup_pj");
    EXPECT_NEAR(ou, 1.631 - 0.0381, 1e-3);
    EXPECT_NEAR(8 * t.get("adc.conversion_pj_4bit") / ou, 1.5 / (1.631 - 0.0381), 1e-3);
}

/// BWQ's Table I (arXiv 2310.12182), in W: what one operation unit of the preset causes, charged by
/// the preset's technology, stands in these proportions to its converters.
TEST(Presets, AnOperationUnitSpendsAsTableOneOfBwq)
{
    const auto platform = load_scenario(scenario_file("resnet18_bwq")).config.platform;
    const auto& t = platform.technology;
    crossbar::RowShape shape;  // one block of 9 x 8 weights, one plane, one input bit
    shape.in_channels = 9;
    shape.out_channels = 8;
    const crossbar::ReadCounts n = crossbar::position_counts(
        crossbar::BlockMap(shape, 9, 8, 1), crossbar::ReadSpec(platform.crossbar), 1);
    const auto joules = [&](std::uint64_t count, const char* key) {
        return static_cast<double>(count) * t.get(key);
    };
    const double adc = joules(n.conversions, "adc.conversion_pj_4bit");
    EXPECT_NEAR(joules(n.cell_reads, "crossbar.cell_read_pj") / adc, 0.89 / 23.22, 1e-3);
    EXPECT_NEAR(joules(n.wordline_drives, "dac.drive_pj") / adc, 0.36 / 23.22, 1e-4);
    EXPECT_NEAR(joules(n.table_lookups, "controller.lookup_pj") / adc, 0.0928 / 23.22, 1e-4);
    EXPECT_NEAR(joules(n.shift_adds, "shift_add.add_pj") / adc, 0.0926 / 23.22, 1e-4);
}

/// SRE's published 6-bit converter power 0.6425 mW and ISAAC's 8-bit 2 mW at 1.2 GS/s (bwq.md
/// section 4).
TEST(Presets, ConverterEnergiesMeetThePublishedPoints)
{
    const auto& t = load_scenario(scenario_file("resnet18_bwq")).config.platform.technology;
    EXPECT_NEAR(t.get("adc.conversion_pj_6bit") * 1.2, 0.6425, 1e-3);
    EXPECT_NEAR(t.get("adc.conversion_pj_8bit") * 1.2, 2.0, 1e-3);
    EXPECT_NEAR(t.get("adc.conversion_pj_4bit"), 0.1875, 1e-4);
}

/// ISAAC's Table I (ISCA 2016): one IMA has 8 arrays, 8 x 128 drivers and sample-and-holds, 8
/// converters; all work during a read of 100 ns. Converters: 8 at 1.2 GS/s take 16 mW; 1,024
/// conversions in 100 ns are 1.28 GS/s, 17.1 mW.
TEST(Presets, AWholeReadSpendsAsTableOneOfIsaac)
{
    const auto platform = load_scenario(scenario_file("resnet18_isaac")).config.platform;
    const auto& t = platform.technology;
    crossbar::RowShape shape;  // 128 inputs, 16 outputs of 8 slices: one array, one input bit
    shape.in_channels = 128;
    shape.out_channels = 16;
    crossbar::ReadSpec spec(platform.crossbar);
    const crossbar::ReadCounts n =
        crossbar::position_counts(crossbar::BlockMap(shape, spec.rows, spec.columns, 16), spec, 1);
    EXPECT_EQ(n.wordline_drives, 128u);
    const auto milliwatts = [&](std::uint64_t count, const char* key) {
        return 8 * static_cast<double>(count) * t.get(key) / 100.0;  // 8 arrays; pJ / ns
    };
    EXPECT_NEAR(milliwatts(n.wordline_drives, "dac.drive_pj"), 4.0, 0.01);
    EXPECT_NEAR(milliwatts(n.conversions, "sample_hold.sample_pj"), 0.010, 0.0002);
    EXPECT_NEAR(milliwatts(n.cell_reads, "crossbar.cell_read_pj"), 2.4, 0.03);
    EXPECT_NEAR(milliwatts(n.conversions, "adc.conversion_pj_8bit"), 16.0 * 1.28 / 1.2, 0.2);
}

/// Every shipped file is read on its own, so that no other's numbers stand in for it.
TEST(Presets, EveryNumberOfEveryTechnologyHasASourceAndAUnit)
{
    std::size_t files = 0, numbers = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(IMC_SOURCE_DIR) +
                                                                 "/scenarios/technologies")) {
        Errors errors;
        const auto path = entry.path();
        const Value top = load_yaml(path, path.filename().string(), errors);
        errors.throw_if_any();
        Technology technology;
        Reader reader{errors, {}, {}};
        Value own = top;
        own.entries.erase(std::remove_if(own.entries.begin(), own.entries.end(),
                                         [](const Entry& e) { return e.key == "base"; }),
                          own.entries.end());
        read_technology(technology, own, "technology", reader);
        errors.throw_if_any();
        ++files;
        for (const auto& [key, value] : technology.values()) {
            ++numbers;
            EXPECT_GT(value.source.size(), 10u) << path << " " << key;
            EXPECT_FALSE(value.unit.empty()) << path << " " << key;
        }
    }
    EXPECT_GE(files, 11u);
    EXPECT_GE(numbers, 150u);
}

TEST(Presets, EveryPlatformFindsTheNumbersItCharges)
{
    std::size_t scenarios = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(IMC_SOURCE_DIR) + "/scenarios")) {
        if (entry.path().extension() != ".yaml") continue;
        LoadOptions options;
        options.needs_network = false;
        auto platform = load_scenario(entry.path().string(), options).config.platform;
        platform.chips = 2;
        EXPECT_THAT(missing_technology(platform), testing::IsEmpty()) << entry.path();
        ++scenarios;
    }
    EXPECT_GE(scenarios, 40u);
}

/// What a platform needs follows from its tiles, converters and chips.
TEST(Presets, AMissingNumberIsNamedWhereItIsNeeded)
{
    const auto without = [](const char* scenario, const std::string& key) {
        auto platform = load_scenario(scenario_file(scenario)).config.platform;
        Technology fewer;
        for (const auto& [name, value] : platform.technology.values())
            if (name != key) fewer.set(name, value);
        platform.technology = fewer;
        return missing_technology(platform);
    };
    using testing::ElementsAre;
    EXPECT_THAT(without("resnet18_bwq", "adc.area_mm2_4bit"), ElementsAre("adc.area_mm2_4bit"));
    EXPECT_THAT(without("resnet18_bwq", "adc.area_mm2_8bit"), testing::IsEmpty());
    EXPECT_THAT(without("resnet18_isaac", "adc.conversion_pj_8bit"),
                ElementsAre("adc.conversion_pj_8bit"));
    EXPECT_THAT(without("resnet18_bwq", "adc.comparator_pj"), ElementsAre("adc.comparator_pj"));
    EXPECT_THAT(without("resnet18_isaac", "adc.comparator_pj"), testing::IsEmpty());
    EXPECT_THAT(without("resnet18_bwq", "link.bit_pj"), testing::IsEmpty()) << "one chip";
    EXPECT_THAT(without("vgg16_ap_4bit", "cap.compare_pj"), ElementsAre("cap.compare_pj"));
    EXPECT_THAT(without("mnist_rapidnn", "cam.search_row_bit_pj"),
                ElementsAre("cam.search_row_bit_pj"));
    EXPECT_THAT(without("mnist_rapidnn", "dac.drive_pj"), testing::IsEmpty()) << "no crossbar";
}

TEST(Presets, TheTechnologyPageHoldsEveryKey)
{
    std::ifstream page(std::string(IMC_SOURCE_DIR) + "/docs/technology_keys.md");
    std::ostringstream text;
    text << page.rdbuf();
    EXPECT_THAT(text.str(), testing::EndsWith(technology_reference()))
        << "write it with: ./vp list keys";
}

}  // namespace
}  // namespace imc::config
