// SPDX-License-Identifier: Apache-2.0
#include "imcvp/regs.h"
#include "support/tile_bench.h"

#include <gtest/gtest.h>

namespace {

using imc::StageSetup;
using imc::test::make_stage;
using imc::test::setup_of;
using imc::test::TileBench;
using imc::test::to_sink;
using imc::test::two_stage_chain;
using imc::test::unit_ps;

TEST(Tile, AChainOverlapsRowByRowAndKeepsValues)
{
    TileBench bench("bench");
    two_stage_chain(bench);
    EXPECT_EQ(bench.done, (std::vector<std::pair<std::uint16_t, std::uint32_t>>{{0, 0}, {1, 0}}));
    const std::uint64_t start = imc::now_ps();
    for (unsigned y = 0; y < 4; ++y)
        bench.row(0, 0, 0, 0, 4, y, 2, 3);
    bench.run();
    ASSERT_EQ(bench.rows.size(), 4u);
    const int expected[] = {0 + 1, 0 + 1 + 2, 1 + 2 + 3, 2 + 3};
    for (unsigned y = 0; y < 4; ++y) {
        EXPECT_EQ(bench.rows[y].row, y);
        EXPECT_EQ(bench.rows[y].codes, std::vector<std::int32_t>(6, expected[y]));
    }
    // Stage 1 works on row y while stage 0 makes row y + 1: five units in all, not eight.
    EXPECT_GT(bench.rows[3].time_ps - start, 5 * unit_ps);
    EXPECT_LT(bench.rows[3].time_ps - start, 5 * unit_ps + 50000);
    EXPECT_EQ(bench.credits[0], 4u);  // all four input rows given back
    EXPECT_FALSE(bench.tile0.busy());
}

TEST(Tile, ImagesFollowEachOtherWithoutGap)
{
    TileBench bench("bench");
    two_stage_chain(bench);
    const std::uint64_t start = imc::now_ps();
    for (unsigned y = 0; y < 4; ++y)
        bench.row(0, 0, 0, 0, 4, y, 2, 3);
    sc_core::sc_start(350, sc_core::SC_NS);  // rows 0..1 are given back by then
    bench.row(0, 0, 0, 1, 4, 0, 2, 3);
    bench.row(0, 0, 0, 1, 4, 1, 2, 3);
    bench.run();
    ASSERT_EQ(bench.rows.size(), 5u);
    EXPECT_EQ(bench.rows[4].image, 1u);
    EXPECT_EQ(bench.rows[4].row, 4u);
    EXPECT_EQ(bench.rows[4].codes[0], 100 + 101);
    EXPECT_LT(bench.rows[4].time_ps - start, 6 * unit_ps + 50000);
    EXPECT_TRUE(bench.tile0.busy());
    const std::string line = bench.tile0.stages()[0]->diagnosis();
    EXPECT_NE(line.find("stage 0 (layer0) image 1 row 1 of 4 waits for input rows"),
              std::string::npos)
        << line;
    EXPECT_NE(line.find("stream 0 has rows below 2 of 3"), std::string::npos) << line;
}

TEST(Tile, AProducerStopsWhenTheConsumerHasNoSlot)
{
    TileBench bench("bench");
    StageSetup a = setup_of(make_stage(0, 0, IMC_STAGE_CONV, 1, 8, 1, 1));
    a.routes = {{1, 1, 0, 0, 1, 0, 2}};
    a.stage.in[0].depth_rows = 8;
    StageSetup b = setup_of(make_stage(1, 1, IMC_STAGE_ADD, 1, 8, 1));  // second stream never comes
    b.producers[0] = {{0, 0, 0}};
    b.routes = {to_sink(1)};
    bench.configure(a);
    bench.configure(b);
    for (unsigned y = 0; y < 8; ++y)
        bench.row(0, 0, 0, 0, 8, y, 1, 1);
    bench.run();
    EXPECT_EQ(bench.tile0.stages()[0]->stats().units, 2u);
    EXPECT_NE(bench.tile0.stages()[0]->diagnosis().find(
                  "waits for credits; stage 1 on node 1 stream 0 has 2 slots"),
              std::string::npos);
    EXPECT_NE(bench.tile1.stages()[0]->diagnosis().find("stream 1 has rows below 0 of 1"),
              std::string::npos);
    for (unsigned y = 0; y < 2; ++y)
        bench.row(1, 1, 1, 0, 8, y, 1, 1);
    bench.run();
    EXPECT_EQ(bench.rows.size(), 2u);
    EXPECT_EQ(bench.tile0.stages()[0]->stats().units, 4u);
}

TEST(Tile, OwnersAddWhatWorkersSend)
{
    TileBench bench("bench");
    imc_stage worker = make_stage(0, 0, IMC_STAGE_CONV, 2, 3, 2, 1);
    worker.role = IMC_ROLE_PSUM_WORKER;
    imc_stage owner = make_stage(1, 1, IMC_STAGE_CONV, 2, 3, 2, 1);
    owner.role = IMC_ROLE_PSUM_OWNER;
    owner.psum_workers = 1;
    worker.in[0].depth_rows = owner.in[0].depth_rows = 3;
    StageSetup a = setup_of(worker), b = setup_of(owner);
    a.routes = {{1, 1, IMC_PSUM_STREAM, 0, 2, 0, 2}};
    b.psum_depth_rows = 2;
    b.psum_producers = {{0, 0, 0}};
    b.routes = {to_sink(2)};
    bench.configure(a);
    bench.configure(b);
    for (unsigned y = 0; y < 3; ++y) {
        bench.row(0, 0, 0, 0, 3, y, 2, 2);
        bench.row(1, 1, 0, 0, 3, y, 2, 2);
    }
    bench.run();
    ASSERT_EQ(bench.rows.size(), 3u);
    for (int y = 0; y < 3; ++y)
        EXPECT_EQ(bench.rows[y].codes, std::vector<std::int32_t>(4, 2 * y));
}

TEST(Tile, SharedUnitMakesStagesOfATileTakeTurns)
{
    TileBench bench("bench");
    for (unsigned id = 0; id < 2; ++id) {
        StageSetup s = setup_of(make_stage(id, 0, IMC_STAGE_CONV, 1, 2, 1, 1));
        s.routes = {to_sink(1)};
        bench.configure(s);
    }
    bench.run();
    const std::uint64_t start = imc::now_ps();
    bench.row(0, 0, 0, 0, 2, 0, 1, 1);
    bench.row(0, 1, 0, 0, 2, 0, 1, 1);
    bench.run();
    ASSERT_EQ(bench.rows.size(), 2u);
    EXPECT_LT(bench.rows[0].time_ps - start, unit_ps + 10000);
    // The second waits until the first has left the shared quarter.
    EXPECT_NEAR(static_cast<double>(bench.rows[1].time_ps - bench.rows[0].time_ps), unit_ps / 4.0,
                3000.0);
}

TEST(Tile, WholeLayerUnitsArriveRowByRow)  // an engine that folds a layer in time
{
    TileBench bench("bench");
    StageSetup s = setup_of(make_stage(0, 0, IMC_STAGE_CONV, 2, 3, 2, 3));
    s.stage.unit_rows = 3;
    s.stage.in[0].depth_rows = 3;
    s.routes = {to_sink(2)};
    bench.configure(s);
    for (unsigned y = 0; y < 3; ++y)
        bench.row(0, 0, 0, 0, 3, y, 2, 2);
    bench.run();
    ASSERT_EQ(bench.rows.size(), 3u);
    EXPECT_EQ(bench.rows[0].codes, std::vector<std::int32_t>(4, 1));
    EXPECT_EQ(bench.rows[1].codes, std::vector<std::int32_t>(4, 3));
    EXPECT_EQ(bench.rows[2].row, 2u);
    EXPECT_EQ(bench.tile0.stages()[0]->stats().units, 1u);
}

}  // namespace
