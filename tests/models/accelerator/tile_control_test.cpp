// SPDX-License-Identifier: Apache-2.0
/// Steps, programming, reset and refusals of a tile.
#include "imcvp/regs.h"
#include "support/tile_bench.h"

#include <gtest/gtest.h>

namespace {

using imc::StageSetup;
using imc::noc::Kind;
using imc::noc::PacketHeader;
using imc::test::make_stage;
using imc::test::setup_of;
using imc::test::TileBench;
using imc::test::to_sink;
using imc::test::two_stage_chain;

TEST(Tile, GatedStagesWaitForTheirStepAndReportWhenTheirRowsAreThere)
{
    TileBench bench("bench");
    StageSetup s = setup_of(make_stage(0, 0, IMC_STAGE_CONV, 1, 2, 1, 1));
    s.gated = true;
    s.routes = {to_sink(1)};
    bench.configure(s);
    bench.row(0, 0, 0, 0, 2, 0, 1, 1);
    bench.row(0, 0, 0, 0, 2, 1, 1, 1);
    bench.run();
    EXPECT_TRUE(bench.rows.empty());
    PacketHeader gate;
    gate.kind = Kind::gate;
    gate.destination = 0;
    gate.row = 1;
    bench.post(gate, &gate.row, 8);
    bench.run();
    EXPECT_EQ(bench.rows.size(), 2u);
    ASSERT_EQ(bench.done.size(), 2u);  // configuration, image
}

TEST(Tile, WeightsAreProgrammedBeforeTheFirstUnit)
{
    TileBench bench("bench");
    StageSetup s = setup_of(make_stage(0, 0, IMC_STAGE_CONV, 1, 1, 1, 1));
    s.needs_load = true;
    s.routes = {to_sink(1)};
    bench.configure(s);
    bench.row(0, 0, 0, 0, 1, 0, 1, 1);
    bench.run();
    EXPECT_TRUE(bench.rows.empty());
    struct {
        imc_blob_header head{IMC_BLOB_MAGIC, 1};
        imc_section section{IMC_SECTION_LUT_I32, 4, 32, 1};
        std::int32_t offset = 77, pad = 0;
    } blob;
    static_assert(sizeof blob == 40);
    PacketHeader weights;
    weights.kind = Kind::weights;
    weights.keep = std::make_shared<std::vector<unsigned char>>(
        reinterpret_cast<unsigned char*>(&blob),
        reinterpret_cast<unsigned char*>(&blob) + sizeof blob);
    bench.post(weights, static_cast<const std::vector<unsigned char>*>(weights.keep.get())->data(),
               sizeof blob);
    bench.run();
    ASSERT_EQ(bench.rows.size(), 1u);
    EXPECT_EQ(bench.rows[0].codes[0], 77);
    EXPECT_EQ(bench.done.size(), 2u);
}

TEST(Tile, ARowWithoutSlotOrStageIsReportedAsOverrun)
{
    TileBench bench("bench");
    two_stage_chain(bench);
    bench.done.clear();
    for (unsigned y = 0; y < 4; ++y)
        bench.row(1, 1, 0, 0, 4, 3, 2, 3);  // two slots: row 3 is beyond
    bench.row(0, 9, 0, 0, 4, 0, 2, 3);      // no such stage
    bench.run();
    ASSERT_GE(bench.done.size(), 2u);
    EXPECT_EQ(bench.done[0].second, static_cast<std::uint32_t>(IMC_ERROR_OVERRUN));
}

TEST(Tile, ARefusedStageIsAnAnswerNotACrash)
{
    TileBench bench("bench");
    StageSetup s = setup_of(make_stage(3, 0, IMC_STAGE_CONV, 1, 1, 1, 1));
    s.stage.engine_arg[0] = 0xBAD;
    bench.configure(s);
    bench.run();
    EXPECT_EQ(bench.done, (std::vector<std::pair<std::uint16_t, std::uint32_t>>{
                              {3, static_cast<std::uint32_t>(IMC_ERROR_BAD_STAGE)}}));
}

TEST(Tile, ResetForgetsRowsInTheMiddleOfAUnitAndStartsAfresh)
{
    TileBench bench("bench");
    two_stage_chain(bench);
    for (unsigned y = 0; y < 3; ++y)
        bench.row(0, 0, 0, 0, 4, y, 2, 3);
    sc_core::sc_start(150, sc_core::SC_NS);
    bench.network.reset();
    bench.tile0.reset();
    bench.tile1.reset();
    bench.run();
    EXPECT_TRUE(bench.rows.empty());
    EXPECT_FALSE(bench.tile0.busy());
    for (unsigned y = 0; y < 4; ++y)
        bench.row(0, 0, 0, 0, 4, y, 2, 3);
    bench.run();
    ASSERT_EQ(bench.rows.size(), 4u);
    EXPECT_EQ(bench.rows[1].codes[0], 3);
    bench.tile0.retire_stages();
    bench.tile1.retire_stages();
    two_stage_chain(bench);
    for (unsigned y = 0; y < 4; ++y)
        bench.row(0, 0, 0, 0, 4, y, 2, 3);
    bench.run();
    EXPECT_EQ(bench.rows.size(), 8u);
}

}  // namespace
