// SPDX-License-Identifier: Apache-2.0
#include "noc/module/network.h"

#include "common/module/sim_time.h"

#include <gtest/gtest.h>

#include <functional>

namespace {

using imc::noc::Kind;
using imc::noc::PacketHeader;

/// Endpoints on every node that write down what arrives when.
struct Bench : sc_core::sc_module {
    struct Arrived {
        unsigned node;
        std::uint64_t time_ps;
        Kind kind;
        std::uint16_t stage;
        std::vector<std::int32_t> data;
    };
    imc::Ledger ledger;
    imc::noc::NodeMap nodes;
    imc::noc::Network network;
    sc_core::sc_vector<tlm_utils::simple_initiator_socket_tagged<Bench>> to_noc;
    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<Bench>> from_noc;
    std::vector<Arrived> arrived;

    Bench(sc_core::sc_module_name name, unsigned chips, unsigned tiles)
        : sc_module(name),
          nodes{chips, tiles},
          network("network", imc::noc::Config{}, nodes,
                  imc::noc::Energies{2.0, 100.0, 0.1, 0.0, 0.0}, ledger),
          to_noc("to_noc", nodes.nodes()),
          from_noc("from_noc", nodes.nodes())
    {
        for (unsigned n = 0; n < nodes.nodes(); ++n) {
            to_noc[n].bind(network.in[n]);
            network.out[n].bind(from_noc[n]);
            from_noc[n].register_b_transport(this, &Bench::b_transport, static_cast<int>(n));
        }
    }

    void b_transport(int node, tlm::tlm_generic_payload& payload, sc_core::sc_time&)
    {
        const auto* header = payload.get_extension<PacketHeader>();
        const auto* codes = reinterpret_cast<const std::int32_t*>(payload.get_data_ptr());
        arrived.push_back({static_cast<unsigned>(node),
                           imc::now_ps(),
                           header->kind,
                           header->stage,
                           {codes, codes + header->data_bytes / 4}});
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    tlm::tlm_response_status send(PacketHeader header, std::vector<std::int32_t> data,
                                  unsigned bytes, std::uint64_t delay_ps = 0)
    {
        header.data_bytes = data.size() * 4;
        tlm::tlm_generic_payload payload;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(data.data()));
        payload.set_data_length(bytes);
        payload.set_streaming_width(bytes);
        payload.set_extension(&header);
        sc_core::sc_time delay = imc::from_ps(delay_ps);
        to_noc[header.source]->b_transport(payload, delay);
        payload.clear_extension(&header);
        return payload.get_response_status();
    }
};

PacketHeader packet(unsigned source, unsigned destination, std::uint16_t stage = 0)
{
    PacketHeader header;
    header.source = source;
    header.destination = destination;
    header.stage = stage;
    return header;
}

TEST(Network, ArrivalIsHopsPlusSerialisationByHand)
{
    Bench bench("bench", 1, 34);  // 3 x 3 routers
    EXPECT_EQ(bench.send(packet(0, 32), {1, 2, 3}, 12),
              tlm::TLM_OK_RESPONSE);  // router 0 to router 8
    sc_core::sc_start(1, sc_core::SC_US);
    // 1 head + 3 payload flits; links: in, 4 between routers, out: 6 hops of one cycle, then the
    // tail.
    ASSERT_EQ(bench.arrived.size(), 1u);
    EXPECT_EQ(bench.arrived[0].time_ps, 6 * 833u + 3333u);
    EXPECT_EQ(bench.arrived[0].data, (std::vector<std::int32_t>{1, 2, 3}));
    EXPECT_DOUBLE_EQ(bench.ledger.energy_pj(imc::Phase::setup),
                     4 * 5 * 2.0);  // flits x routers x pJ
}

TEST(Network, SimultaneousRequestsAreGrantedBySourceNotByCallOrder)
{
    Bench bench("bench", 1, 34);
    bench.send(packet(7, 20, 7), {0}, 4);
    bench.send(packet(3, 20, 3), {0}, 4);
    PacketHeader urgent = packet(9, 20, 9);
    urgent.priority = 0;
    bench.send(urgent, {0}, 4);
    sc_core::sc_start(1, sc_core::SC_US);
    ASSERT_EQ(bench.arrived.size(), 3u);  // one after the other on the link into node 20
    EXPECT_EQ(bench.arrived[0].stage, 9);
    EXPECT_LT(bench.arrived[0].time_ps, bench.arrived[1].time_ps);
    // Three links in, routers 0 to 1, 1 to 2, 2 to 5, one link out: X first, then Y.
    EXPECT_EQ(bench.network.link_use().size(), 7u);
}

TEST(Network, ContentionDelaysByTheOtherPacketsSerialisation)
{
    Bench bench("bench", 1, 2);                                      // one router
    bench.send(packet(0, 2, 1), std::vector<std::int32_t>(11), 44);  // 12 flits, 10 ns
    bench.send(packet(1, 2, 2), std::vector<std::int32_t>(11), 44);
    sc_core::sc_start(1, sc_core::SC_US);
    ASSERT_EQ(bench.arrived.size(), 2u);
    EXPECT_EQ(bench.arrived[0].stage, 1);
    EXPECT_EQ(bench.arrived[0].time_ps, 2 * 833u + 10000u);
    EXPECT_EQ(bench.arrived[1].time_ps, 2 * 833u + 20000u);
}

/// Nodes 8 and 32 are on routers 2 and 8: the ways from router 0 share two steps, then part.
TEST(Network, APacketWithTwoTargetsTakesACommonLinkOnce)
{
    Bench bench("bench", 1, 34);  // 3 x 3 routers, 4 nodes each
    PacketHeader header = packet(0, 0);
    header.kind = Kind::operands;
    header.targets = std::make_shared<std::vector<imc::noc::Target>>(
        std::vector<imc::noc::Target>{{8, 5}, {32, 6}});
    EXPECT_EQ(bench.send(header, {}, 12), tlm::TLM_OK_RESPONSE);
    sc_core::sc_start(1, sc_core::SC_US);
    ASSERT_EQ(bench.arrived.size(), 2u);
    EXPECT_EQ(bench.arrived[0].stage, 5);  // links: out, two steps, in
    EXPECT_EQ(bench.arrived[0].time_ps, 4 * 833u + 3333u);
    EXPECT_EQ(bench.arrived[1].stage, 6);
    EXPECT_EQ(bench.arrived[1].time_ps, 6 * 833u + 3333u);
    EXPECT_EQ(bench.network.link_use().size(), 1u + 4 + 2);
    EXPECT_DOUBLE_EQ(bench.ledger.energy_pj(imc::Phase::setup), 4 * 5 * 2.0);  // 5 routers
    header.targets = std::make_shared<std::vector<imc::noc::Target>>(
        std::vector<imc::noc::Target>{{8, 5}, {999, 6}});
    EXPECT_EQ(bench.send(header, {}, 12), tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST(Network, CreditsTakeHopsOnlyAndIgnoreTraffic)
{
    Bench bench("bench", 1, 34);
    bench.send(packet(0, 32, 1), std::vector<std::int32_t>(1000), 4000);
    PacketHeader credit = packet(0, 32, 2);
    credit.kind = Kind::credit;
    bench.send(credit, {0}, 4);
    sc_core::sc_start(10, sc_core::SC_US);
    ASSERT_EQ(bench.arrived.size(), 2u);
    EXPECT_EQ(bench.arrived[0].kind, Kind::credit);
    EXPECT_EQ(bench.arrived[0].time_ps, 5 * 833u);
}

TEST(Network, TrafficWithinATileNeedsNoLink)
{
    Bench bench("bench", 1, 4);
    bench.send(packet(2, 2), {5}, 4);
    sc_core::sc_start(1, sc_core::SC_NS);
    ASSERT_EQ(bench.arrived.size(), 1u);
    EXPECT_EQ(bench.arrived[0].time_ps, 0u);
    EXPECT_DOUBLE_EQ(bench.ledger.energy_pj(imc::Phase::setup), 0.0);
}

TEST(Network, ChipLinkIsSlowerAndChargedByTheByte)
{
    Bench bench("bench", 2, 2);  // one router a chip
    bench.send(packet(0, 2), std::vector<std::int32_t>(16),
               64);  // 17 flits; 64 B at 6.4 GB/s are 10 ns
    sc_core::sc_start(1, sc_core::SC_US);
    ASSERT_EQ(bench.arrived.size(), 1u);
    // in (17 cycles, 1 hop), chip out (14167 ps, 100 ns), chip in, out
    EXPECT_EQ(bench.arrived[0].time_ps, 833u + 14167u + 100000u + 833u + 833u);
    EXPECT_DOUBLE_EQ(bench.ledger.energy_pj(imc::Phase::setup), 17 * 2 * 2.0 + 64 * 100.0);
}

TEST(Network, RefusesWhatIsNoPacketWithATlmStatus)
{
    Bench bench("bench", 1, 4);
    EXPECT_EQ(bench.send(packet(0, 99), {0}, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    tlm::tlm_generic_payload payload;
    sc_core::sc_time delay;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    bench.to_noc[0]->b_transport(payload, delay);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
    payload.set_command(tlm::TLM_READ_COMMAND);
    bench.to_noc[0]->b_transport(payload, delay);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
}

TEST(Network, AcknowledgesOnRequestAndForgetsAllOnReset)
{
    Bench bench("bench", 1, 34);
    PacketHeader header = packet(0, 32, 5);
    header.acknowledge = true;
    header.producer = 4;
    bench.send(header, {0}, 4);
    sc_core::sc_start(1, sc_core::SC_US);
    ASSERT_EQ(bench.arrived.size(), 2u);
    EXPECT_EQ(bench.arrived[1].kind, Kind::arrived);
    EXPECT_EQ(bench.arrived[1].node, 0u);
    EXPECT_EQ(bench.arrived[1].stage, 4);
    EXPECT_EQ(bench.arrived[1].time_ps, bench.arrived[0].time_ps + 5 * 833u);
    bench.send(header, {0}, 4);
    sc_core::sc_start(1, sc_core::SC_NS);
    EXPECT_FALSE(bench.network.idle());
    bench.network.reset();
    EXPECT_TRUE(bench.network.idle());
    sc_core::sc_start(1, sc_core::SC_US);
    EXPECT_EQ(bench.arrived.size(), 2u);
}

}  // namespace
