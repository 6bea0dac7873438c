// SPDX-License-Identifier: Apache-2.0
#include "report/accounting.h"
#include "report/layer_rows.h"
#include "report/tables.h"
#include "support/program_builder.h"
#include "support/stage_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace {

using imc::Ledger;
using imc::Phase;
using imc::report::LayerRow;
using imc::report::RunResult;
using imc::report::Window;

/// Two layers, two images, ADC (2 pJ a conversion, 1 mW leakage) and NoC (0.5 pJ a flit), DRAM
/// outside.
class Books : public ::testing::Test {
protected:
    Books()
    {
        const auto adc = ledger.component("crossbar.adc", "adc", 3.0, 1e-3);
        const auto noc = ledger.component("noc", "noc", 1.0, 0.0);
        const auto dram = ledger.component("dram", "dram");
        const auto conversion = ledger.event(adc, "conversion", 2.0);
        const auto flit = ledger.event(noc, "flit", 0.5);
        const auto access = ledger.event(dram, "access", 100.0, true);
        ledger.count(imc::shared_layer, flit, 40);  // setup: 20 pJ
        ledger.set_phase(Phase::inference);
        ledger.count(0, conversion, 1000);  // 2000 pJ
        ledger.count(1, conversion, 500);   // 1000 pJ
        ledger.count(1, flit, 200);         // 100 pJ
        ledger.count(imc::shared_layer, flit, 20);
        ledger.count(imc::shared_layer, access, 4);
        ledger.busy(0, adc, 600'000);
        ledger.busy(1, adc, 300'000);
        ledger.observe(1, ledger.observation(adc, "clipped"), 7);
        ledger.observe(1, ledger.observation(noc, "bytes"), 800);
        ledger.observe(imc::shared_layer, ledger.observation(noc, "bytes"), 40);
        const auto buffer = ledger.component("buffer", "buffer");
        ledger.observe(0, ledger.observation(buffer, "work_ps"), 6'000);
        ledger.observe(0, ledger.observation(buffer, "stall_input_ps"), 2'000);
        ledger.observe(0, ledger.observation(buffer, "stall_credit_ps"), 4'000);
        const auto parked = ledger.component("global_buffer", "buffer");
        ledger.observe(0, ledger.observation(parked, "stall_credit_ps"), 9'000);
        result.images = 2;
        result.network.macs = 1'000'000;
        result.layers.resize(2);
        result.layers[0].name = "conv1";
        result.layers[0].tiles = 1;
        result.layers[1].name = "conv2";
        result.layers[1].tiles = 2;
        window.setup_end_ps = 1'000'000;
        window.first_doorbell_ps = 1'000'000;
        window.last_interrupt_ps = 3'000'000;  // 2 us for two images
        window.mean_latency_ps = 1'500'000;
        imc::report::account(result, ledger, window, nullptr);
    }
    Ledger ledger;
    RunResult result;
    Window window;
};

TEST_F(Books, LeakageIsPowerTimesTimeAndBelongsToNoLayer)
{
    EXPECT_DOUBLE_EQ(result.components[0].leakage_energy_j, 1e-3 * 2e-6 / 2);
    EXPECT_EQ(result.layers.back().name, "(shared)");
    EXPECT_DOUBLE_EQ(result.layers.back().energy_j, 1e-9 + 5e-12);  // leakage + 10 flits an image
}

TEST_F(Books, ComponentsAndLayersBothSumToTheTotal)
{
    double components = 0, layers = 0;
    for (const auto& row : result.components)
        components += row.energy_j;
    for (const auto& row : result.layers)
        layers += row.energy_j;
    EXPECT_NEAR(result.energy_j, 1.555e-9 + 1e-9, 1e-20);  // 3110 pJ / 2 + leakage
    EXPECT_NEAR(components / result.energy_j, 1.0, 1e-12);
    EXPECT_NEAR(layers / result.energy_j, 1.0, 1e-12);
}

TEST_F(Books, SetupAndExternalEnergyAreApart)
{
    EXPECT_DOUBLE_EQ(result.setup.energy_j, 20e-12 + 1e-3 * 1e-6);
    EXPECT_DOUBLE_EQ(result.setup.latency_s, 1e-6);
    EXPECT_DOUBLE_EQ(result.external_energy_j, 200e-12);
    EXPECT_DOUBLE_EQ(result.components[2].energy_j, 0.0);
}

TEST_F(Books, RatesFollowFromTheWindow)
{
    EXPECT_DOUBLE_EQ(result.throughput_ips, 1e6);
    EXPECT_DOUBLE_EQ(result.latency_s, 1.5e-6);
    EXPECT_DOUBLE_EQ(result.power_w, result.energy_j * 1e6);
    EXPECT_DOUBLE_EQ(result.edp_js, result.energy_j * 1.5e-6);
    EXPECT_EQ(result.ops, 2'000'000u);
    EXPECT_DOUBLE_EQ(result.tops, 2.0);
}

TEST_F(Books, CountsAndBusyTimesAreMeansPerImage)
{
    EXPECT_DOUBLE_EQ(result.components[0].events.at(0).count, 750.0);
    EXPECT_DOUBLE_EQ(result.components[0].busy_s, 0.45e-6);
    EXPECT_EQ(result.layers[1].observed.at(0).first, "crossbar.adc.clipped");
    EXPECT_DOUBLE_EQ(result.layers[1].observed.at(0).second, 3.5);
}

TEST_F(Books, EveryLineOfATableSaysWhereTheWeightsCameFrom)
{
    result.network.weights = "synthetic";
    for (const std::string& table :
         {imc::report::layers_csv(result), imc::report::components_csv(result),
          imc::report::events_csv(result)}) {
        std::istringstream lines(table);
        std::string line;
        std::getline(lines, line);
        EXPECT_EQ(line.substr(line.rfind(',') + 1), "weights");
        while (std::getline(lines, line))
            EXPECT_EQ(line.substr(line.rfind(',') + 1), "synthetic") << line;
    }
}

TEST_F(Books, StallsAndBytesAreMeansPerImageInTheirUnits)
{
    EXPECT_DOUBLE_EQ(result.layers[0].work_s, 3e-9);
    EXPECT_DOUBLE_EQ(result.layers[0].stall_input_s, 1e-9);
    EXPECT_DOUBLE_EQ(result.layers[0].stall_credit_s, 2e-9) << "what is parked does not stall";
    EXPECT_DOUBLE_EQ(result.layers[1].bytes, 400.0);
    EXPECT_DOUBLE_EQ(result.layers.back().bytes, 20.0);
    EXPECT_DOUBLE_EQ(result.components[1].bytes, 420.0);
}

TEST_F(Books, EnergyByEventSumsToEveryLayersEnergy)
{
    for (const auto& row : result.layers) {
        double sum = 0;
        for (const auto& [event, joules] : row.energy_by_event)
            sum += joules;
        EXPECT_NEAR(sum, row.energy_j + row.external_energy_j, 1e-21) << row.name;
    }
    EXPECT_EQ(result.layers[1].energy_by_event.at(0).first, "crossbar.adc.conversion");
    EXPECT_DOUBLE_EQ(result.layers[1].energy_by_event.at(0).second, 0.5e-9);
}

TEST_F(Books, AreaIsSharedByTheLayersWhoseWeightsATileHolds)
{
    imc::test::ProgramBuilder program(1, 4, 4);
    program.add(imc::test::make_stage(0, 0, IMC_STAGE_CONV, 1, 4, 4));
    program.add(imc::test::make_stage(1, 0, IMC_STAGE_CONV, 1, 4, 4));
    program.stages.push_back(imc::test::make_stage(2, 1, IMC_STAGE_CONV, 1, 4, 4));
    program.stages.back().layer = 1;
    program.stages.push_back(imc::test::make_stage(3, 1, IMC_STAGE_ADD, 1, 4, 4));
    program.stages.back().layer = 0;  // no weights there: the tile is layer 1's
    program.match_stages();
    for (auto& stage : program.stages)
        stage.arrays = stage.op == IMC_STAGE_CONV ? 1 : 0;
    imc::report::share_area(result, program.build().data(), {0.5, 0.25, 0.75}, 4);
    EXPECT_DOUBLE_EQ(result.used_area_mm2, 0.5 * 2 / 4 + 0.25 * 1 / 4);
    EXPECT_DOUBLE_EQ(result.layers[0].area_mm2, 0.25);
    EXPECT_DOUBLE_EQ(result.layers[1].area_mm2, 0.25 + 0.25);
    EXPECT_DOUBLE_EQ(result.layers[2].area_mm2, 4.0 - 0.75) << "all that is no used tile's";
}

TEST_F(Books, TablesHaveARowAnEntry)
{
    const std::string layers = imc::report::layers_csv(result);
    EXPECT_EQ(std::count(layers.begin(), layers.end(), '\n'), 4);
    EXPECT_NE(layers.find("energy_j:crossbar.adc"), std::string::npos);
    const std::string components = imc::report::components_csv(result);
    EXPECT_EQ(std::count(components.begin(), components.end(), '\n'), 6);
    EXPECT_NE(components.find("conversion=1.5e-09"), std::string::npos);
}

}  // namespace
