// SPDX-License-Identifier: Apache-2.0
/// Operands that come over the network in pieces: a unit takes what its steps take plus what it
/// waits for, and both are what a calculation by hand of the links says.
#include "common/module/sim_time.h"
#include "common/module/tile.h"
#include "noc/module/network.h"
#include "noc/module/post.h"
#include "support/stage_builder.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using imc::noc::Kind;
using imc::noc::PacketHeader;

struct Shape {
    std::uint64_t steps, load_ps, compute_ps, bits;
    std::uint64_t together = 1;
};

/// A unit of `steps` steps of load and compute, for which `bits` come in as many pieces.
class SteppingEngine : public imc::StageEngine {
public:
    SteppingEngine(const Shape& shape, imc::ComponentId component, imc::EventId event)
        : m_shape(shape), m_component(component), m_event(event)
    {
    }
    imc::Work load(const imc::Blob&) override { return {}; }
    void run(std::uint32_t, std::uint32_t, std::uint32_t, const imc::InputRows&, std::int32_t* out,
             std::int64_t*, imc::Work& work) override
    {
        *out = 0;
        work.segments = {{m_component, "load", 0, m_shape.steps * m_shape.load_ps},
                         {m_component, "compute", 0, m_shape.steps * m_shape.compute_ps}};
        work.stream = {m_shape.steps, m_shape.together, m_shape.steps, m_shape.bits, 2,
                       m_component,   m_event};
    }

private:
    Shape m_shape;
    imc::ComponentId m_component;
    imc::EventId m_event;
};

class SteppingTile : public imc::Tile {
public:
    SteppingTile(sc_core::sc_module_name name, unsigned node, imc::Ledger& ledger, Shape shape)
        : Tile(name, node, 3, ledger,
               {ledger.component("map", "memory"),
                ledger.event(ledger.component("map", "memory"), "write_bit", 1.0)}),
          m_shape(shape),
          m_component(ledger.component("map", "memory")),
          m_event(ledger.event(m_component, "read_bit", 1.0))
    {
    }

protected:
    std::unique_ptr<imc::StageEngine> make_engine(const imc_stage&) override
    {
        return std::make_unique<SteppingEngine>(m_shape, m_component, m_event);
    }

private:
    Shape m_shape;
    imc::ComponentId m_component;
    imc::EventId m_event;
};

imc::noc::Config network_config()
{
    imc::noc::Config config;
    config.flit_bits = 64;
    config.clock_ghz = 1.0;
    config.hop_cycles = 1;
    config.concentration = 8;  // all nodes at one router: a packet takes a link out and one in
    return config;
}

/// Three tiles and the bench at the I/O node. Stage 0 on tile 0 owns the table of all three.
struct Bench : sc_core::sc_module {
    imc::Ledger ledger;
    imc::noc::NodeMap nodes{1, 3};
    imc::noc::Network network{"network", network_config(), nodes, imc::noc::Energies{}, ledger};
    std::vector<std::unique_ptr<SteppingTile>> tiles;
    tlm_utils::simple_target_socket<Bench> from_noc{"from_noc"};
    tlm_utils::simple_initiator_socket<Bench> to_noc{"to_noc"};

    Bench(sc_core::sc_module_name name, Shape shape) : sc_module(name)
    {
        for (unsigned i = 0; i < 3; ++i) {
            const std::string tile = "tile" + std::to_string(i);
            tiles.push_back(std::make_unique<SteppingTile>(tile.c_str(), i, ledger, shape));
            tiles[i]->to_noc.bind(network.in[i]);
            network.out[i].bind(tiles[i]->from_noc);
        }
        to_noc.bind(network.in[3]);
        network.out[3].bind(from_noc);
        from_noc.register_b_transport(this, &Bench::b_transport);
    }
    void configure()
    {
        ledger.set_phase(imc::Phase::inference);
        for (unsigned i = 0; i < 3; ++i)
            configure(i);
        sc_core::sc_start(1, sc_core::SC_US);
    }
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&)
    {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    void post(PacketHeader header, const void* data, unsigned bytes)
    {
        header.source = 3;
        tlm::tlm_generic_payload payload;
        imc::noc::post(to_noc, payload, header, data, bytes);
    }
    void configure(unsigned tile)
    {
        auto setup = std::make_shared<imc::StageSetup>();
        setup->stage = imc::test::make_stage(tile, tile, IMC_STAGE_CONV, 1, 1, 1);
        setup->stage.layer = 0;
        setup->name = "layer";
        setup->io_node = 3;
        if (tile == 0) setup->sharers = {{1, 1}, {2, 2}};
        setup->owner = {0, 0};
        setup->shares_tables = tile != 0;
        PacketHeader header;
        header.kind = Kind::config;
        header.destination = tile;
        header.keep = setup;
        post(header, setup.get(), 8);
    }
    void start(unsigned image = 0)
    {
        static const std::int32_t code = 0;
        for (unsigned i = 0; i < 3; ++i) {
            PacketHeader header;
            header.destination = i;
            header.stage = static_cast<std::uint16_t>(i);
            header.image = image;
            header.row = image;
            header.channel_end = header.x_end = 1;
            header.data_bytes = 4;
            post(header, &code, 1);
        }
    }
    const imc::StageStats& stats(unsigned tile) { return tiles[tile]->stages()[0]->stats(); }
    std::uint64_t observed(const std::string& name)
    {
        for (const auto& [key, n] : ledger.observations())
            if (ledger.components()[key.first.id].name == "map" && key.second == name) return n;
        return 0;
    }
};

/// By hand: pieces 0 and 1 leave with the owner's first step, piece k with its step k - 1; each
/// takes its flits on the link out, a hop later as many on the link in, which is free once the row
/// that starts the sharer is through, and is there a hop after that. A sharer's step loads, waits
/// for its piece, computes.
std::uint64_t expected_stall(const Shape& shape, std::uint64_t owner_ps, std::uint64_t sharer_ps)
{
    const std::uint64_t flits = 1 + (shape.bits / shape.steps + 63) / 64;
    std::uint64_t out_free = 0, in_free = sharer_ps - 1000, at = sharer_ps, stall = 0;
    for (std::uint64_t k = 0; k < shape.steps; ++k) {
        const std::uint64_t sent =
            owner_ps + (k < 2 ? 0 : k - 1) * (shape.load_ps + shape.compute_ps);
        const std::uint64_t out = std::max(out_free, sent);
        out_free = out + flits * 1000;
        in_free = std::max(in_free, out + 1000) + flits * 1000;
        const std::uint64_t here = std::max(in_free, out_free + 1000) + 1000;
        at += shape.load_ps;
        stall += here > at ? here - at : 0;
        at = std::max(at, here) + shape.compute_ps;
    }
    return stall;
}

TEST(OperandStream, WithoutContentionAUnitTakesItsStepsAndNothingElse)
{
    const Shape shape{5, 20000, 80000, 5 * 640};  // 11 flits a piece: here before the load ends
    Bench bench("bench", shape);
    bench.configure();
    bench.start();
    sc_core::sc_start(10, sc_core::SC_US);
    for (unsigned tile = 0; tile < 3; ++tile) {
        EXPECT_EQ(bench.stats(tile).busy_ps, 5u * 100000) << tile;
        EXPECT_EQ(bench.stats(tile).stall_operand_ps, 0u) << tile;
    }
    EXPECT_EQ(bench.observed("steps_ps"), 5u * 100000);
    EXPECT_EQ(bench.observed("unstalled_ps"), 5u * 100000);
}

TEST(OperandStream, ANarrowLinkMakesItLongerByTheStallsOfThatLink)
{
    const Shape shape{7, 20000, 80000, 7 * 64 * 300};  // 301 flits a piece, 100 cycles a step
    Bench bench("bench", shape);
    bench.configure();
    bench.start();
    sc_core::sc_start(20, sc_core::SC_US);
    EXPECT_EQ(bench.stats(0).busy_ps, 7u * 100000);  // its own table
    for (unsigned tile = 1; tile < 3; ++tile) {
        const std::uint64_t stall =
            expected_stall(shape, bench.stats(0).first_start_ps, bench.stats(tile).first_start_ps);
        EXPECT_GT(stall, 7u * 150000);
        EXPECT_EQ(bench.stats(tile).stall_operand_ps, stall) << tile;
        EXPECT_EQ(bench.stats(tile).busy_ps, 7u * 100000 + stall) << tile;
    }
    EXPECT_EQ(bench.observed("steps_ps"),
              bench.observed("unstalled_ps") + bench.observed("stall_ps"));
    EXPECT_EQ(bench.observed("unstalled_ps"), 7u * 100000);
}

/// Three steps work on the same operands: pieces 0, 1, 2 are awaited by step 0, and pieces 3, 4, 5,
/// which leave with the owner's step 2, by step 3.
TEST(OperandStream, StepsThatShareTheirOperandsWaitForThemTogether)
{
    const Shape shape{6, 20000, 80000, 6 * 64 * 99, 3};  // 100 flits a piece
    Bench bench("bench", shape);
    bench.configure();
    bench.start();
    sc_core::sc_start(20, sc_core::SC_US);
    const std::uint64_t owner = bench.stats(0).first_start_ps;
    const std::uint64_t begin = bench.stats(1).first_start_ps;
    // 300 flits out, the last of them a hop and the link in behind the first piece's 100
    const std::uint64_t first = owner + (300 + 1 + 1) * 1000;
    const std::uint64_t stall = first - (begin + 20000);
    const std::uint64_t fourth = begin + stall + 3 * 100000 + 20000;
    EXPECT_LE(owner + (600 + 2) * 1000, fourth);  // the others are here in time
    EXPECT_EQ(bench.stats(1).stall_operand_ps, stall);
}

/// Somebody else's packet of 1,000 flits is on its way into tile 2 when the first piece is: it
/// waits for the rest of them there, and nowhere else.
TEST(OperandStream, TrafficIntoOneClusterStallsThatOneAlone)
{
    const Shape shape{5, 20000, 80000, 5 * 640};
    Bench bench("bench", shape);
    bench.configure();
    bench.start();
    PacketHeader other;
    other.kind = Kind::gate;
    other.destination = other.stage = 2;
    static const unsigned char data[8 * 999] = {};
    bench.post(other, data, sizeof data);
    const std::uint64_t posted = imc::now_ps();
    sc_core::sc_start(10, sc_core::SC_US);
    EXPECT_EQ(bench.stats(1).stall_operand_ps, 0u);
    // Rows of two flits each go before it on the bench's link: it enters tile 2 from 6 + 1 cycles
    // on and takes 1,000. Pieces 0 and 1 follow it, 11 flits each and a hop; piece 0 is awaited
    // from the end of the first load on. Then the others are here in time.
    const std::uint64_t here = posted + (7 + 1000 + 11 + 1) * 1000;
    const std::uint64_t stall = here - (bench.stats(2).first_start_ps + 20000);
    EXPECT_EQ(bench.stats(2).stall_operand_ps, stall);
    EXPECT_EQ(bench.stats(2).busy_ps, 5u * 100000 + stall);
    EXPECT_EQ(bench.observed("stall_ps"), stall);
}

TEST(OperandStream, EachImageGetsItsTableOnceAndTheBooksHaveItsBits)
{
    const Shape shape{4, 20000, 80000, 4 * 640};
    Bench bench("bench", shape);
    bench.configure();
    bench.start(0);
    sc_core::sc_start(5, sc_core::SC_US);
    bench.start(1);
    sc_core::sc_start(5, sc_core::SC_US);
    std::uint64_t read = 0, written = 0;
    for (const auto& [key, n] : bench.ledger.counts()) {
        const std::string& name = bench.ledger.events()[key.id].name;
        if (name == "read_bit") read += n;
        if (name == "write_bit") written += n;
    }
    EXPECT_EQ(read, 2u * shape.bits);                   // sent once for both sharers
    EXPECT_EQ(written, 2u * (2 * shape.bits + 3 * 8));  // and the rows of one byte
    EXPECT_EQ(bench.stats(1).units, 2u);
}

}  // namespace
