// SPDX-License-Identifier: GPL-2.0-only
/// The rules of an engine that was not made for simulated time, one test each (docs/host.md, "What
/// the wrapper does").
#include <cmath>

#include "common/error.h"
#include "platform/host/system.h"

namespace {

using imc::host::HostConfig;
using imc::test::Access;
using imc::test::System;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;

HostConfig with_quantum(const sc_time& quantum)
{
    HostConfig config;
    config.quantum = quantum;
    return config;
}

TEST(Rv64Host, EveryDoorbellRingsOnceEvenIfTheQuantumEndsInItsBlock)
{
    System system("system", "doorbell", with_quantum(sc_time(3, SC_NS)));
    imc::test::run();
    ASSERT_TRUE(system.passed());
    EXPECT_EQ(system.result(0), 1000u);
    for (unsigned i = 0; i < 1000; ++i)
        ASSERT_EQ(system.device.log[i], (Access{true, 0, i + 1, 4}));
}

TEST(Rv64Host, DeviceAccessesKeepTheirSizeAndMisalignedOnesAreRefused)
{
    System system("system", "doorbell");
    imc::test::run();
    ASSERT_TRUE(system.passed());
    const std::vector<Access> tail(system.device.log.begin() + 1000, system.device.log.end());
    const std::uint64_t pattern = 0x1122334455667788;
    EXPECT_EQ(tail, (std::vector<Access>{{true, 9, 0x88, 1},
                                         {true, 10, 0x7788, 2},
                                         {true, 12, 0x55667788, 4},
                                         {true, 16, pattern, 8},
                                         {false, 17, 0x77, 1},
                                         {false, 18, 0x5566, 2},
                                         {false, 20, 0x11223344, 4},
                                         {false, 16, pattern, 8}}));
    EXPECT_EQ(system.result(1), 0x77u);
    EXPECT_EQ(system.result(2), 0x5566u);
    EXPECT_EQ(system.result(3), 0x11223344u);
    EXPECT_EQ(system.result(4), pattern);
    EXPECT_EQ(system.result(5), 0x0604u);  // store, then load address misaligned
    EXPECT_EQ(system.result(6), 0x2122u);  // at the true addresses
}

TEST(Rv64Host, ExceptionsAndBusErrorsTrapWithCauseAddressAndValue)
{
    System system("system", "traps");
    imc::test::run();
    ASSERT_TRUE(system.passed());
    const auto trap = [&](unsigned n) {
        return std::vector<std::uint64_t>{system.result(3 * n), system.result(3 * n + 1),
                                          system.result(3 * n + 2)};
    };
    const std::uint64_t ecall = system.result(32), illegal = system.result(33),
                        after_load = system.result(34), short_break = system.result(35);
    using Trap = std::vector<std::uint64_t>;
    EXPECT_EQ(trap(0), (Trap{11, ecall, 0}));
    EXPECT_EQ(trap(1), (Trap{3, ecall + 8, ecall + 8}));
    EXPECT_EQ(trap(2), (Trap{3, short_break, short_break}));
    EXPECT_EQ(trap(3), (Trap{2, illegal, 0xFFFFFFFF}));
    EXPECT_EQ(trap(4)[0], 2u);                              // csrw cycle
    EXPECT_EQ(trap(5), (Trap{5, after_load, 0x50000000}));  // imprecise: the next block
    EXPECT_EQ(trap(6)[0], 7u);
    EXPECT_EQ(trap(6)[2], 0x50000008u);
    EXPECT_EQ(trap(7)[0], 1u);
    EXPECT_EQ(trap(7)[1], 0x60000000u);
    EXPECT_EQ(system.result(36), 1u);  // what follows an exception runs once
    EXPECT_EQ(system.cpu.statistics().bus_errors, 2u);
}

TEST(Rv64Host, CountersCountInstructionsAndTheirCycles)
{
    HostConfig config;
    config.clock_hz = 100'000'000;
    config.cycles_per_instruction = 3;
    System system("system", "counters", config);
    imc::test::run();
    ASSERT_TRUE(system.passed());
    // From rdinstret to rdinstret: itself, rdcycle, nop, add, li, 10 x (addi, bnez).
    EXPECT_EQ(system.result(0), 25u);
    EXPECT_EQ(system.result(1), 25u * 3);
    // 9 instructions before the first rdinstret, 25 to the second, rdcycle: 35 x 30 ns = 1050 ns =
    // 10 ticks.
    EXPECT_EQ(system.result(2), 10u);
    EXPECT_EQ(system.result(3), 0u);
    EXPECT_EQ(system.result(4), 0u);
    EXPECT_LE(system.result(5), 1u);  // mtime by load agrees with rdtime
}

TEST(Rv64Host, EveryTimerInterruptIsTakenOnceAndTheLoopGoesOn)
{
    System system("system", "interrupts");
    imc::test::run();
    ASSERT_TRUE(system.passed());
    EXPECT_EQ(system.result(0), 0u);
    EXPECT_EQ(system.result(1), 500u);
    EXPECT_EQ(system.result(2), 100u);  // disable; check; wfi; enable: one interrupt a turn
    EXPECT_NEAR(static_cast<double>(system.result(3)), 600 * 10, 2);  // a microsecond each
    EXPECT_EQ(system.result(4), 0x8000000000000007u);
    EXPECT_EQ(system.cpu.statistics().interrupts, 600u);
}

TEST(Rv64Host, FloatingPointAndAtomicsWork)
{
    System system("system", "arithmetic");
    imc::test::run();
    ASSERT_TRUE(system.passed());
    double quotient = 0, root = 0;
    const std::uint64_t bits[2] = {system.result(0), system.result(1)};
    std::memcpy(&quotient, &bits[0], 8);
    std::memcpy(&root, &bits[1], 8);
    EXPECT_EQ(quotient, 3.0 / 7.0);
    EXPECT_EQ(root, std::sqrt(3.0 / 7.0));
    EXPECT_EQ(system.result(2), 142u);
    EXPECT_EQ(system.result(3), 40u);
}

TEST(Rv64Host, CodeThatOthersOrItselfWroteIsSeen)
{
    System system("system", "new_code");
    std::uint64_t function = 0;
    for (const auto& f : system.elf.functions)
        if (f.name == "function") function = f.address;
    ASSERT_NE(function, 0u);
    system.device.on_access = [&](const Access&) {
        std::uint32_t code = 0x80824509;  // c.li a0, 2; ret
        tlm::tlm_generic_payload payload;
        sc_time delay;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(function);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(&code));
        payload.set_data_length(4);
        payload.set_streaming_width(4);
        system.device.dma->b_transport(payload, delay);
        ASSERT_TRUE(payload.is_response_ok());
    };
    imc::test::run();
    ASSERT_TRUE(system.passed());
    EXPECT_EQ(system.result(0), 1u);
    EXPECT_EQ(system.result(1), 2u);
    EXPECT_EQ(system.result(2), 3u);
    EXPECT_EQ(system.result(3), 4u);  // rdinstret, jal, c.li, ret
}

TEST(Rv64Host, DirectAccessThatIsWithdrawnIsAskedForAgain)
{
    System system("system", "doorbell");
    system.device.on_access = [&](const Access& access) {
        if (access.value % 100 == 50) system.soc.ram.in->invalidate_direct_mem_ptr(0, 0xFFF);
    };
    imc::test::run();
    ASSERT_TRUE(system.passed());
    EXPECT_EQ(system.result(0), 1000u);
    EXPECT_EQ(system.device.log.size(), 1008u);
}

TEST(Rv64Host, TakesItsTimeInWholeCyclesOfAnyClock)
{
    HostConfig config;
    config.clock_hz = 1'200'000'000;  // 833.3 ps
    System system("system", "speed", config);
    imc::test::run();
    ASSERT_TRUE(system.passed());
    const std::uint64_t instructions = *system.cpu.statistics().instructions;
    // Only the finisher's store and the wfi follow the loop; 12,582,912 loop instructions
    // take 10.48576 ms.
    EXPECT_GT(instructions, 12'582'912u);
    EXPECT_LT(instructions, 12'582'912u + 40);
    const double ns = system.soc.finisher.finish_time().to_seconds() * 1e9;
    EXPECT_NEAR(ns, static_cast<double>(instructions) / 1.2, 30);
}

TEST(Rv64Host, ATrapWithoutHandlerStopsTheHartAndSaysWhy)
{
    System system("system", "speed");
    system.elf.segments[0].data[0] = 0xFF;  // illegal, and mtvec is 0 at reset
    system.elf.segments[0].data[1] = 0xFF;
    system.elf.segments[0].data[2] = 0xFF;
    system.elf.segments[0].data[3] = 0xFF;
    imc::test::run();
    EXPECT_FALSE(system.soc.finisher.exit_code().has_value());
    EXPECT_NE(system.cpu.lockup().find("trap vector"), std::string::npos);
}

}  // namespace
