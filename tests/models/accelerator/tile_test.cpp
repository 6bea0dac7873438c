// SPDX-License-Identifier: Apache-2.0
#include "common/module/tile.h"

#include "common/module/sim_time.h"
#include "imcvp/regs.h"
#include "noc/module/network.h"
#include "noc/module/post.h"
#include "support/stage_builder.h"
#include "support/window_engine.h"

#include <gtest/gtest.h>

#include <map>

namespace {

using imc::OutRoute;
using imc::Producer;
using imc::StageSetup;
using imc::noc::Kind;
using imc::noc::PacketHeader;
using imc::test::make_stage;

constexpr std::uint64_t unit_ps = 100000;

class TestTile : public imc::Tile {
public:
    TestTile(sc_core::sc_module_name name, unsigned node, unsigned io, imc::Ledger& ledger)
        : TestTile(name, node, io, ledger, ledger.component("tile", "crossbar"))
    {
    }

protected:
    std::unique_ptr<imc::StageEngine> make_engine(const imc_stage& stage) override
    {
        return std::make_unique<imc::test::WindowEngine>(stage, unit_ps, m_event, m_component);
    }

private:
    TestTile(sc_core::sc_module_name name, unsigned node, unsigned io, imc::Ledger& ledger,
             imc::ComponentId component)
        : Tile(name, node, io, ledger, {component, ledger.event(component, "write_bit", 0.0)}),
          m_component(component),
          m_event(ledger.event(component, "unit", 1.0))
    {
        share(component);
    }
    imc::ComponentId m_component;
    imc::EventId m_event;
};

/// Two tiles, and the bench in the place of the I/O node: source, sink, command processor.
struct Bench : sc_core::sc_module {
    struct Row {
        std::uint64_t time_ps;
        std::uint32_t image;
        std::uint64_t row;
        std::vector<std::int32_t> codes;
    };
    imc::Ledger ledger;
    imc::noc::NodeMap nodes{1, 2};
    imc::noc::Network network{"network", imc::noc::Config{}, nodes, imc::noc::Energies{}, ledger};
    TestTile tile0{"tile0", 0, 2, ledger}, tile1{"tile1", 1, 2, ledger};
    tlm_utils::simple_target_socket<Bench> from_noc{"from_noc"};
    tlm_utils::simple_initiator_socket<Bench> to_noc{"to_noc"};
    std::vector<Row> rows;
    std::vector<std::pair<std::uint16_t, std::uint32_t>> done;  ///< stage, status
    std::map<std::uint16_t, std::uint64_t> credits;             ///< per route of the source

    explicit Bench(sc_core::sc_module_name name) : sc_module(name)
    {
        tile0.to_noc.bind(network.in[0]);
        tile1.to_noc.bind(network.in[1]);
        to_noc.bind(network.in[2]);
        network.out[0].bind(tile0.from_noc);
        network.out[1].bind(tile1.from_noc);
        network.out[2].bind(from_noc);
        from_noc.register_b_transport(this, &Bench::b_transport);
    }

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&)
    {
        const auto* h = payload.get_extension<PacketHeader>();
        const auto* codes = reinterpret_cast<const std::int32_t*>(payload.get_data_ptr());
        if (h->kind == Kind::data)
            rows.push_back({imc::now_ps(), h->image, h->row, {codes, codes + h->data_bytes / 4}});
        if (h->kind == Kind::done) done.push_back({h->producer, h->status});
        if (h->kind == Kind::credit) credits[h->route] = h->row;
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    void post(PacketHeader header, const void* data, unsigned bytes)
    {
        header.source = 2;
        tlm::tlm_generic_payload payload;
        imc::noc::post(to_noc, payload, header, data, bytes);
    }

    void configure(const StageSetup& setup)
    {
        PacketHeader header;
        header.kind = Kind::config;
        header.destination = setup.stage.tile;
        header.stage = setup.stage.id;
        header.keep = std::make_shared<StageSetup>(setup);
        post(header, header.keep.get(), setup.wire_bytes());
    }

    /// Row y of image i: all elements 100 i + y.
    void row(unsigned tile, unsigned stage, unsigned stream, unsigned image, unsigned height,
             unsigned y, unsigned channels, unsigned width)
    {
        const std::vector<std::int32_t> codes(channels * width,
                                              static_cast<std::int32_t>(100 * image + y));
        PacketHeader header;
        header.destination = tile;
        header.stage = static_cast<std::uint16_t>(stage);
        header.stream = static_cast<std::uint8_t>(stream);
        header.image = image;
        header.row = image * height + y;
        header.channel_end = channels;
        header.x_end = width;
        header.data_bytes = codes.size() * 4;
        post(header, codes.data(), channels * width);
    }
    void run() { sc_core::sc_start(1, sc_core::SC_MS); }
};

StageSetup setup_of(const imc_stage& stage)
{
    StageSetup setup;
    setup.stage = stage;
    setup.name = "layer" + std::to_string(stage.id);
    setup.io_node = 2;
    return setup;
}

OutRoute to_sink(unsigned channels)
{
    return {IMC_ROUTE_SINK, 2, 0, 0, channels, 0, 0};
}

/// conv 3 rows (tile 0) -> conv 1 row (tile 1) -> sink, 4 rows of 2 x 3.
void two_stage_chain(Bench& bench)
{
    StageSetup a = setup_of(make_stage(0, 0, IMC_STAGE_CONV, 2, 4, 3, 3));
    a.producers[0] = {{2, IMC_ROUTE_SINK, 0}};
    a.routes = {{1, 1, 0, 0, 2, 0, 2}};
    StageSetup b = setup_of(make_stage(1, 1, IMC_STAGE_CONV, 2, 4, 3, 1));
    b.producers[0] = {{0, 0, 0}};
    b.routes = {to_sink(2)};
    bench.configure(a);
    bench.configure(b);
    bench.run();
}

TEST(Tile, AChainOverlapsRowByRowAndKeepsValues)
{
    Bench bench("bench");
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
    Bench bench("bench");
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
    Bench bench("bench");
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
    Bench bench("bench");
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
    Bench bench("bench");
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
    Bench bench("bench");
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

TEST(Tile, GatedStagesWaitForTheirStepAndReportWhenTheirRowsAreThere)
{
    Bench bench("bench");
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
    Bench bench("bench");
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
    Bench bench("bench");
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
    Bench bench("bench");
    StageSetup s = setup_of(make_stage(3, 0, IMC_STAGE_CONV, 1, 1, 1, 1));
    s.stage.engine_arg[0] = 0xBAD;
    bench.configure(s);
    bench.run();
    EXPECT_EQ(bench.done, (std::vector<std::pair<std::uint16_t, std::uint32_t>>{
                              {3, static_cast<std::uint32_t>(IMC_ERROR_BAD_STAGE)}}));
}

TEST(Tile, ResetForgetsRowsInTheMiddleOfAUnitAndStartsAfresh)
{
    Bench bench("bench");
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
