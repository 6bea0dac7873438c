// SPDX-License-Identifier: Apache-2.0
/// What the books say of waiting and of bytes, against hand calculations.
#include "support/accelerator_bench.h"
#include "support/program_builder.h"
#include "support/stage_builder.h"

#include <gtest/gtest.h>

#include <numeric>

namespace {

using imc::test::AcceleratorBench;
using imc::test::make_stage;
using imc::test::ProgramBuilder;

constexpr unsigned channels = 2, height = 8, width = 4, row_bytes = channels * width;
constexpr std::uint64_t fast_ps = 100'000, slow_ps = 500'000;

/// Stages take engine_arg[1] ps a row.
class PacedTile : public imc::Tile {
public:
    PacedTile(sc_core::sc_module_name name, unsigned node, unsigned io,
              const imc::AcceleratorConfig&, imc::Ledger& ledger)
        : PacedTile(name, node, io, ledger, ledger.component("tile", "crossbar"))
    {
    }

protected:
    std::unique_ptr<imc::StageEngine> make_engine(const imc_stage& stage) override
    {
        return std::make_unique<imc::test::WindowEngine>(stage, stage.engine_arg[1], m_event,
                                                         m_component);
    }

private:
    PacedTile(sc_core::sc_module_name name, unsigned node, unsigned io, imc::Ledger& ledger,
              imc::ComponentId component)
        : Tile(name, node, io, ledger, {component, ledger.event(component, "write_bit", 0.0)}),
          m_component(component),
          m_event(ledger.event(component, "unit", 1.0))
    {
    }
    imc::ComponentId m_component;
    imc::EventId m_event;
};

struct Books : AcceleratorBench {
    Books()
        : AcceleratorBench("bench", imc::test::small_config(),
                           {{IMC_ENGINE_CROSSBAR, imc::accelerator::tile_maker<PacedTile>()}})
    {
    }

    /// One image through the program.
    void run_image(ProgramBuilder program)
    {
        enable();
        upload(program.build());
        run();
        push_input(0, channels * height * width);
        push_output(0, channels * height * width);
        ring_doorbell();
        run();
        EXPECT_EQ(read(IMC_REG_ERROR), 0u) << accelerator.last_error();
        EXPECT_FALSE(accelerator.busy());
    }
    /// Of the inference.
    std::uint64_t observed(imc::LayerId layer, const std::string& component,
                           const std::string& name) const
    {
        for (const auto& [key, n] : ledger.observations())
            if (key.first.phase == imc::Phase::inference && key.first.layer == layer &&
                ledger.components()[key.first.id].name == component && key.second == name)
                return n;
        return 0;
    }
};

imc_stage paced(unsigned id, unsigned tile, std::uint64_t unit_ps, imc_op op = IMC_STAGE_CONV)
{
    imc_stage stage = make_stage(id, tile, op, channels, height, width);
    stage.engine_arg[1] = static_cast<std::uint32_t>(unit_ps);
    return stage;
}

/// Three stages on tiles of one router, two slots between them, the last five times slower.
/// Rows are packets of one head flit and two others over two links, credits pass one router:
/// L = 2 x 833 + 2500 ps, K = 833 ps. With u and v for the times of a row:
///  - the second stage may make row n >= 2 when the third has finished row n - 2: each time it
///  waits
///    v - u. Its row 2 comes L + K late, since the first stage had to wait for its first slot.
///  - the first stage waits L + K before row 2, v - u + L + K before row 4, v - u before every
///  later
///    one; row 3 goes out into the slot that its second row freed.
TEST(Stalls, ASlowConsumerStallsItsProducersAsTheHandCalculationSays)
{
    ProgramBuilder program(channels, height, width);
    program.add(paced(0, 0, fast_ps)).in[0].depth_rows = height;
    program.add(paced(1, 1, fast_ps));
    program.add(paced(2, 2, slow_ps));
    program.connect(-1, 0, 0, 0, channels);
    program.connect(0, 1, 0, 0, channels);
    program.connect(1, 2, 0, 0, channels);
    program.to_sink(2, 0, channels);
    Books books;
    books.run_image(program);

    constexpr std::uint64_t row_ps = 2 * 833 + 2500, credit_ps = 833, slower = slow_ps - fast_ps;
    EXPECT_EQ(books.observed(0, "tile", "stall_credit_ps"),
              (height - 4) * slower + 2 * (row_ps + credit_ps));
    EXPECT_EQ(books.observed(1, "tile", "stall_credit_ps"), (height - 2) * slower);
    EXPECT_EQ(books.observed(2, "tile", "stall_credit_ps"), 0u) << "the sink always has room";
    EXPECT_EQ(books.observed(0, "tile", "stall_input_ps"), 0u);
    EXPECT_EQ(books.observed(1, "tile", "stall_input_ps"), row_ps + credit_ps);
    EXPECT_EQ(books.observed(2, "tile", "stall_input_ps"), 0u);
    EXPECT_EQ(books.observed(0, "tile", "work_ps"), height * fast_ps);
    EXPECT_EQ(books.observed(2, "tile", "work_ps"), height * slow_ps);
    EXPECT_EQ(books.observed(0, "noc", "stall_ps"), 0u) << "no link is shared";
}

TEST(Stalls, BytesAreThoseOfRoutesTimesRows)
{
    ProgramBuilder program(channels, height, width);
    program.add(paced(0, 0, fast_ps));
    program.add(paced(1, 0, fast_ps));  // fed on its own tile: no link
    program.add(paced(2, 1, fast_ps, IMC_STAGE_ADD));
    program.connect(-1, 0, 0, 0, channels);
    program.connect(0, 1, 0, 0, channels);
    program.connect(1, 2, 0, 0, channels);
    program.connect(0, 2, 1, 0, channels);
    program.to_sink(2, 0, channels);
    Books books;
    books.run_image(program);

    constexpr std::uint64_t image_bytes = std::uint64_t{height} * row_bytes;
    EXPECT_EQ(books.observed(0, "noc", "bytes"), image_bytes);
    EXPECT_EQ(books.observed(1, "noc", "bytes"), image_bytes);
    EXPECT_EQ(books.observed(2, "noc", "bytes"), image_bytes);
    EXPECT_EQ(books.observed(imc::shared_layer, "noc", "bytes"), image_bytes) << "the source's";
    EXPECT_EQ(books.observed(0, "tile", "bytes"), image_bytes);
    EXPECT_EQ(books.observed(1, "tile", "bytes"), image_bytes);
    EXPECT_EQ(books.observed(2, "tile", "bytes"), 2 * image_bytes);

    std::uint64_t moved = 0;  // of all phases: every access of the memory is the DMA's
    for (const auto& [key, n] : books.ledger.observations())
        if (books.ledger.components()[key.first.id].name == "dma" && key.second == "bytes")
            moved += n;
    const std::uint64_t accessed =
        std::accumulate(books.memory.log.begin(), books.memory.log.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const auto& access) { return sum + access.second; });
    EXPECT_EQ(moved, accessed);
}

/// Rows that share the link into a tile wait for each other; the books know how long.
TEST(Stalls, PacketsThatMeetOnALinkWaitForOneSerialisation)
{
    ProgramBuilder program(channels, height, width);
    program.add(paced(0, 0, fast_ps));
    program.add(paced(1, 1, fast_ps));
    program.add(paced(2, 2, fast_ps, IMC_STAGE_ADD));
    for (unsigned stage = 0; stage < 2; ++stage) {
        program.connect(-1, stage, 0, 0, channels);
        program.connect(static_cast<int>(stage), 2, stage, 0, channels);
    }
    program.to_sink(2, 0, channels);
    Books books;
    books.run_image(program);
    // The source serves stage 0 first: on its own link in, the row for stage 1 waits three flits.
    EXPECT_EQ(books.observed(imc::shared_layer, "noc", "stall_ps"), height * 2500u);
}

/// Nobody who asks for activities alone makes the models report counters.
TEST(Stalls, CountersAreReportedToTheirSinksOnly)
{
    struct Activities : imc::ActivitySink {
        void on_activity(const imc::Activity&) override { ++n; }
        unsigned n = 0;
    } activities;
    ProgramBuilder program(channels, height, width);
    program.add(paced(0, 0, fast_ps));
    program.connect(-1, 0, 0, 0, channels);
    program.to_sink(0, 0, channels);
    Books books;
    books.ledger.add_sink(&activities);
    books.run_image(program);
    EXPECT_GT(activities.n, 0u);
    for (const auto& track : books.ledger.tracks())
        EXPECT_FALSE(track.is_counter) << track.name;
}

/// What a viewer gets: rows that wait in the slots, bytes over every link and the DMA.
TEST(Stalls, CountersFollowTheRowsAndTheBytes)
{
    struct Counters : imc::CounterSink {
        explicit Counters(const imc::Ledger& books) : ledger(books) {}
        void on_counter(std::uint32_t track, std::uint64_t time_ps, double value) override
        {
            auto& series = values[ledger.tracks()[track].name];
            if (!series.empty()) {
                EXPECT_GE(time_ps, series.back().first);
            }
            series.push_back({time_ps, value});
        }
        void on_flow(std::uint32_t track, std::uint64_t, std::uint64_t, double amount) override
        {
            const auto& tracks = ledger.tracks();
            flows[tracks[static_cast<std::size_t>(tracks[track].parent)].name] += amount;
        }
        const imc::Ledger& ledger;
        std::map<std::string, std::vector<std::pair<std::uint64_t, double>>> values;
        std::map<std::string, double> flows;
    };
    ProgramBuilder program(channels, height, width);
    program.add(paced(0, 0, slow_ps));
    program.connect(-1, 0, 0, 0, channels);
    program.to_sink(0, 0, channels);
    Books books;
    Counters counters(books.ledger);
    books.ledger.add_counter_sink(&counters);
    books.run_image(program);
    const auto& slots = counters.values["rows waiting"];
    double most = 0;
    for (const auto& [time_ps, rows] : slots)
        most = std::max(most, rows);
    EXPECT_EQ(most, 2.0) << "both slots, while the stage works";
    ASSERT_EQ(slots.size(), 2 * height) << "each row comes and goes";
    EXPECT_EQ(slots.back().second, 0.0);
    EXPECT_EQ(counters.values["command ring"].back().second, 0.0);
    EXPECT_EQ(counters.values["dma queue"].back().second, 0.0);
    std::uint64_t moved = 0;
    for (const auto& [key, n] : books.ledger.observations())
        if (books.ledger.components()[key.first.id].name == "dma" && key.second == "bytes")
            moved += n;
    EXPECT_NEAR(counters.flows["dma"] * 1e9, static_cast<double>(moved), 1e-6);
}

}  // namespace
