// SPDX-License-Identifier: Apache-2.0
/// What hosts do to the register socket (integration.md) and what it must answer.
#include "support/accelerator_bench.h"

#include <gtest/gtest.h>

#include <array>

namespace {

using imc::test::AcceleratorBench;

struct Access {
    tlm::tlm_generic_payload payload;
    std::array<unsigned char, 64> data{};
    sc_core::sc_time delay;

    Access(tlm::tlm_command command, std::uint64_t address, unsigned length)
    {
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(data.data());
        payload.set_data_length(length);
        payload.set_streaming_width(length);
    }
    tlm::tlm_response_status send(AcceleratorBench& bench)
    {
        bench.accelerator.regs.get_base_interface().b_transport(payload, delay);
        return payload.get_response_status();
    }
    std::uint32_t word(unsigned i) const
    {
        std::uint32_t value;
        std::memcpy(&value, data.data() + 4 * i, 4);
        return value;
    }
};

TEST(Registers, ServesEveryLengthAlignedOrNot)
{
    AcceleratorBench bench("bench");
    for (unsigned length : {1u, 2u, 4u, 8u, 12u}) {
        Access a(tlm::TLM_READ_COMMAND, IMC_REG_ID, length);
        EXPECT_EQ(a.send(bench), tlm::TLM_OK_RESPONSE) << length;
        EXPECT_EQ(a.data[0], 'I');
        EXPECT_GT(a.delay, sc_core::SC_ZERO_TIME);
    }
    Access odd(tlm::TLM_READ_COMMAND, IMC_REG_ID + 2, 4);
    EXPECT_EQ(odd.send(bench), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(odd.word(0), (IMC_ID_VALUE >> 16) | (IMC_VERSION_VALUE << 16));
}

TEST(Registers, StreamingWidthZeroIsTheLengthAndAShorterOneRepeatsTheAddress)
{
    AcceleratorBench bench("bench");
    Access zero(tlm::TLM_READ_COMMAND, IMC_REG_ID, 8);
    zero.payload.set_streaming_width(0);
    EXPECT_EQ(zero.send(bench), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(zero.word(1), IMC_VERSION_VALUE);
    EXPECT_EQ(zero.payload.get_streaming_width(), 0u);
    Access repeated(tlm::TLM_READ_COMMAND, IMC_REG_ID, 12);
    repeated.payload.set_streaming_width(4);
    EXPECT_EQ(repeated.send(bench), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(repeated.word(2), IMC_ID_VALUE);
}

TEST(Registers, ByteEnablesSelectBytes)
{
    AcceleratorBench bench("bench");
    Access all(tlm::TLM_WRITE_COMMAND, IMC_REG_RING_BASE_LO, 4);
    all.data = {0x11, 0x22, 0x33, 0x44};
    EXPECT_EQ(all.send(bench), tlm::TLM_OK_RESPONSE);
    Access some(tlm::TLM_WRITE_COMMAND, IMC_REG_RING_BASE_LO, 8);
    some.data = {0xAA, 0xBB, 0xCC, 0xDD, 0x01, 0x02, 0x03, 0x04};
    unsigned char enables[] = {TLM_BYTE_DISABLED, TLM_BYTE_ENABLED};
    some.payload.set_byte_enable_ptr(enables);
    some.payload.set_byte_enable_length(2);
    EXPECT_EQ(some.send(bench), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(bench.read(IMC_REG_RING_BASE_LO), 0xDD33BB11u);
    EXPECT_EQ(bench.read(IMC_REG_RING_BASE_HI), 0x04000200u);
}

TEST(Registers, PresetStatusAndLargeLocalTimeAreTakenAsTheyAre)
{
    AcceleratorBench bench("bench");
    Access a(tlm::TLM_READ_COMMAND, 0x7F0, 4);
    a.payload.set_response_status(tlm::TLM_OK_RESPONSE);
    a.delay = sc_core::sc_time(1, sc_core::SC_SEC);
    EXPECT_EQ(a.send(bench), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_GE(a.delay, sc_core::sc_time(1, sc_core::SC_SEC));
    EXPECT_EQ(a.payload.get_address(), 0x7F0u);
}

TEST(Registers, WrongAccessesAnswerAndSetTheErrorRegister)
{
    AcceleratorBench bench("bench");
    bench.write(IMC_REG_IRQ_MASK, IMC_IRQ_ERROR);
    Access read_only(tlm::TLM_WRITE_COMMAND, IMC_REG_ID, 4);
    EXPECT_EQ(read_only.send(bench), tlm::TLM_COMMAND_ERROR_RESPONSE);
    EXPECT_EQ(bench.read(IMC_REG_ERROR), static_cast<std::uint32_t>(IMC_ERROR_BAD_REGISTER));
    bench.run(1);
    EXPECT_TRUE(bench.irq.read());
    bench.write(IMC_REG_ERROR, 0);
    bench.write(IMC_REG_IRQ_STATUS, ~0u);
    EXPECT_EQ(bench.read(IMC_REG_ERROR), 0u);
    Access write_only(tlm::TLM_READ_COMMAND, IMC_REG_DOORBELL, 4);
    EXPECT_EQ(write_only.send(bench), tlm::TLM_COMMAND_ERROR_RESPONSE);
    bench.write(IMC_REG_ERROR, 0);
    Access beyond(tlm::TLM_READ_COMMAND, IMC_REGS_SIZE - 4, 8);
    EXPECT_EQ(beyond.send(bench), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.write(IMC_REG_ERROR, 0);
    Access empty(tlm::TLM_READ_COMMAND, 0, 0);
    EXPECT_EQ(empty.send(bench), tlm::TLM_BURST_ERROR_RESPONSE);
    bench.enable();
    Access locked(tlm::TLM_WRITE_COMMAND, IMC_REG_RING_SIZE, 4);
    EXPECT_EQ(locked.send(bench), tlm::TLM_COMMAND_ERROR_RESPONSE);
    EXPECT_EQ(bench.read(IMC_REG_ERROR), static_cast<std::uint32_t>(IMC_ERROR_BAD_REGISTER));
}

TEST(Registers, BadRingsAndDoorbellsAreRefused)
{
    AcceleratorBench bench("bench");
    const auto refused = [&](std::uint32_t base, std::uint32_t size) {
        bench.write(IMC_REG_CTRL, IMC_CTRL_RESET);
        bench.write(IMC_REG_RING_BASE_LO, base);
        bench.write(IMC_REG_RING_SIZE, size);
        bench.write(IMC_REG_CTRL, IMC_CTRL_ENABLE);
        return bench.read(IMC_REG_ERROR) == IMC_ERROR_BAD_RING && bench.read(IMC_REG_CTRL) == 0;
    };
    EXPECT_TRUE(refused(0x80000020, 64));
    EXPECT_TRUE(refused(0x80000000, 48));
    EXPECT_TRUE(refused(0x80000000, 1));
    EXPECT_TRUE(refused(0x80000000, 8192));
    EXPECT_FALSE(refused(0x80000000, 4096));
    bench.write(IMC_REG_DOORBELL, 4097);
    EXPECT_EQ(bench.read(IMC_REG_ERROR), static_cast<std::uint32_t>(IMC_ERROR_BAD_RING));
    EXPECT_EQ(bench.read(IMC_REG_TAIL), 0u);
}

TEST(Registers, DebugReadsHaveNoEffectAndDirectAccessIsDeclined)
{
    AcceleratorBench bench("bench");
    Access read(tlm::TLM_READ_COMMAND, IMC_REG_DOORBELL, 8);
    EXPECT_EQ(bench.accelerator.regs.get_base_interface().transport_dbg(read.payload), 8u);
    EXPECT_EQ(bench.read(IMC_REG_ERROR), 0u);
    Access write(tlm::TLM_WRITE_COMMAND, IMC_REG_CTRL, 4);
    EXPECT_EQ(bench.accelerator.regs.get_base_interface().transport_dbg(write.payload), 0u);
    tlm::tlm_dmi dmi;
    EXPECT_FALSE(bench.accelerator.regs.get_base_interface().get_direct_mem_ptr(read.payload, dmi));
    EXPECT_EQ(dmi.get_end_address(), IMC_REGS_SIZE - 1);
}

TEST(Registers, AbsoluteAddressesCountFromTheBase)
{
    AcceleratorBench bench("bench");
    bench.accelerator.use_absolute_addresses(0x40000000);
    Access a(tlm::TLM_READ_COMMAND, 0x40000000, 4);
    EXPECT_EQ(a.send(bench), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(a.word(0), IMC_ID_VALUE);
    EXPECT_EQ(a.payload.get_address(), 0x40000000u);
}

/// An AT host: four phases through the socket's adapter.
struct AtHost : sc_core::sc_module, tlm::tlm_mm_interface {
    AcceleratorBench bench{"bench"};
    tlm_utils::simple_initiator_socket<AtHost> socket{"socket"};
    imc::ProtocolChecker<> checker{"checker"};
    imc::Ledger ledger;
    imc::Accelerator target{
        "target",
        imc::test::small_config(1),
        ledger,
        {{IMC_ENGINE_CROSSBAR, imc::accelerator::tile_maker<imc::test::WindowTile>()}}};
    imc::test::BenchMemory memory{"memory"};
    Access access{tlm::TLM_READ_COMMAND, IMC_REG_ID, 4};
    bool answered = false;

    explicit AtHost(sc_core::sc_module_name name) : sc_module(name)
    {
        socket.bind(checker.in);
        checker.out.bind(target.regs);
        target.dma.bind(memory.in);
        socket.register_nb_transport_bw(this, &AtHost::backward);
        sc_core::sc_spawn([this] { request(); }, "request");
    }
    void free(tlm::tlm_generic_payload*) override {}
    void request()
    {
        access.payload.set_mm(this);
        access.payload.acquire();
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay;
        socket->nb_transport_fw(access.payload, phase, delay);
    }
    tlm::tlm_sync_enum backward(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_core::sc_time&)
    {
        if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
        answered = true;
        return tlm::TLM_COMPLETED;
    }
};

TEST(Registers, AnswerNonBlockingTransportByTheBaseProtocol)
{
    AtHost host("host");
    sc_core::sc_start(1, sc_core::SC_US);
    EXPECT_TRUE(host.answered);
    EXPECT_EQ(host.access.word(0), IMC_ID_VALUE);
    EXPECT_EQ(host.checker.breaches(), std::vector<std::string>{});
}

}  // namespace
