// SPDX-License-Identifier: Apache-2.0
#include "compiler/map/map.h"

#include "common/error.h"
#include "common/unit_plan.h"
#include "compiler/map/dataflow.h"
#include "nets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace {

using namespace imc;
using namespace imc::compiler;
using testing::HasSubstr;

AcceleratorConfig small_chip(unsigned tiles = 8, unsigned arrays = 96)
{
    AcceleratorConfig config;
    config.tiles = {{IMC_ENGINE_CROSSBAR, tiles}};
    config.crossbar.arrays_per_tile = arrays;
    return config;
}

const PlacedStage& stage_of(const QNet& net, const Mapping& mapping, const std::string& name)
{
    for (const auto& p : mapping.stages)
        if (p.stage.op != IMC_STAGE_SPILL && net.layers[p.layer].name == name) return p;
    throw std::runtime_error(name);
}

TEST(Map, TwoConvolutionsNeedThreeRowsBeforeTheFirstAddRow)  // architecture.md, Credits
{
    const QNet net = test::residual_net();
    const auto fewest =
        fewest_rows(net, resolve_inputs(net), std::vector<unsigned>(net.layers.size(), 1));
    EXPECT_EQ(fewest[3][1], 3u);  // the identity edge
    EXPECT_EQ(fewest[1][0], 3u);  // the window of a 3 x 3 kernel: rows r-1, r, r+1
}

TEST(Map, RefusesASkipBufferThatCanBlockUnlessForced)
{
    const QNet net = test::residual_net();
    MapOptions options;
    options.buffer_rows["stem:add"] = 2;
    try {
        map_network(net, small_chip(), options);
        FAIL() << "accepted";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("can block below 3"));
    }
    options.force = true;
    EXPECT_EQ(stage_of(net, map_network(net, small_chip(), options), "add").stage.in[1].depth_rows,
              2u);
}

TEST(Map, AddStandsOnTheTileOfTheConvolutionThatFeedsIt)
{
    const QNet net = test::residual_net();
    const Mapping mapping = map_network(net, small_chip(), {});
    EXPECT_EQ(stage_of(net, mapping, "add").stage.tile, stage_of(net, mapping, "conv2").stage.tile);
}

TEST(Map, EveryOutputChannelIsMadeOnceAndReachesEveryReader)
{
    const QNet net = test::residual_net(64, 8);
    const AcceleratorConfig config = small_chip(64, 8);  // few arrays a tile: layers are sliced
    const Mapping mapping = map_network(net, config, {});
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
        std::vector<int> made(64, 0), sent_to_add(64, 0);
        for (const auto& p : mapping.stages)
            if (p.layer == static_cast<int>(l))
                for (unsigned c = p.outputs.begin; c < p.outputs.end; ++c)
                    ++made[c];
        EXPECT_EQ(made, std::vector<int>(64, 1)) << net.layers[l].name;
    }
    unsigned elements = 0;  // of conv1's rows that arrive at each stage of conv2
    unsigned readers = 0;
    for (const auto& p : mapping.stages)
        readers += p.layer == 2;
    for (const auto& p : mapping.stages)
        if (p.layer == 1)
            for (unsigned r = p.stage.route_begin; r < p.stage.route_begin + p.stage.route_count;
                 ++r)
                elements += mapping.routes[r].channel_count;
    EXPECT_GT(readers, 1u);
    EXPECT_EQ(elements, 64u * readers);
}

TEST(Map, ConcatIsOnlyAddressing)
{
    QNet net;
    net.input = test::add_tensor(net, "image", 8, 4, 4);
    const int a = test::add_conv(net, "a", net.input, 8, 1);
    const int b = test::add_conv(net, "b", net.input, 16, 1);
    QLayer concat;
    concat.name = "concat";
    concat.op = IMC_STAGE_COPY;
    concat.inputs = {a, b};
    concat.output = test::add_tensor(net, "joined", 24, 4, 4);
    net.layers.push_back(concat);
    net.output = test::add_conv(net, "c", concat.output, 8, 1);
    const Mapping mapping = map_network(net, small_chip(), {});
    EXPECT_EQ(mapping.stages.size(), 3u);
    const auto& from_b = stage_of(net, mapping, "b").stage;
    ASSERT_EQ(from_b.route_count, 1u);
    EXPECT_EQ(mapping.routes[from_b.route_begin].channel_offset, 8u);
    EXPECT_EQ(stage_of(net, mapping, "c").stage.in[0].channels, 24u);
}

TEST(Map, SaysHowManyArraysAreMissing)
{
    MapOptions options;
    options.chips = 1;
    try {
        map_network(test::residual_net(64, 8), small_chip(1, 4), options);
        FAIL() << "accepted";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("arrays"));
        EXPECT_THAT(error.what(), HasSubstr("mapping.chips"));
    }
}

TEST(Map, SpreadsOverChipsWhenOneIsTooSmall)
{
    const QNet net = test::residual_net(64, 8);
    const Mapping mapping = map_network(net, small_chip(8, 8), {});
    EXPECT_GT(mapping.chips, 1u);
}

TEST(Map, DeepEdgesGoToTheGlobalBuffer)
{
    AcceleratorConfig config = small_chip();
    config.crossbar.buffer_bytes = 1200;
    MapOptions options;
    options.schedule = IMC_SCHEDULE_LAYER_SEQUENTIAL;
    const QNet net = test::residual_net();
    const Mapping mapping = map_network(net, config, options);
    unsigned spills = 0;
    for (const auto& p : mapping.stages)
        spills += p.stage.op == IMC_STAGE_SPILL;
    EXPECT_GT(spills, 0u);
    EXPECT_EQ(mapping.steps, 3u);  // the addition runs behind conv2
}

/// Spilled edges use the global buffers of all chips, and no buffer beyond its bytes.
TEST(Map, SpilledEdgesFillNoChipsBufferBeyondItsBytes)
{
    const QNet net = test::residual_net(64, 16);
    AcceleratorConfig config = small_chip(3, 8);
    config.crossbar.buffer_bytes = 6 * 64 * 16;  // six rows of a map: whole maps are spilled
    MapOptions options;
    options.schedule = IMC_SCHEDULE_LAYER_SEQUENTIAL;
    bool moved = false, refused = false;
    for (std::uint64_t bytes = 1 << 17; bytes >= 1 << 11; bytes -= 1 << 11) {
        config.buffer.bytes = bytes;
        try {
            const Mapping mapping = map_network(net, config, options);
            ASSERT_GT(mapping.chips, 1u);
            const unsigned per_chip = config.tiles_per_chip();
            std::map<unsigned, std::uint64_t> used;
            for (const auto& p : mapping.stages) {
                if (p.stage.op != IMC_STAGE_SPILL) continue;
                used[p.stage.tile] += stream_bytes(p.stage.in[0]);
                const auto& reader = stage_of(net, mapping, net.layers[p.stage.layer].name).stage;
                moved |=
                    p.stage.tile != mapping.chips * per_chip + 2 * (reader.tile / per_chip) + 1u;
            }
            ASSERT_FALSE(used.empty());
            for (const auto& [node, sum] : used)
                ASSERT_LE(sum, bytes) << "node " << node;
        } catch (const InputError& error) {
            refused = true;
            EXPECT_THAT(error.what(), HasSubstr("global buffer"));
        }
    }
    EXPECT_TRUE(moved);
    EXPECT_TRUE(refused);
}

TEST(Map, BalanceGivesTheSlowestLayersCopies)
{
    MapOptions options;
    options.replicate = Replicate::balance;
    const QNet net = test::residual_net(16, 16);
    const Mapping mapping = map_network(net, small_chip(4, 16), options);
    EXPECT_GT(stage_of(net, mapping, "conv1").stage.copies, 1u);
}

TEST(Map,
     BlockMapSavesArrays)  // bwq.md 5.3: a row needs the sum of its blocks' bits in column groups
{
    QNet net;
    net.input = test::add_tensor(net, "image", 126, 2, 2);
    net.output = test::add_conv(net, "c", net.input, 128, 1);
    auto map = std::make_shared<QBlockBits>();
    map->rows = 14;
    map->columns = 16;
    map->bits.assign(14 * 16, 1);
    net.layers[0].blocks = map;
    AcceleratorConfig config = small_chip();
    config.crossbar.skipping = crossbar::Skipping::bwq;
    EXPECT_EQ(map_network(net, config, {}).arrays_used,
              1u);  // 14 block rows x 16 column groups: one 128 x 128 array
    config.crossbar.skipping = crossbar::Skipping::none;
    EXPECT_EQ(map_network(net, config, {}).arrays_used, 8u);  // eight planes
}

TEST(Map, RowsBeyondTheShortBranchAloneMayFreeAnEdgeOfItsOwn)
{
    // stem -> a -> b (long) and stem -> c (short) -> add. Rows that pile up before c let the stem
    // run ahead, so that c:add needs one row; with a bare window before c, it is c that must.
    QNet net;
    net.input = test::add_tensor(net, "image", 3, 8, 8);
    const int stem = test::add_conv(net, "stem", net.input, 8, 3);
    const int a = test::add_conv(net, "a", stem, 8, 3);
    const int b = test::add_conv(net, "b", a, 8, 3);
    const int c = test::add_conv(net, "c", stem, 8, 1);
    net.output = test::add_add(net, "add", b, c);
    MapOptions options;
    options.buffer_rows = {{"c:add", 1}};
    EXPECT_NO_THROW(map_network(net, small_chip(), options));  // 1 + slack 2 before c, 1 behind
    options.buffer_rows = {{"c:add", 1}, {"stem:c", 1}};
    try {
        map_network(net, small_chip(), options);
        FAIL() << "accepted";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("together these rows can block"));
    }
    options.buffer_rows = {{"c:add", 2}, {"stem:c", 1}};  // three rows in all
    EXPECT_NO_THROW(map_network(net, small_chip(), options));
}

TEST(Map, ChipsAreAddedForTheGlobalBuffer)
{
    AcceleratorConfig config = small_chip();
    config.crossbar.buffer_bytes = 1200;
    MapOptions options;
    options.schedule = IMC_SCHEDULE_LAYER_SEQUENTIAL;
    const QNet net = test::residual_net();
    config.buffer.bytes = 2048;  // of the stem's and conv1's 8 x 8 x 16 bytes two edges
    EXPECT_GT(map_network(net, config, options).chips, 1u);
}

TEST(Map, CopiesGetTheRowsTheyReadAndNoFurtherChip)
{
    MapOptions options;
    options.replicate = Replicate::balance;
    const QNet net = test::residual_net(16, 32);
    const Mapping mapping = map_network(net, small_chip(16, 16), options);
    EXPECT_EQ(mapping.chips, 1u);
    const auto& conv = stage_of(net, mapping, "conv2").stage;
    ASSERT_GT(conv.copies, 6u);
    EXPECT_LE(conv.in[0].depth_rows, 9u);  // three windows, not a row a copy
}

}  // namespace
