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
