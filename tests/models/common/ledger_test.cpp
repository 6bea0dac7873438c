// SPDX-License-Identifier: Apache-2.0
#include "common/ledger.h"

#include <gtest/gtest.h>

namespace {

using imc::Ledger;
using imc::Phase;

TEST(Ledger, KeepsSetupApartFromInferenceAndSumsToTheTotal)
{
    Ledger ledger;
    const auto adc = ledger.component("crossbar.adc", "adc", 0.1);
    const auto convert = ledger.event(adc, "conversion", 0.1875);
    ledger.count(0, convert, 8);
    ledger.set_phase(Phase::inference);
    ledger.count(0, convert, 16);
    ledger.count(imc::shared_layer, convert, 1);
    EXPECT_DOUBLE_EQ(ledger.energy_pj(Phase::setup), 1.5);
    EXPECT_DOUBLE_EQ(ledger.energy_pj(Phase::inference), 17 * 0.1875);
    EXPECT_EQ(ledger.counts().size(), 3u);
}

TEST(Ledger, InstancesOfAComponentAddUpTheirArea)
{
    Ledger ledger;
    EXPECT_EQ(ledger.component("noc.router", "noc", 0.15),
              ledger.component("noc.router", "noc", 0.15));
    EXPECT_DOUBLE_EQ(ledger.components()[0].area_mm2, 0.30);
}

TEST(Ledger, ObservationsAreKeptByPhaseLayerAndName)
{
    Ledger ledger;
    const auto adc = ledger.component("crossbar.adc", "adc");
    const auto noc = ledger.component("noc", "noc");
    const auto clipped = ledger.observation(adc, "clipped");
    const auto bytes = ledger.observation(noc, "bytes");
    EXPECT_EQ(ledger.observation(noc, "bytes"), bytes);
    EXPECT_NE(ledger.observation(adc, "bytes"), bytes);
    ledger.observe(2, bytes, 100);
    ledger.set_phase(Phase::inference);
    ledger.observe(2, bytes, 7);
    ledger.observe(2, bytes, 8);
    ledger.observe(imc::shared_layer, clipped, 1);
    ledger.observe(3, clipped, 0);
    const auto seen = ledger.observations();
    ASSERT_EQ(seen.size(), 3u) << "nothing was seen of layer 3";
    EXPECT_EQ(seen.at({{Phase::setup, 2, noc}, "bytes"}), 100u);
    EXPECT_EQ(seen.at({{Phase::inference, 2, noc}, "bytes"}), 15u);
    EXPECT_EQ(seen.at({{Phase::inference, imc::shared_layer, adc}, "clipped"}), 1u);
}

TEST(Ledger, ExternalEnergyIsNotTheAccelerators)
{
    Ledger ledger;
    const auto dram = ledger.component("dram", "dram");
    ledger.set_phase(Phase::inference);
    ledger.count(imc::shared_layer, ledger.event(dram, "read", 5.0, true), 2);
    EXPECT_DOUBLE_EQ(ledger.energy_pj(Phase::inference), 0.0);
    EXPECT_DOUBLE_EQ(ledger.energy_pj(Phase::inference, true), 10.0);
}

}  // namespace
