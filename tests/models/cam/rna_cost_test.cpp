// SPDX-License-Identifier: Apache-2.0
#include "cam/cost/rna_cost.h"

#include "cam/cost/rna_area.h"
#include "cam/kernel/nor_adder.h"

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace imc::cam;

RnaShape shape_of(unsigned fan_in, unsigned codes)
{
    RnaShape s;
    s.fan_in = fan_in;
    s.weight_codes = s.input_codes = codes;
    s.bias = false;  // the reference's addends are those of the counts alone
    return s;
}

Config enough_counters()
{
    Config config;
    config.counters_physical = 4096;
    return config;
}

TEST(RnaCost, ReproducesTheReferencesCountAndAddCycles)  // rapidnn.md section 8.3, DERIVED values
{
    const struct {
        unsigned fan_in, codes, group, addends, cycles;
    } cases[] = {
        {784, 4, 274, 44, 704},  {784, 16, 83, 141, 539},  {784, 64, 23, 270, 505},
        {512, 64, 16, 304, 486}, {1024, 16, 64, 300, 546}, {1024, 64, 16, 600, 524},
    };
    for (const auto& c : cases) {
        const auto cycles =
            neuron_cycles(shape_of(c.fan_in, c.codes), enough_counters(), c.group, 96, c.addends);
        EXPECT_EQ(cycles.count + cycles.add, c.cycles)
            << c.fan_in << " inputs, " << c.codes << " codes";
        EXPECT_EQ(cycles.read, 0u);
    }
}

TEST(RnaCost, FormulaOfTheSisterPaperTakesThirteenToTwentySixCyclesMore)  // section 8.3; p = 141:
                                                                          // 13 stages, not 11
{
    EXPECT_EQ(tree_stages(141, TreeRule::recursion), 11u);
    EXPECT_EQ(tree_stages(141, TreeRule::formula), 13u);
    for (const unsigned p : {44u, 141u, 270u, 300u, 304u, 600u}) {
        const auto more =
            13 * (tree_stages(p, TreeRule::formula) - tree_stages(p, TreeRule::recursion));
        EXPECT_GE(more, 13u);
        EXPECT_LE(more, 26u);
    }
    EXPECT_EQ(tree_stages(0, TreeRule::recursion), 0u);
    EXPECT_EQ(tree_stages(2, TreeRule::recursion), 0u);
    EXPECT_EQ(tree_stages(3, TreeRule::recursion), 1u);
}

TEST(RnaCost, TreeAndFinalAddAgreeWithTheAdderRunGateByGate)
{
    for (const unsigned p : {2u, 3u, 9u, 44u, 141u}) {
        const auto run = add_with_nor(std::vector<std::int64_t>(p, 3), 26);
        EXPECT_EQ(neuron_cycles(shape_of(784, 16), Config{}, 0, 0, p).add, run.cycles);
    }
}

TEST(RnaCost, TooFewCountersSerialiseAndUnhiddenReadsDominate)
{
    Config config;
    EXPECT_EQ(neuron_cycles(shape_of(784, 64), config, 23, 188, 270).count,
              23u * 16);  // 4,096 pairs on 256 counters
    EXPECT_EQ(neuron_cycles(shape_of(784, 16), config, 83, 96, 141).count, 83u);
    config.overlap_reads = false;
    EXPECT_EQ(neuron_cycles(shape_of(784, 16), config, 83, 96, 141).read, 288u);
}

TEST(RnaCost, SearchesBroadcastAndWaves)
{
    RnaShape s = shape_of(784, 16);
    s.relu = true;
    s.encode_rows = 16;
    const auto cycles = neuron_cycles(s, Config{}, 83, 96, 141);
    EXPECT_EQ(cycles.activate, 1u);
    EXPECT_EQ(cycles.encode, 3u);      // 16-bit keys: two stages and the value row
    EXPECT_EQ(cycles.broadcast, 13u);  // 784 x 4 bits over 256
    EXPECT_EQ(cycles.latency(), 539u + 4);
    EXPECT_EQ(cycles.interval(), 456u);
    EXPECT_EQ(layer_cycles(66058, 32768, 543), 3u * 543);
}

TEST(RnaCost, ExactMatchTakesAMatchLinesTimeWhateverTheWidth)  // Eva-CAM 64 x 64: 380 ps
{
    Config config;
    EXPECT_EQ(search_cycles(64, config), 9u);  // eight stages of 8 bits, the value row
    config.search = Distance::exact;
    EXPECT_EQ(search_cycles(64, config), 2u);
    EXPECT_EQ(search_cycles(8, config), 2u);
    config.cycle_ns = 0.1;
    EXPECT_EQ(search_cycles(8, config), 5u);  // 3.8 cycles, the value row
    config.match_ns = 2.1;
    config.cycle_ns = 0.7;
    EXPECT_EQ(search_cycles(8, config), 4u);  // three cycles to the end, the value row
}

TEST(RnaCost, DeviceEnergyOfTheReferencesNeuron)  // section 8.4: N = 784, w = u = 16, b = 16, p =
                                                  // 141, 96 counters
{
    RnaShape s = shape_of(784, 16);
    s.activation_rows = s.encode_rows = 64;
    s.activation_key_bits = s.encode_key_bits = 16;
    const auto technology = default_technology();
    const DeviceEnergy energy(s, Config{}, technology);
    RnaEvents events;
    events.add(s, 96, 141);
    EXPECT_NEAR(events.counted * energy.count_pj, 74.0, 0.5);
    EXPECT_NEAR(events.row_reads * energy.row_read_pj, 24.0, 0.5);
    EXPECT_NEAR(events.gates, 35300.0, 100.0);
    EXPECT_NEAR(events.gates * energy.nor_pj, 226.0, 1.0);
    EXPECT_NEAR(events.gates * technology.get(parameter::nor_low_pj.key), 46.0, 0.5);
    EXPECT_NEAR(energy.activation_search_pj + energy.encode_search_pj, 2.16, 0.01);
    EXPECT_NEAR(energy.total_pj(events) - events.gates * energy.init_pj, 326.0, 1.5);
}

TEST(RnaCost, PaperModeIsPowerTimesTime)  // section 8.4: 508 ns = 2.44 nJ
{
    const PaperEnergy energy(default_technology());
    EXPECT_NEAR(energy.power_mw(), 4.8, 1e-12);
    EXPECT_NEAR(energy.total_pj(508, Config{}), 2438.4, 0.1);
    EXPECT_NEAR(paper_area(default_technology()).total(), 3841.0, 0.1);
}

TEST(RnaCost, FiveKilobytesHoldTheTablesOfANeuronAt64x64)
{
    RnaShape s = shape_of(784, 64);
    s.activation_rows = s.encode_rows = 64;
    s.activation_key_bits = s.encode_key_bits = 16;
    s.product_bits = 8;
    EXPECT_EQ(rna_memory(s).tables(), 4096 + 2 * 256);
    EXPECT_LE(rna_memory(s).tables(), 5 * 1024);
    s.product_bits = 16;
    EXPECT_GT(rna_memory(s).tables(), 8 * 1024);  // does not fit
}

TEST(RnaCost, CrossbarCellsHaveTheRecalledAreaAt28nm)
{
    Config config;
    config.node_nm = 28;
    config.crossbar_rows = 1000;
    EXPECT_NEAR(device_area(shape_of(784, 16), config, default_technology()).crossbar, 3136.0,
                1e-6);
    config.node_nm = 45;
    EXPECT_NEAR(device_area(shape_of(784, 16), config, default_technology()).crossbar, 8100.0,
                1e-6);
}

TEST(Parameters, EveryDefaultHasASourceAndAUniqueName)
{
    std::set<std::string> keys;
    for (const auto& p : all_parameters()) {
        EXPECT_TRUE(keys.insert(p.key).second) << p.key;
        EXPECT_GT(std::string(p.source).size(), 5u) << p.key;
    }
    EXPECT_EQ(default_technology().values().at("cam.paper.crossbar_mw").source,
              "RECALLED: RAPIDNN's table");
}

}  // namespace
