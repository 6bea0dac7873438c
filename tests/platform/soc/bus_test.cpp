// SPDX-License-Identifier: Apache-2.0
/// Decoding, arbitration, timing and energy of bus and memory; the expected times are worked out by
/// hand.
#include <gtest/gtest.h>

#include <vector>

#include "common/error.h"
#include "platform/soc/script.h"
#include "soc/bus.h"
#include "soc/memory.h"

namespace {

using imc::soc::Bus;
using imc::soc::BusConfig;
using imc::soc::Memory;
using imc::soc::MemoryConfig;
using imc::test::Script;
using sc_core::SC_NS;
using sc_core::sc_time;

constexpr std::uint64_t base = 0x80000000;

/// 1 GHz bus, 16 bytes a cycle, 4 cycles latency; memory 50/20 ns, 16 bytes a nanosecond.
struct Bench {
    Bus bus;
    Memory memory;
    std::vector<std::unique_ptr<Script>> scripts;

    explicit Bench(unsigned width_bytes = 16)
        : bus("bus", BusConfig{1'000'000'000, width_bytes, 4, 0.5}),
          memory("memory", memory_config())
    {
        bus.add_target("memory", base, 1 << 20, memory.in);
    }
    static MemoryConfig memory_config()
    {
        MemoryConfig config;
        config.bytes = 1 << 20;
        config.bytes_per_second = 16'000'000'000ull;
        config.read_pj_per_bit = 2.0;
        config.write_pj_per_bit = 3.0;
        return config;
    }
    void add(const char* name, unsigned priority, bool dmi, std::function<void(Script&)> body)
    {
        scripts.push_back(std::make_unique<Script>(name, std::move(body)));
        bus.add_initiator(name, priority, dmi, scripts.back()->socket);
    }
};

TEST(Bus, ReadCostsLatenciesAndTransfer)
{
    Bench bench;
    sc_time end;
    bench.add("a", 0, true, [&](Script& s) {
        char block[64] = {};
        s.access(tlm::TLM_READ_COMMAND, base, block, 64);
        end = sc_core::sc_time_stamp();
    });
    sc_core::sc_start();
    EXPECT_EQ(end, sc_time(4 + 4 + 50, SC_NS));  // bus latency, 64 B at 16 B/ns, first byte
    EXPECT_EQ(bench.memory.activity().bytes_read, 64u);
    EXPECT_DOUBLE_EQ(bench.memory.energy_pj(), 64 * 8 * 2.0);
    EXPECT_DOUBLE_EQ(bench.bus.energy_pj(), 32.0);
}

/// 512 bytes over a data path of 2 bytes a cycle: 256 cycles hide the memory's 50 + 32 ns.
TEST(Bus, ANarrowDataPathTakesItsCycles)
{
    Bench bench(2);
    sc_time end;
    bench.add("a", 0, true, [&](Script& s) {
        char block[512] = {};
        s.access(tlm::TLM_READ_COMMAND, base, block, 512);
        end = sc_core::sc_time_stamp();
    });
    sc_core::sc_start();
    EXPECT_EQ(end, sc_time(4 + 256, SC_NS));
}

/// Three initiators ask at 10 ns, one of them ahead in its local time: grants follow priority, then
/// number.
TEST(Bus, RequestsOfOneInstantAreGrantedByPriorityThenNumber)
{
    Bench bench;
    std::vector<std::string> order;
    const auto asks = [&](const char* name, bool ahead) {
        return [&order, name, ahead](Script& s) {
            char block[32] = {};
            if (ahead)
                s.delay = sc_time(10, SC_NS);
            else
                wait(sc_time(10, SC_NS));
            s.access(tlm::TLM_WRITE_COMMAND, base, block, 32, false);
            order.push_back(std::string(name) + "@" + sc_core::sc_time_stamp().to_string());
        };
    };
    bench.add("low", 2, false, asks("low", false));
    bench.add("first", 1, false, asks("first", true));
    bench.add("second", 1, false, asks("second", false));
    sc_core::sc_start();
    EXPECT_EQ(order, (std::vector<std::string>{"first@10 ns", "second@12 ns", "low@14 ns"}));
    EXPECT_EQ(bench.bus.target_activity(0).waited, sc_time(2 + 4, SC_NS));
    EXPECT_EQ(bench.bus.target_activity(0).busy, sc_time(6, SC_NS));
}

TEST(Bus, NoTargetIsAnAddressErrorAndCounted)
{
    Bench bench;
    bench.add("a", 0, true, [&](Script& s) {
        s.read(0x1000);
        EXPECT_EQ(s.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
        s.read(base + (1 << 20) - 2);  // half of it lies outside
        EXPECT_EQ(s.status, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    });
    sc_core::sc_start();
    EXPECT_EQ(bench.bus.initiator_activity(0).errors, 2u);
}

TEST(Bus, DirectAccessIsTranslatedAndOnlyForThoseWhoMayHaveIt)
{
    Bench bench;
    bench.add("cpu", 0, true, [&](Script& s) {
        tlm::tlm_generic_payload payload;
        tlm::tlm_dmi dmi;
        payload.set_address(base + 16);
        EXPECT_TRUE(s.socket->get_direct_mem_ptr(payload, dmi));
        EXPECT_EQ(dmi.get_start_address(), base);
        EXPECT_EQ(dmi.get_end_address(), base + (1 << 20) - 1);
        EXPECT_EQ(dmi.get_dmi_ptr(), bench.memory.data());
        EXPECT_EQ(payload.get_address(), base + 16);
    });
    bench.add("dma", 0, false, [&](Script& s) {
        tlm::tlm_generic_payload payload;
        tlm::tlm_dmi dmi;
        payload.set_address(base);
        EXPECT_FALSE(s.socket->get_direct_mem_ptr(payload, dmi));
    });
    sc_core::sc_start();
}

TEST(Bus, SnoopsHearOthersWritesOnly)
{
    Bench bench;
    std::vector<std::uint64_t> heard;
    bench.add("cpu", 0, true, [](Script& s) { s.write<std::uint32_t>(base, 1); });
    bench.add("dma", 0, false, [](Script& s) {
        s.read(base + 4);
        s.write<std::uint32_t>(base + 8, 1);
    });
    bench.add("watcher", 0, true, [](Script& s) { s.write<std::uint32_t>(base + 12, 1); });
    bench.bus.add_snoop(2, [&](std::uint64_t a, std::uint64_t) { heard.push_back(a); });
    sc_core::sc_start();
    EXPECT_EQ(heard, (std::vector<std::uint64_t>{base, base + 8}));
}

TEST(Bus, OverlappingTargetsAreRefused)
{
    Bench bench;
    Memory other("other", Bench::memory_config());
    EXPECT_THROW(bench.bus.add_target("other", base + 0x1000, 1 << 20, other.in), imc::InputError);
}

TEST(Memory, ServesStreamingAndByteEnables)
{
    Bench bench;
    bench.add("a", 0, true, [](Script& s) {
        unsigned char data[4] = {1, 2, 3, 4};
        unsigned char enables[4] = {0xFF, 0, 0xFF, 0};
        tlm::tlm_generic_payload payload;
        sc_time delay;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(base);
        payload.set_data_ptr(data);
        payload.set_data_length(4);
        payload.set_streaming_width(2);  // bytes 0,1 then 2,3 to the same place
        s.socket->b_transport(payload, delay);
        EXPECT_EQ(s.read(base), 0x0403u);
        payload.set_streaming_width(4);
        payload.set_byte_enable_ptr(enables);
        payload.set_byte_enable_length(4);
        s.socket->b_transport(payload, delay);
        EXPECT_EQ(s.read(base), 0x00030401u);
    });
    sc_core::sc_start();
}

}  // namespace
