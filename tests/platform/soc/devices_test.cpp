// SPDX-License-Identifier: Apache-2.0
/// The devices as software sees them, at the addresses of QEMU's virt board.
#include <gtest/gtest.h>

#include "common/error.h"
#include "imcvp/soc.h"
#include "platform/soc/script.h"
#include "soc/soc.h"

namespace {

using imc::soc::Soc;
using imc::soc::SocConfig;
using imc::test::Script;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;

/// A SoC with a script in the CPU's place.
struct Bench {
    Soc soc;
    Script cpu;

    explicit Bench(std::function<void(Script&, Soc&)> body)
        : soc("soc", SocConfig{}), cpu("cpu", [this, body](Script& s) { body(s, soc); })
    {
        soc.bus.add_initiator("cpu", 0, true, cpu.socket);
    }
    void run() { sc_core::sc_start(); }
};

TEST(Uart, SendsBytesAndReportsAnEmptyTransmitter)
{
    Bench bench([](Script& cpu, Soc&) {
        for (const char c : std::string("hello\n")) {
            EXPECT_NE(cpu.read<std::uint8_t>(IMC_SOC_UART_BASE + 5) & 0x20, 0);
            cpu.write<std::uint8_t>(IMC_SOC_UART_BASE, static_cast<std::uint8_t>(c));
        }
    });
    bench.run();
    EXPECT_EQ(bench.soc.uart.log(), "hello\n");
}

TEST(Uart, ReceivedBytesRaiseInterruptTenUntilTheyAreRead)
{
    Bench bench([](Script& cpu, Soc& soc) {
        cpu.write<std::uint32_t>(IMC_SOC_PLIC_BASE + 4 * 10, 1);
        cpu.write<std::uint32_t>(IMC_SOC_PLIC_BASE + 0x2000, 1u << 10);
        cpu.write<std::uint8_t>(IMC_SOC_UART_BASE + 1, 1);
        EXPECT_FALSE(soc.external_irq.read());
        soc.uart.receive("ok");
        cpu.delay = sc_time(1, SC_NS);
        EXPECT_EQ(cpu.read<std::uint8_t>(IMC_SOC_UART_BASE + 2) & 0xF, 4);  // received data
        EXPECT_TRUE(soc.external_irq.read());
        EXPECT_EQ(cpu.read(IMC_SOC_PLIC_BASE + 0x200004), 10u);
        EXPECT_EQ(cpu.read<std::uint8_t>(IMC_SOC_UART_BASE), 'o');
        EXPECT_EQ(cpu.read<std::uint8_t>(IMC_SOC_UART_BASE), 'k');
        cpu.write<std::uint32_t>(IMC_SOC_PLIC_BASE + 0x200004, 10);
        EXPECT_FALSE(soc.external_irq.read());
        EXPECT_EQ(cpu.read<std::uint8_t>(IMC_SOC_UART_BASE + 5) & 1, 0);
    });
    bench.run();
}

TEST(Clint, TimerFiresAtItsCompareValueToThePicosecond)
{
    sc_time raised;
    Bench bench([&](Script& cpu, Soc& soc) {
        cpu.write<std::uint64_t>(IMC_SOC_CLINT_BASE + 0x4000, 25);  // 10 MHz: 2.5 us
        EXPECT_EQ(soc.clint.next_timer(0), sc_time(2500, SC_NS));
        wait(soc.timer_irq.posedge_event());
        raised = sc_core::sc_time_stamp();
        EXPECT_EQ(cpu.read<std::uint64_t>(IMC_SOC_CLINT_BASE + 0xBFF8), 25u);
        cpu.write<std::uint64_t>(IMC_SOC_CLINT_BASE + 0x4000, ~0ull);
        EXPECT_FALSE(soc.timer_irq.read());
        EXPECT_EQ(soc.clint.next_timer(0), sc_core::sc_max_time());
    });
    bench.run();
    EXPECT_EQ(raised, sc_time(2500, SC_NS));
}

TEST(Clint, WritingTheTimeMovesThePendingCompare)
{
    sc_time raised;
    Bench bench([&](Script& cpu, Soc& soc) {
        cpu.write<std::uint64_t>(IMC_SOC_CLINT_BASE + 0x4000, 1000);
        wait(sc_time(1, SC_US) - sc_core::sc_time_stamp());
        cpu.write<std::uint64_t>(IMC_SOC_CLINT_BASE + 0xBFF8, 990);  // at 1 us: tick 10 becomes 990
        wait(soc.timer_irq.posedge_event());
        raised = sc_core::sc_time_stamp();
    });
    bench.run();
    EXPECT_EQ(raised, sc_time(2, SC_US));
}

TEST(Clint, SoftwareInterruptFollowsItsBit)
{
    Bench bench([](Script& cpu, Soc& soc) {
        cpu.write<std::uint32_t>(IMC_SOC_CLINT_BASE, 0xFFFFFFFF);
        EXPECT_TRUE(soc.software_irq.read());
        EXPECT_EQ(cpu.read(IMC_SOC_CLINT_BASE), 1u);
        cpu.write<std::uint32_t>(IMC_SOC_CLINT_BASE, 0);
        EXPECT_FALSE(soc.software_irq.read());
    });
    bench.run();
}

TEST(Plic, ClaimsByPriorityThenNumberAndRearmsALevelAtCompletion)
{
    Bench bench([](Script& cpu, Soc& soc) {
        const std::uint64_t plic = IMC_SOC_PLIC_BASE;
        cpu.write<std::uint32_t>(plic + 4 * 32, 1);
        cpu.write<std::uint32_t>(plic + 4 * 33, 5);
        cpu.write<std::uint32_t>(plic + 4 * 34, 1);
        cpu.write<std::uint32_t>(plic + 0x2004, 0x7);
        soc.accelerator_irq[0].write(true);
        soc.accelerator_irq[1].write(true);
        soc.accelerator_irq[2].write(true);
        cpu.delay = sc_time(1, SC_NS);
        EXPECT_EQ(cpu.read(plic + 0x1004), 0x7u);
        EXPECT_EQ(cpu.read(plic + 0x200004), 33u);
        EXPECT_EQ(cpu.read(plic + 0x200004), 32u);
        EXPECT_EQ(cpu.read(plic + 0x200004), 34u);
        EXPECT_EQ(cpu.read(plic + 0x200004), 0u);
        EXPECT_FALSE(soc.external_irq.read());
        cpu.write<std::uint32_t>(plic + 0x200004, 33);  // its line is still high
        EXPECT_TRUE(soc.external_irq.read());
        cpu.write<std::uint32_t>(plic + 0x200000,
                                 5);  // threshold: only higher priorities interrupt
        EXPECT_FALSE(soc.external_irq.read());
    });
    bench.run();
}

TEST(Finisher, SpeaksTheSiFiveTestCodes)
{
    int called = -1;
    Bench bench([](Script& cpu, Soc& soc) {
        cpu.write<std::uint32_t>(IMC_SOC_FINISHER_BASE, 0x1234);
        EXPECT_FALSE(soc.finisher.exit_code().has_value());
        cpu.write<std::uint32_t>(IMC_SOC_FINISHER_BASE, 7u << 16 | 0x3333);
        cpu.write<std::uint32_t>(IMC_SOC_FINISHER_BASE, 0x5555);  // too late
    });
    bench.soc.finisher.on_finish([&](int code) { called = code; });
    bench.run();
    EXPECT_EQ(bench.soc.finisher.exit_code(), 7);
    EXPECT_EQ(called, 7);
}

TEST(Soc, LoadingBeyondTheRamIsAnInputError)
{
    Bench bench([](Script&, Soc&) {});
    const char byte = 0;
    EXPECT_THROW(bench.soc.load(0x7FFFFFFF, &byte, 1), imc::InputError);
    EXPECT_THROW(bench.soc.load(IMC_SOC_RAM_BASE + (1ull << 30), &byte, 1), imc::InputError);
    EXPECT_NO_THROW(bench.soc.load(IMC_SOC_RAM_BASE + (1ull << 30) - 1, &byte, 1));
}

}  // namespace
