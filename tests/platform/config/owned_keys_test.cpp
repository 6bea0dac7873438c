// SPDX-License-Identifier: Apache-2.0
/// Keys of a mode that is not chosen: refused where they were set on purpose, without meaning where
/// a platform file below the choice set them.
#include "line_case.h"

namespace imc::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OwnedKeys : public testing::TestWithParam<Case> {};

TEST_P(OwnedKeys, OfAnotherModeAreRefusedInOneLine)
{
    expect_line(GetParam());
}

const Case cases[]{
    {"ReadsOfWholeArraysUnderUnits", "platform: {base: p.yaml, crossbar: {read_ns: 50}}\n",
     "s.yaml:1:46: platform.crossbar.read_ns: is of arrays that are read whole, and these are read "
     "by operation units; set ou_cycle_ns, or activation: full_array"},
    {"UnitsOfWholeArrays",
     "platform: {base: p.yaml, crossbar: {activation: full_array, ou_rows: 4}}\n",
     "s.yaml:1:70: platform.crossbar.ou_rows: is of operation units, and these arrays are read "
     "whole; set activation: operation_unit, or leave it out"},
    {"AssociativeKeysOnCrossbars", "platform: {base: p.yaml, associative: {rows: 100}}\n",
     "s.yaml:1:46: platform.associative.rows: belongs to associative tiles, which this platform "
     "lacks; choose a platform with engine associative, or leave it out"},
    {"CamKeysOnCrossbars", "platform: {base: p.yaml, cam: {node_nm: 28}}\n",
     "s.yaml:1:41: platform.cam.node_nm: belongs to CAM tiles, which this platform lacks; choose a "
     "platform with engine cam, or leave it out"},
    {"CrossbarKernelsWithoutCrossbars",
     "run: {kernel_path: integer}\nplatform: {base: p.yaml, tiles: [{engine: cam, count: 4}]}\n",
     "s.yaml:1:20: run.kernel_path: belongs to crossbar tiles, which this platform lacks; leave it "
     "out"},
    {"NodeOfThePapersTable",
     "platform: {base: p.yaml, tiles: [{engine: cam, count: 4}], cam: {energy: paper, node_nm: "
     "28}}\n",
     "s.yaml:1:90: platform.cam.node_nm: is of energy: device, and the recalled table of a block "
     "stands in for it; set energy: device, or leave it out"},
    {"MatchLinesOfNearestSearch",
     "platform: {base: p.yaml, tiles: [{engine: cam, count: 4}], cam: {match_ns: 2}}\n",
     "s.yaml:1:76: platform.cam.match_ns: is of search: exact, and these memories look for the "
     "nearest row; set search: exact, or leave it out"},
    {"StagesOfExactMatch",
     "platform: {base: p.yaml, tiles: [{engine: cam, count: 4}], cam: {search: exact, stage_bits: "
     "4}}\n",
     "s.yaml:1:93: platform.cam.stage_bits: is of searches for the nearest row, and exact match "
     "compares all bits at once; set match_ns, or search: absolute"},
    {"InstructionsOfTheNativeHost", "host: {cpu: native, cycles_per_instruction: 2}\n",
     "s.yaml:1:45: host.cycles_per_instruction: is of the instruction simulator, and the firmware "
     "runs natively; set cpu: rv64, or leave it out"},
    {"BitsOfCodebooks",
     "quantization: {scheme: codebook, weight_bits: 4}\nplatform: {base: p.yaml, tiles: [{engine: "
     "cam, count: 4}]}\n",
     "s.yaml:1:47: quantization.weight_bits: is not read under scheme codebook, whose tables have "
     "sizes of their own; write quantization.codebook, or leave it out"},
    {"PrecisionOfBlocksWithoutBlocks", "quantization: {granularity: layer}\n",
     "s.yaml:1:29: quantization.granularity: belongs to scheme bwq; set scheme: bwq, or leave it "
     "out"},
    {"NumbersOfOtherTiles",
     "technology: {base: t.yaml, cap: {compare_pj: {value: 1, unit: pJ, source: me}}}\n",
     "s.yaml:1:46: technology.cap.compare_pj: changes nothing: no tile of this platform is charged "
     "for 'cap'; leave it out"},
    {"SamplesOfOperationUnits",
     "technology: {base: t.yaml, sample_hold: {sample_pj: {value: 1, unit: pJ, source: me}}}\n",
     "s.yaml:1:53: technology.sample_hold.sample_pj: changes nothing: bitlines are sampled in "
     "arrays that are read whole alone; leave it out"},
    {"ComparatorsOfTwoConversions",
     "technology: {base: t.yaml, adc: {comparator_pj: {value: 1, unit: pJ, source: me}}}\n"
     "platform: {base: p.yaml, crossbar: {sign: diff_digital}}\n",
     "s.yaml:1:49: technology.adc.comparator_pj: changes nothing: comparators belong to sign: "
     "diff_analog; leave it out"},
};

INSTANTIATE_TEST_SUITE_P(Config, OwnedKeys, testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.name); });

/// On the command line a user means what he says, also where it is the default.
TEST(OwnedKeys, OnTheCommandLineDefaultsAreRefusedToo)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario(""));
    LoadOptions options;
    options.overrides = {"platform.crossbar.read_ns=100"};
    EXPECT_EQ(folder.errors(options).size(), 1u);
    options.overrides = {"technology.adc.conversion_pj.value=2"};
    EXPECT_THAT(folder.errors(options), IsEmpty());
}

/// Counted events, the recalled table of a block and the two kinds of search each have numbers of
/// their own.
TEST(OwnedKeys, NumbersOfCamTilesFollowTheModeOfEnergyAndTheSearch)
{
    const auto refused = [](const std::string& cam, const std::string& number) {
        ScenarioFolder folder;
        folder.write("s.yaml",
                     ScenarioFolder::scenario(
                         "platform: {base: p.yaml, tiles: [{engine: cam, count: 4}], "
                         "cam: {" +
                         cam + "}}\ntechnology: {base: t.yaml, cam: {" + number + "}}\n"));
        const auto errors = folder.errors();
        for (const auto& error : errors)
            EXPECT_THAT(error, testing::HasSubstr("changes nothing"));
        return errors.size();
    };
    const std::string pj = ": {value: 1, unit: pJ, source: me}";
    const std::string leak = "leakage_row_w: {value: 0, unit: W, source: me}";
    const std::string block = "paper: {counter_mw: {value: 1, unit: mW, source: me}}";
    const std::string write = "row_write_ns: {value: 1, unit: ns, source: me}";
    EXPECT_EQ(refused("energy: device", leak), 0u);
    EXPECT_EQ(refused("energy: paper", leak), 1u);
    EXPECT_EQ(refused("energy: device", block), 1u);
    EXPECT_EQ(refused("energy: paper", block), 0u);
    EXPECT_EQ(refused("energy: paper", write), 0u) << "it makes a block busy for longer";
    EXPECT_EQ(refused("search: absolute", "search_row_bit_pj" + pj), 0u);
    EXPECT_EQ(refused("search: exact", "search_row_bit_pj" + pj), 1u);
    EXPECT_EQ(refused("search: exact", "match_row_bit_pj" + pj), 0u);
    EXPECT_EQ(refused("search: absolute", "match_row_bit_pj" + pj), 1u);
    EXPECT_EQ(refused("energy: device", "crossbar: {nor_pj" + pj + "}"), 0u);
    EXPECT_EQ(refused("energy: device", "crossbar: {nor_low_pj" + pj + "}"), 1u);
}

/// A platform whose base speaks of operation units, read whole by the scenario: ou_rows means
/// nothing then, and the lock file of the run can be run again.
TEST(OwnedKeys, OfAFileBelowTheChoiceGoBackToTheirDefaults)
{
    ScenarioFolder folder;
    folder.write("units.yaml", "name: u\ntiles: 4\ncrossbar: {rows: 64, ou_rows: 16}\n");
    folder.write("s.yaml",
                 ScenarioFolder::scenario(
                     "platform: {base: units.yaml, crossbar: {activation: full_array}}\n"));
    const auto scenario = load_scenario(folder.path("s.yaml"));
    EXPECT_EQ(scenario.config.platform.crossbar.ou_rows, 9u);
    EXPECT_EQ(scenario.origin("platform.crossbar.ou_rows"), "default");
    EXPECT_EQ(scenario.config.platform.crossbar.rows, 64u) << "read in both modes";
    folder.write("s.yaml", lock_text(scenario));
    EXPECT_THAT(folder.errors(), IsEmpty());

    folder.write("s.yaml", ScenarioFolder::scenario("platform: units.yaml\n"));
    EXPECT_EQ(load_scenario(folder.path("s.yaml")).config.platform.crossbar.ou_rows, 16u);
    LoadOptions associative;
    associative.overrides = {"platform.tiles=[{engine: associative, count: 4}]"};
    EXPECT_THAT(folder.errors(associative), IsEmpty());
}

/// A lock file says every key, those too that the parameters of a trained network stand for.
TEST(OwnedKeys, OfParametersInALockFileAreTheDefaults)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario(
                               "quantization: {scheme: column, parameters: n.onnx}\n"
                               "platform: {base: p.yaml, crossbar: {activation: full_array}}\n"));
    const auto scenario = load_scenario(folder.path("s.yaml"));
    folder.write("s.yaml", lock_text(scenario));
    EXPECT_THAT(folder.errors(), IsEmpty());
    LoadOptions options;
    options.overrides = {"quantization.column.adc_bits=4"};
    EXPECT_THAT(
        folder.errors(options),
        ElementsAre("--set quantization.column.adc_bits=4: quantization.column.adc_bits: is "
                    "decided by quantization.parameters; leave it out"));
}

/// The same technology file serves platforms of several kinds.
TEST(OwnedKeys, OfATechnologyFileAreNotLookedAt)
{
    ScenarioFolder folder;
    folder.write("t.yaml",
                 "name: t\nadc:\n  conversion_pj: {value: 0.5, unit: pJ, source: a paper}\n"
                 "cap: {compare_pj: {value: 1, unit: pJ, source: a paper}}\n");
    folder.write("s.yaml", ScenarioFolder::scenario(""));
    EXPECT_THAT(folder.errors(), IsEmpty());
    folder.write("s.yaml", lock_text(load_scenario(folder.path("s.yaml"))));
    EXPECT_THAT(folder.errors(), IsEmpty());
}

}  // namespace
}  // namespace imc::config
