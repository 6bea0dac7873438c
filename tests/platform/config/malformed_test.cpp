// SPDX-License-Identifier: Apache-2.0
/// Scenarios with one thing wrong: each gives one line with file, line, column, key, what is wrong
/// and the remedy.
#include "line_case.h"

namespace imc::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Malformed : public testing::TestWithParam<Case> {};

TEST_P(Malformed, GivesOneClearLine)
{
    expect_line(GetParam());
}

const Case syntax[]{
    {"TabIndent", "run:\n\timages: 2\n",
     "s.yaml:2:8: not YAML: illegal map value; check indentation, brackets and quotes"},
    {"OpenBracket", "quantization: {block: [9, 8}\n",
     "s.yaml:1:28: not YAML: illegal flow end; check indentation, brackets and quotes"},
    {"DuplicateKey", "run: {images: 1}\nrun: {images: 2}\n",
     "s.yaml:2:1: run: the key stands twice in this map; keep one of them (the first is at line "
     "1)"},
    {"DuplicateInnerKey", "run: {images: 1, images: 2}\n",
     "s.yaml:1:18: run.images: the key stands twice in this map; keep one of them (the first is at "
     "line 1)"},
    {"Octal", "run: {images: 010}\n",
     "s.yaml:1:15: run.images: 010 is octal to some YAML readers and decimal to others; write 10 "
     "without leading "
     "zeros, or quote it if it is text"},
    {"ListAsKey", "? [a, b]\n: 1\n", "s.yaml:1:3: a key is not a word; write `key: value`"},
};

const Case keys[]{
    {"UnknownTopKey", "netwrok: {onnx: n.onnx}\n",
     "s.yaml:1:1: netwrok: unknown key; did you mean 'network'?"},
    {"UnknownKey", "run: {imagse: 3}\n",
     "s.yaml:1:7: run.imagse: unknown key; did you mean 'images'?"},
    {"KeyLikeNoOther", "trace: {zebra: true}\n",
     "s.yaml:1:9: trace.zebra: unknown key; known here: perfetto, vcd, csv, html"},
    {"UnknownCalibrationKey", "quantization: {calibration: {methd: mse}}\n",
     "s.yaml:1:30: quantization.calibration.methd: unknown key; did you mean 'method'?"},
    {"KeyOfEarlierVersions", "quantization: {codebook: {weighted_xor: true}}\n",
     "s.yaml:1:27: quantization.codebook.weighted_xor: is a key of earlier versions; write "
     "platform.cam.search: weighted_xor for true, leave it out for false"},
    {"MergeKey", "run: {<<: {images: 1}}\n",
     "s.yaml:1:7: run.<<: unknown key; known here: images, input, check, schedule, watchdog, "
     "until, timing_only, "
     "threads, kernel_path, precision"},
    {"MissingOnnx", "network: {weights: synthetic}\n",
     "s.yaml:1:10: network.onnx: is missing; name the ONNX file of the network"},
};

const Case types[]{
    {"SectionIsList", "run: [1, 2]\n",
     "s.yaml:1:6: run: is a list; write a map of images, input, check, schedule, watchdog, until, "
     "timing_only, "
     "threads, kernel_path, precision"},
    {"SectionIsEmpty", "trace:\n",
     "s.yaml:2:1: trace: is nothing; write a map of perfetto, vcd, csv, html"},
    {"WordForNumber", "run: {images: many}\n",
     "s.yaml:1:15: run.images: 'many' is not a whole number in range; write a whole number from 1 "
     "to 1000000"},
    {"FractionForWhole", "run: {images: 1.5}\n",
     "s.yaml:1:15: run.images: '1.5' is not a whole number in range; write a whole number from 1 "
     "to 1000000"},
    {"QuotedNumber", "run: {images: \"3\"}\n",
     "s.yaml:1:15: run.images: '3' is text; write a whole number from 1 to 1000000"},
    {"NegativeCount", "run: {images: -3}\n",
     "s.yaml:1:15: run.images: '-3' is not a whole number in range; write a whole number from 1 to "
     "1000000"},
    {"YesIsNotTrue", "trace: {vcd: yes}\n",
     "s.yaml:1:14: trace.vcd: 'yes' is not a truth value; write true or false"},
    {"NotANumber", "soc: {ram_read_ns: .nan}\n",
     "s.yaml:1:20: soc.ram_read_ns: '.nan' is not a number; write a number from 0 to 1000000"},
    {"NumberWithUnit", "host: {clock_mhz: 100MHz}\n",
     "s.yaml:1:19: host.clock_mhz: '100MHz' is not a whole number in range; write a whole number "
     "from 1 to 10000"},
    {"TimeWithoutUnit", "run: {watchdog: 5}\n",
     "s.yaml:1:17: run.watchdog: '5' is not a time; write a time with its unit (s, ms, us, ns, "
     "ps), such as `10 us`"},
    {"MapForName", "name: {a: b}\n", "s.yaml:1:7: name: is a map; write a text"},
    {"BlockOfThree", "quantization: {scheme: bwq, block: [9, 8, 7]}\n",
     "s.yaml:1:36: quantization.block: has 3 numbers; write a list of 2 numbers, such as [9, 8]"},
    {"BlockIsNumber", "quantization: {scheme: bwq, block: 9}\n",
     "s.yaml:1:36: quantization.block: is a single value; write a list of 2 numbers, such as [9, "
     "8]"},
    {"ReplicateWord", "mapping: {replicate: balanced}\n",
     "s.yaml:1:22: mapping.replicate: 'balanced' is not known here; did you mean 'balance'? write "
     "none or balance"},
    {"CopiesOfZero", "mapping: {replicate: {conv1: 0}}\n",
     "s.yaml:1:30: mapping.replicate.conv1: 0 is out of range; write a whole number from 1 to "
     "4096"},
    {"ChipsWord", "mapping: {chips: all}\n",
     "s.yaml:1:18: mapping.chips: 'all' is not a whole number in range; write a whole number from "
     "1 to 4096"},
    {"LayersAsList", "quantization: {scheme: per_layer, layers: [4, 4]}\n",
     "s.yaml:1:43: quantization.layers: is a list; write {layer: {weight_bits: 4, activation_bits: "
     "4}}"},
};

const Case ranges[]{
    {"NoImages", "run: {images: 0}\n",
     "s.yaml:1:15: run.images: 0 is out of range; write a whole number from 1 to 1000000"},
    {"SeventeenBits", "quantization: {weight_bits: 17}\n",
     "s.yaml:1:29: quantization.weight_bits: 17 is out of range; write a whole number from 1 to "
     "16"},
    {"UnknownScheme", "quantization: {scheme: bqw}\n",
     "s.yaml:1:24: quantization.scheme: 'bqw' is not known here; did you mean 'bwq'? write "
     "uniform, per_layer, bwq, "
     "column, hawq or codebook"},
    {"UnknownCpu", "host: {cpu: arm}\n",
     "s.yaml:1:13: host.cpu: 'arm' is not known here; write rv64 or native"},
    {"FiveBitCells", "platform: {base: p.yaml, crossbar: {cell_bits: 5}}\n",
     "s.yaml:1:48: platform.crossbar.cell_bits: 5 is out of range; write a whole number from 1 to "
     "4"},
    {"UnknownEngine", "platform: {base: p.yaml, tiles: [{engine: gpu, count: 1}]}\n",
     "s.yaml:1:43: platform.tiles[0].engine: 'gpu' is not known here; write crossbar, associative "
     "or cam"},
    {"NoTiles", "platform: {base: p.yaml, tiles: []}\n",
     "s.yaml:1:33: platform.tiles: is empty; write [{engine: crossbar, count: 168}]"},
    {"NegativeEnergy",
     "technology: {base: t.yaml, adc: {conversion_pj: {value: -1, unit: pJ, source: x}}}\n",
     "s.yaml:1:57: technology.adc.conversion_pj.value: -1 is out of range; write a number from 0 "
     "on"},
};

const Case files[]{
    {"MissingNetwork", "network: {onnx: absent.onnx}\n",
     "s.yaml:1:17: network.onnx: there is no file 'absent.onnx' beside the scenario, in $VP_DATA "
     "or "
     "among the shipped scenarios; correct the name, or set VP_DATA to the folder of your data"},
    {"MissingPlatform", "platform: platforms/none.yaml\n",
     "s.yaml:1:11: platform: there is no file 'platforms/none.yaml' beside the scenario, in "
     "$VP_DATA or "
     "among the shipped scenarios; write such as platforms/bwq_h.yaml or "
     "technologies/isaac_32nm.yaml (`vp list` shows them)"},
    {"MissingTechnology", "technology: none.yaml\n",
     "s.yaml:1:13: technology: there is no file 'none.yaml' beside the scenario, in $VP_DATA or "
     "among the shipped scenarios; write such as platforms/bwq_h.yaml or "
     "technologies/isaac_32nm.yaml (`vp list` shows them)"},
    {"NumberWithoutSource", "technology: {name: t, adc: {conversion_pj: {value: 1, unit: pJ}}}\n",
     "s.yaml:1:44: technology.adc.conversion_pj.source: is missing; write {value: 1.5, unit: pJ, "
     "source: where it "
     "comes from}"},
    {"BareEnergy", "technology: {name: t, adc: {conversion_pj: 1}}\n",
     "s.yaml:1:44: technology.adc.conversion_pj: is a single value; write {value: 1.5, unit: pJ, "
     "source: where it "
     "comes from}"},
    {"WrongUnit", "technology: {name: t, adc: {conversion_pj: {value: 1, unit: fJ, source: x}}}\n",
     "s.yaml:1:61: technology.adc.conversion_pj.unit: 'fJ' does not fit the name; convert the "
     "value and write pJ"},
    {"MisspeltComponent",
     "technology: {base: t.yaml, nocc: {hop_bit_pj: {value: 1, unit: pJ, source: x}}}\n",
     "s.yaml:1:28: technology.nocc: no model reads such a number; did you mean 'noc'?"},
    {"MisspeltResolution",
     "technology: {base: t.yaml, adc: {area_mm2_4bti: {value: 1, unit: mm2, source: x}}}\n",
     "s.yaml:1:34: technology.adc.area_mm2_4bti: no model reads such a number; did you mean "
     "'area_mm2_4bit'?"},
    {"ResolutionThatNoConverterHas",
     "technology: {base: t.yaml, adc: {area_mm2_17bit: {value: 1, unit: mm2, source: x}}}\n",
     "s.yaml:1:34: technology.adc.area_mm2_17bit: no model reads such a number; did you mean "
     "'area_mm2_1bit'?"},
    {"MisspeltUnitOfAKey",
     "technology: {base: t.yaml, adc: {leakage_wat: {value: 1, unit: W, source: x}}}\n",
     "s.yaml:1:34: technology.adc.leakage_wat: no model reads such a number; did you mean "
     "'leakage_w'?"},
    {"KeyOfAnotherComponent",
     "technology: {base: t.yaml, link: {drive_pj: {value: 1, unit: pJ, source: x}}}\n",
     "s.yaml:1:35: technology.link.drive_pj: no model reads such a number; write bit_pj or "
     "area_mm2"},
    {"PartAsANumber",
     "technology: {base: t.yaml, cam: {counter: {value: 1, unit: pJ, source: x}}}\n",
     "s.yaml:1:43: technology.cam.counter: is a component, not a number; write its parts: "
     "count_bit_pj or bit_um2"},
};

const Case contradictions[]{
    {"BitsOfALayerUnderBwq", "quantization: {scheme: bwq, layers: {conv1: {weight_bits: 3}}}\n",
     "s.yaml:1:37: quantization.layers.conv1.weight_bits: is not read under scheme bwq, which "
     "finds "
     "the bits of every block; leave it out, or give a bit_map"},
    {"OneBitWeights", "quantization: {weight_bits: 1}\n",
     "s.yaml:1:29: quantization.weight_bits: 1 bit leaves no magnitude beside the sign; write 2 to "
     "16; binary weights are not offered"},
    {"OneBitFirstLayer", "quantization: {input_layer_bits: 1}\n",
     "s.yaml:1:34: quantization.input_layer_bits: is of the first layer's weights too: 1 bit "
     "leaves "
     "no magnitude beside the sign; write 2 to 16; binary weights are not offered"},
    {"OneBitLayer", "quantization: {scheme: per_layer, layers: {a.b: {weight_bits: 1}}}\n",
     "s.yaml:1:43: quantization.layers.a.b.weight_bits: 1 bit leaves no magnitude beside the sign; "
     "write 2 to 16; binary weights are not offered"},
    {"ColumnsOfAnotherScheme", "quantization: {scheme: bwq, column: {adc_bits: 3}}\n",
     "s.yaml:1:48: quantization.column.adc_bits: belongs to scheme column; set scheme: column, or "
     "leave it out"},
    {"CodebooksOfAnotherScheme", "quantization: {codebook: {weight_codes: 8}}\n",
     "s.yaml:1:41: quantization.codebook.weight_codes: belongs to scheme codebook; set scheme: "
     "codebook, or leave it out"},
    {"GatedRowsThatArePacked",
     "platform: {base: p.yaml, crossbar: {skipping: sre, gate_zero_inputs: true}}\n",
     "s.yaml:1:70: platform.crossbar.gate_zero_inputs: is not read with skipping sre and sme, "
     "whose "
     "rows are chosen for each read; leave it out, or set skipping: none or bwq"},
    {"OffsetSignsWithDevices",
     "platform: {base: p.yaml, crossbar: {sign: offset, device: {device_sigma: 0.1}}}\n",
     "s.yaml:1:43: platform.crossbar.sign: offset has no model of real devices; use diff_analog or "
     "diff_digital"},
    {"RatioOfOne", "platform: {base: p.yaml, crossbar: {device: {on_off_ratio: 1}}}\n",
     "s.yaml:1:60: platform.crossbar.device.on_off_ratio: cannot be; must exceed 1, or be 0 for "
     "infinite"},
    {"RatioBelowOne", "platform: {base: p.yaml, crossbar: {device: {on_off_ratio: 0.5}}}\n",
     "s.yaml:1:60: platform.crossbar.device.on_off_ratio: cannot be; must exceed 1, or be 0 for "
     "infinite"},
    {"MoreFaultsThanCells",
     "platform: {base: p.yaml, crossbar: {device: {stuck_off: 0.6, stuck_on: 0.6}}}\n",
     "s.yaml:1:72: platform.crossbar.device.stuck_on: cannot be; must be 0 to 1 - stuck_off: a "
     "cell has one fault"},
    {"ReadNoiseOfTallReads",
     "platform: {base: p.yaml, crossbar: {rows: 512, activation: full_array, device: {read_sigma: "
     "0.1}}}\n",
     "s.yaml:1:93: platform.crossbar.device.read_sigma: read noise is defined for reads of at most "
     "256 rows, not 512; set platform.crossbar.rows: 256 or fewer"},
    {"VerifyWithoutReading",
     "platform: {base: p.yaml, crossbar: {write_verify: false, device: {device_sigma: 0.1, "
     "verify_tolerance: 0.1}}}\n",
     "s.yaml:1:104: platform.crossbar.device.verify_tolerance: needs cells that are read after "
     "writing; set write_verify: true, or leave it out"},
    {"DevicesWithoutCrossbars",
     "platform: {base: p.yaml, tiles: [{engine: cam, count: 4}], crossbar: {device: {device_sigma: "
     "0.1}}}\n",
     "s.yaml:1:94: platform.crossbar.device.device_sigma: belongs to crossbar tiles, which this "
     "platform lacks; choose a platform with engine crossbar, or leave it out"},
    {"HalfBitColumnConverter",
     "quantization: {scheme: column, column: {adc_bits: 2.5}}\nplatform: {base: p.yaml, crossbar: "
     "{activation: full_array}}\n",
     "s.yaml:1:51: quantization.column.adc_bits: 2.5 bits is no converter; write a whole number, "
     "or 1.5 for ternary"},
    {"WideInputsAtOnce",
     "quantization: {scheme: column, activation_bits: 9}\nplatform: {base: p.yaml, crossbar: "
     "{activation: full_array}}\n",
     "s.yaml:1:49: quantization.activation_bits: 9 bits cannot enter an array at full width; write "
     "at most 8, or set column: {bit_serial_inputs: true}"},
    {"TilesTallerThanTheArray",
     "quantization: {scheme: column, column: {array_rows: 128}}\nplatform: {base: p.yaml, "
     "crossbar: {activation: full_array}}\n",
     "s.yaml:1:53: quantization.column.array_rows: 128 wordlines are more than the array's 64; "
     "write 0 for all of them, or set platform.crossbar.rows"},
    {"ParametersDecide",
     "quantization: {scheme: column, parameters: n.onnx, activation_bits: 4}\nplatform: {base: "
     "p.yaml, crossbar: {activation: full_array}}\n",
     "s.yaml:1:69: quantization.activation_bits: is decided by quantization.parameters; leave it "
     "out"},
    {"ParametersOfNoColumns", "quantization: {parameters: n.onnx}\n",
     "s.yaml:1:28: quantization.parameters: belongs to schemes column and codebook; set scheme: "
     "column or codebook, or leave it out"},
    {"CodebooksDecide",
     "quantization: {scheme: codebook, parameters: n.onnx, codebook: {per_channel: true}}\n"
     "platform: {base: p.yaml, tiles: [{engine: cam, count: 4}]}\n",
     "s.yaml:1:78: quantization.codebook.per_channel: is decided by quantization.parameters; leave "
     "it out"},
    {"NameWithSlash", "name: a/b\n",
     "s.yaml:1:7: name: 'a/b' cannot name a folder; use letters, digits, '_', '-' and '.'"},
    {"UnitTallerThanArray", "platform: {base: p.yaml, crossbar: {ou_rows: 65}}\n",
     "s.yaml:1:46: platform.crossbar.ou_rows: 65 wordlines are more than the array's 64; make the "
     "operation unit "
     "smaller or the array taller"},
    {"HalfBitConverter", "platform: {base: p.yaml, crossbar: {adc_bits: 4.5}}\n",
     "s.yaml:1:47: platform.crossbar.adc_bits: 4.5 bits is no converter; write a whole number, or "
     "1.5 for ternary"},
    {"OffsetWithBwq",
     "quantization: {scheme: bwq}\nplatform: {base: p.yaml, crossbar: {sign: offset}}\n",
     "s.yaml:2:43: platform.crossbar.sign: offset fills the empty planes that bwq skips; use "
     "diff_analog or "
     "diff_digital"},
    {"BlockIsNotTheUnit", "quantization: {scheme: bwq, block: [16, 8]}\n",
     "s.yaml:1:36: quantization.block: [16, 8] is not the platform's operation unit [9, 8]; a "
     "block is exactly one "
     "operation unit"},
    {"MeanAboveBits", "quantization: {scheme: bwq, weight_bits: 4, weight_bits_mean: 4.5}\n",
     "s.yaml:1:63: quantization.weight_bits_mean: a mean of 4.5 bits is above weight_bits 4; ask "
     "for a smaller mean"},
    {"MeanWithoutBwq", "quantization: {weight_bits_mean: 2}\n",
     "s.yaml:1:34: quantization.weight_bits_mean: belongs to scheme bwq; set scheme: bwq, or leave "
     "it out"},
    {"GammaWithoutBwq", "quantization: {layer_gamma: 1}\n",
     "s.yaml:1:29: quantization.layer_gamma: belongs to scheme bwq; set scheme: bwq, or leave it "
     "out"},
    {"WindowWithBwq", "quantization: {scheme: bwq, bit_window: 3}\n",
     "s.yaml:1:41: quantization.bit_window: belongs to schemes uniform and per_layer; set scheme: "
     "uniform, or leave it out"},
    {"PerLayerWithoutLayers", "quantization: {scheme: per_layer}\n",
     "s.yaml:1:15: quantization.layers: is missing; scheme per_layer needs layers: {name: "
     "{weight_bits: 4, "
     "activation_bits: 4}}"},
    {"CodebookWithoutCam", "quantization: {scheme: codebook}\n",
     "s.yaml:1:24: quantization.scheme: codebook needs CAM tiles, which this platform lacks; "
     "choose a platform with "
     "engine cam"},
    {"SkippingWholeArrays",
     "platform: {base: p.yaml, crossbar: {activation: full_array, skipping: sre}}\n",
     "s.yaml:1:71: platform.crossbar.skipping: needs operation units; set activation: "
     "operation_unit, or skipping: "
     "none"},
    {"GainWithoutLabel", "platform: {base: p.yaml, crossbar: {calibrated_gain: 1.5}}\n",
     "s.yaml:1:54: platform.crossbar.calibrated_gain: a fitted constant without its label; add "
     "variant: "
     "'calibrated:<constant>'"},
    {"DatasetNotDescribed", "run: {input: dataset}\n",
     "s.yaml:1:14: run.input: dataset is not described; add dataset: {images: file, labels: file}"},
    {"TimingOnlyChecked", "run: {timing_only: true, check: reference}\n",
     "s.yaml:1:33: run.check: a timing-only run has no values to compare; set check: none"},
    {"BurstOfThree", "platform: {base: p.yaml, dma: {burst_bytes: 48}}\n",
     "s.yaml:1:45: platform.dma.burst_bytes: 48 is no power of two; write 64, 128, 256 ..."},
    {"MeanWithoutStd", "dataset: {mean: [0.5]}\n",
     "s.yaml:1:10: dataset.std: has 0 numbers and mean has 1; give both, one a channel"},
};

std::string name_of(const testing::TestParamInfo<Case>& info)
{
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Syntax, Malformed, testing::ValuesIn(syntax), name_of);
INSTANTIATE_TEST_SUITE_P(Keys, Malformed, testing::ValuesIn(keys), name_of);
INSTANTIATE_TEST_SUITE_P(Types, Malformed, testing::ValuesIn(types), name_of);
INSTANTIATE_TEST_SUITE_P(Ranges, Malformed, testing::ValuesIn(ranges), name_of);
INSTANTIATE_TEST_SUITE_P(Files, Malformed, testing::ValuesIn(files), name_of);
INSTANTIATE_TEST_SUITE_P(Contradictions, Malformed, testing::ValuesIn(contradictions), name_of);

TEST(Malformed, EveryErrorIsReportedAtOnceInTheOrderOfTheFile)
{
    ScenarioFolder folder;
    folder.write("s.yaml",
                 "run: {images: 0, chek: none}\nnetwork: {onnx: absent.onnx}\nplatform: "
                 "p.yaml\ntechnology: t.yaml\n"
                 "trace: {vcd: 1}\n");
    EXPECT_THAT(
        folder.errors(),
        ElementsAre(
            "s.yaml:1:15: run.images: 0 is out of range; write a whole number from 1 to 1000000",
            "s.yaml:1:18: run.chek: unknown key; did you mean 'check'?",
            "s.yaml:2:17: network.onnx: there is no file 'absent.onnx' beside the scenario, in "
            "$VP_DATA or among the shipped scenarios; correct the name, or set VP_DATA to the "
            "folder of your data",
            "s.yaml:5:14: trace.vcd: '1' is not a truth value; write true or false"));
}

TEST(Malformed, AnErrorInAnIncludedFileNamesThatFile)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario(""));
    folder.write("p.yaml", "name: p\ncrosbar: {rows: 64}\n");
    EXPECT_THAT(folder.errors(),
                ElementsAre("p.yaml:2:1: platform.crosbar: unknown key; did you mean 'crossbar'?"));
}

TEST(Malformed, IncludesInACircleAreRefused)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario(""));
    folder.write("p.yaml", "base: q.yaml\n");
    folder.write("q.yaml", "base: p.yaml\n");
    const auto errors = folder.errors();
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_THAT(
        errors[0],
        testing::EndsWith("files include each other without end; break the circle of `base` keys"));
}

TEST(Malformed, FilesThatAreNoScenario)
{
    ScenarioFolder folder;
    EXPECT_THAT(folder.errors(),
                ElementsAre("s.yaml:1:1: there is no such file; give the path of a YAML file"));
    folder.write("s.yaml", "");
    EXPECT_THAT(folder.errors(),
                ElementsAre("s.yaml:1:1: the file is empty; write `key: value` lines"));
    folder.write("s.yaml", "- a\n- b\n");
    EXPECT_THAT(folder.errors(),
                ElementsAre("s.yaml:1:1: the top is a list; write `key: value` lines"));
    folder.write("s.yaml", std::string("a\0b", 3));
    EXPECT_THAT(
        folder.errors(),
        ElementsAre(
            "s.yaml:1:1: holds zero bytes, so it is not text; give the path of a YAML file"));
}

TEST(Malformed, AliasesThatMultiplyWithoutEndAreRefused)
{
    ScenarioFolder folder;
    std::string text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    for (int i = 1; i < 9; ++i) {
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j)
            text += (j ? ", *a" : "*a") + std::to_string(i - 1);
        text += "]\n";
    }
    folder.write("s.yaml", text);
    const auto errors = folder.errors();
    EXPECT_THAT(errors, testing::Contains(testing::HasSubstr(
                            "more values or deeper nesting than a scenario may have")));
}

TEST(Malformed, OverridesAreNamedInTheirErrors)
{
    ScenarioFolder folder;
    folder.write("s.yaml", ScenarioFolder::scenario(""));
    const auto errors_of = [&](const char* text) {
        LoadOptions options;
        options.overrides = {text};
        return folder.errors(options);
    };
    EXPECT_THAT(
        errors_of("run.images"),
        ElementsAre("--set run.images: is not key.path=value; write such as --set run.images=4"));
    EXPECT_THAT(errors_of("run.imges=4"),
                ElementsAre("--set run.imges=4: run.imges: unknown key; did you mean 'images'?"));
    EXPECT_THAT(
        errors_of("run..images=4"),
        ElementsAre("--set run..images=4: the key has an empty part; write key.path=value"));
    EXPECT_THAT(errors_of("run.images=0"),
                ElementsAre("--set run.images=0: run.images: 0 is out of range; write a "
                            "whole number from 1 to 1000000"));
    EXPECT_THAT(errors_of("network.onnx.x=1"),
                ElementsAre("--set network.onnx.x=1: network.onnx.x: 'network.onnx' is a single "
                            "value; name a key of a "
                            "map"));
    EXPECT_THAT(errors_of("platform.crossbar.rows=128"), IsEmpty());
}

}  // namespace
}  // namespace imc::config
