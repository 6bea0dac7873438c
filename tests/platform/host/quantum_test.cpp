// SPDX-License-Identifier: GPL-2.0-only
/// The quantum is a speed option: it may not move a timestamp.
#include <memory>

#include "platform/host/system.h"

namespace {

using imc::host::HostConfig;
using imc::test::System;
using sc_core::SC_NS;
using sc_core::sc_time;

/// Nine systems in one simulation, alike but for their quantum: 10 to 10,000 instructions and on to
/// 100 us.
TEST(Quantum, SimulatedTimesAreTheSameForTenToAHundredThousandInstructions)
{
    std::vector<std::unique_ptr<System>> systems;
    for (const double ns : {10., 33., 100., 333., 1000., 3333., 10'000., 33'333., 100'000.}) {
        HostConfig config;
        config.quantum = sc_time(ns, SC_NS);
        const std::string name = "system" + std::to_string(systems.size());
        systems.push_back(std::make_unique<System>(name.c_str(), "mixed", config));
    }
    for (unsigned us = 5; us <= 100; us += 5) {
        sc_core::sc_start(sc_time(5, sc_core::SC_US));
        for (const auto& system : systems)
            EXPECT_EQ(system->cpu.statistics().instructions,
                      systems.front()->cpu.statistics().instructions)
                << system->name() << " at " << us << " us";
    }
    imc::test::run();
    const System& first = *systems.front();
    for (const auto& system : systems) {
        ASSERT_TRUE(system->passed()) << system->name();
        EXPECT_EQ(system->soc.finisher.finish_time(), first.soc.finisher.finish_time());
        EXPECT_EQ(system->cpu.statistics().instructions, first.cpu.statistics().instructions);
        EXPECT_EQ(system->cpu.statistics().asleep, first.cpu.statistics().asleep);
        EXPECT_EQ(system->device.log, first.device.log);
        for (unsigned i = 0; i < 4; ++i)
            EXPECT_EQ(system->result(i), systems.front()->result(i)) << system->name() << " " << i;
    }
    EXPECT_EQ(systems.front()->result(2), 80u);  // two timer interrupts a turn
    EXPECT_GT(first.cpu.statistics().asleep, sc_time(40 * 50, SC_NS));
}

}  // namespace
