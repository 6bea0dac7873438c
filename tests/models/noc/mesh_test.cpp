// SPDX-License-Identifier: Apache-2.0
#include "noc/kernel/mesh.h"

#include "noc/cost/link_schedule.h"
#include "noc/cost/packet_cost.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace {

using imc::noc::LinkSchedule;
using imc::noc::Mesh;
using imc::noc::NodeMap;
using imc::noc::Path;

TEST(NodeMap, NumbersTilesFirstThenIoAndBufferPerChip)
{
    const NodeMap nodes{2, 10};
    EXPECT_EQ(nodes.nodes(), 24u);
    EXPECT_EQ(nodes.io(0), 20u);
    EXPECT_EQ(nodes.buffer(1), 23u);
    EXPECT_EQ(nodes.chip_of(15), 1u);
    EXPECT_EQ(nodes.local_of(15), 5u);
    EXPECT_EQ(nodes.chip_of(22), 1u);
    EXPECT_TRUE(nodes.is_buffer(21));
    EXPECT_FALSE(nodes.is_buffer(20));
}

TEST(Mesh, PathsAreManhattanAndUseEveryLinkOnce)
{
    const NodeMap nodes{1, 34};  // 36 nodes, 4 a router: 9 routers, 3 x 3
    const Mesh mesh(nodes, 4);
    EXPECT_EQ(mesh.routers_per_chip(), 9u);
    Path path;
    for (unsigned a = 0; a < 36; ++a)
        for (unsigned b = 0; b < 36; ++b) {
            mesh.route(a, b, path);
            const int ra = static_cast<int>(a) / 4, rb = static_cast<int>(b) / 4;
            const unsigned distance = std::abs(ra % 3 - rb % 3) + std::abs(ra / 3 - rb / 3);
            EXPECT_EQ(mesh.hops(a, b), a == b ? 0 : distance + 1);
            EXPECT_EQ(path.routers, a == b ? 0 : distance + 1);
            EXPECT_EQ(path.links.size(), a == b ? 0 : distance + 2);
            EXPECT_EQ(std::set<std::uint32_t>(path.links.begin(), path.links.end()).size(),
                      path.links.size());
        }
}

TEST(Mesh, GoesThroughRouterZeroOfBothChips)
{
    const NodeMap nodes{2, 14};  // 16 nodes a chip: 4 routers, 2 x 2
    const Mesh mesh(nodes, 4);
    Path path;
    mesh.route(12, 14 + 4, path);  // router 3 of chip 0 to router 1 of chip 1
    EXPECT_TRUE(path.crosses_chips);
    EXPECT_EQ(path.routers, 3u + 2u);
    EXPECT_EQ(mesh.hops(12, 18), 5u);
    EXPECT_EQ(path.links.size(), 1u + 2 + 2 + 1 + 1);
    EXPECT_TRUE(mesh.is_chip_out(path.links[3]));
    EXPECT_EQ(mesh.chip_of_link(path.links[3]), 0u);
    EXPECT_EQ(mesh.link_name(path.links[3]), "chip out");
    EXPECT_EQ(mesh.chip_of_link(path.links[4]), 1u);
    EXPECT_EQ(mesh.link_name(path.links[4]), "chip in");
    EXPECT_EQ(mesh.link_name(path.links.front()), "tile 12 out");
    EXPECT_EQ(mesh.link_name(path.links.back()), "tile 18 in");
    EXPECT_EQ(mesh.link_name(path.links[1]), "router (1,1) west");
    mesh.route(nodes.io(1), nodes.buffer(1), path);
    EXPECT_EQ(mesh.link_name(path.links.front()), "I/O out");
    EXPECT_EQ(mesh.link_name(path.links.back()), "global buffer in");
}

TEST(LinkSchedule, FillsGapsAndNeverMovesAGrant)
{
    LinkSchedule link;
    EXPECT_EQ(link.reserve(100, 50), 100u);
    EXPECT_EQ(link.reserve(100, 50), 150u);  // behind the first
    EXPECT_EQ(link.reserve(0, 100), 0u);     // the gap before it is just long enough
    EXPECT_EQ(link.reserve(300, 10), 300u);
    EXPECT_EQ(link.reserve(0, 101), 310u);  // 200..300 is one too short
    EXPECT_EQ(link.reserve(0, 100), 200u);
    EXPECT_EQ(link.busy_ps(), 50u + 50 + 100 + 10 + 101 + 100);
    link.forget(411);
    EXPECT_EQ(link.reserve(0, 5), 0u);  // what is over is forgotten: callers never ask for the past
}

TEST(PacketCost, OneHeadFlitAndRoundedUpPayload)
{
    imc::noc::Config config;  // 32-bit flits at 1.2 GHz
    EXPECT_EQ(imc::noc::packet_flits(config, 4), 2u);
    EXPECT_EQ(imc::noc::packet_flits(config, 5), 3u);
    EXPECT_EQ(imc::noc::cycles_ps(config, 12), 10000u);
    EXPECT_EQ(imc::noc::cycles_ps(config, 1), 833u);
    EXPECT_EQ(imc::noc::chip_link_ps(config, 64), 10000u);  // 6.4 GB/s
}

}  // namespace
