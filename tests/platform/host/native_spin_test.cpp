// SPDX-License-Identifier: GPL-2.0-only
/// Code takes no time on the native host: what polls memory there would poll it for ever.
#include "host/native/native_host.h"

#include <gtest/gtest.h>

extern "C" {
#include "runtime/core/hal.h"
}
#include "imcvp/soc.h"
#include "platform/host/system.h"

namespace {

TEST(NativeSpin, PollingMemoryWithoutTimePassingEndsTheRun)
{
    imc::soc::Soc soc("soc", imc::soc::SocConfig{});
    imc::host::NativeHost cpu("cpu", {}, [](const imc_hal& hal) {
        for (std::uint32_t flag = 0; flag == 0;)
            hal.copy_in(hal.context, &flag, 0x90000000, sizeof flag);
    });
    soc.bus.add_initiator("cpu", 0, true, cpu.socket);
    std::string console;
    soc.uart.on_byte([&](char byte) { console += byte; });
    imc::test::run();
    EXPECT_EQ(soc.finisher.exit_code(), 8);
    EXPECT_NE(console.find("no time passes: the firmware spins"), std::string::npos) << console;
}

/// The same loop with a register access in it takes simulated time: the watchdog's business.
TEST(NativeSpin, PollingARegisterTakesTime)
{
    imc::soc::Soc soc("soc", imc::soc::SocConfig{});
    std::uint64_t polls = 0;
    imc::host::NativeHost cpu("cpu", {}, [&](const imc_hal& hal) {
        for (;; ++polls)
            (void)hal.read32(hal.context, IMC_SOC_PLIC_BASE + IMC_PLIC_CLAIM);
    });
    soc.bus.add_initiator("cpu", 0, true, cpu.socket);
    imc::test::run({100, sc_core::SC_US});
    EXPECT_FALSE(soc.finisher.exit_code());
    EXPECT_GT(polls, 1000u);
    EXPECT_LT(polls, 100'000u) << "at least a cycle of 1 ns each";
}

}  // namespace
