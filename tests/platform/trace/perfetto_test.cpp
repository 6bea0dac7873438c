// SPDX-License-Identifier: Apache-2.0
#include "trace/perfetto.h"

#include "support/perfetto_decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace {

using imc::Activity;
using imc::Ledger;

using imc::test::decode;
using imc::test::Decoded;
using imc::test::Event;
using imc::test::file_bytes;

class Perfetto : public ::testing::Test {
protected:
    Perfetto()
    {
        adc = ledger.component("crossbar.adc", "adc", 1.0, 0.5);
        tile = ledger.track("tile 0");
        stage = ledger.track("conv1", static_cast<std::int32_t>(tile));
        queue = ledger.counter_track("queue", "rows", static_cast<std::int32_t>(tile));
        ledger.set_phase(imc::Phase::inference);
    }

    Activity work(std::uint32_t track, std::uint64_t start_ns, std::uint64_t duration_ns,
                  const char* name) const
    {
        return {track, adc, name, start_ns * 1000, duration_ns * 1000, 4000.0, 0, 3};
    }

    /// Runs `record(sink)` and reads the file back.
    template <typename Record>
    Decoded recorded(Record&& record)
    {
        const std::string path = ::testing::TempDir() + "imc_" +
                                 ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                                 ".pftrace";
        imc::trace::PerfettoSink sink(path, ledger, "resnet", {"conv1", "conv2"}, "synthetic");
        record(sink);
        sink.close();
        return decode(file_bytes(path));
    }

    Ledger ledger;
    imc::ComponentId adc = 0;
    std::uint32_t tile = 0, stage = 0, queue = 0;
};

TEST_F(Perfetto, TracksAreNestedAsInTheLedger)
{
    const Decoded d = recorded([&](auto& sink) {
        sink.on_activity(work(stage, 10, 5, "read"));
        sink.on_counter(queue, 12'000, 3.0);
    });
    EXPECT_EQ(d.process, "resnet (SYNTHETIC WEIGHTS)");
    EXPECT_EQ(d.resets, 1u);
    const auto find = [&](const std::string& name) {
        return std::find_if(d.tracks.begin(), d.tracks.end(),
                            [&](auto& t) { return t.second.name == name; });
    };
    ASSERT_NE(find("conv1"), d.tracks.end());
    EXPECT_EQ(find("conv1")->second.parent, find("tile 0")->first);
    EXPECT_EQ(find("tile 0")->second.parent, 1u);
    EXPECT_TRUE(find("queue")->second.counter);
    EXPECT_EQ(find("queue")->second.unit, "rows");
    EXPECT_EQ(find("power crossbar.adc")->second.unit, "W");
}

TEST_F(Perfetto, SlicesCarryNameCategoryAndArguments)
{
    const Decoded d = recorded([&](auto& sink) { sink.on_activity(work(stage, 10, 5, "read")); });
    ASSERT_GE(d.events.size(), 2u);
    const Event& begin = d.events[0];
    EXPECT_EQ(d.names.at(begin.name), "read");
    EXPECT_EQ(d.categories.at(begin.category), "crossbar.adc");
    EXPECT_EQ(d.layers.at(static_cast<std::uint64_t>(begin.arguments.at(1))), "conv1");
    EXPECT_EQ(begin.arguments.at(2), 3.0);
    EXPECT_EQ(begin.arguments.at(3), 4000.0);
}

/// Replays begins and ends in time order: every end must close the slice that its activity opened.
void expect_nesting(const Decoded& d, std::size_t slices)
{
    std::map<std::uint64_t, int> depth;
    std::size_t begins = 0;
    for (const Event& event : d.events) {
        if (event.type == 1) ++depth[event.track], ++begins;
        if (event.type == 2) {
            EXPECT_GT(depth[event.track]--, 0);
        }
        EXPECT_EQ(d.tracks.count(event.track), 1u);
    }
    for (const auto& [track, open] : depth)
        EXPECT_EQ(open, 0) << d.tracks.at(track).name;
    EXPECT_EQ(begins, slices);
}

TEST_F(Perfetto, OverlappingAndLateSlicesGoToRowsOfTheirOwn)
{
    const Decoded d = recorded([&](auto& sink) {
        sink.on_activity(work(stage, 0, 10, "a"));
        sink.on_activity(work(stage, 2, 3, "inside a"));
        sink.on_activity(work(stage, 8, 6, "overlaps a"));
        sink.on_activity(work(stage, 10, 4, "after a"));
        sink.on_activity(work(stage, 5, 1, "late"));
    });
    expect_nesting(d, 5);
    std::map<std::string, std::uint64_t> track_of;
    for (const Event& event : d.events)
        if (event.type == 1) track_of[d.names.at(event.name)] = event.track;
    EXPECT_EQ(track_of["inside a"], track_of["a"]);
    EXPECT_EQ(track_of["after a"], track_of["a"]);
    EXPECT_NE(track_of["overlaps a"], track_of["a"]);
    EXPECT_EQ(d.tracks.at(track_of["overlaps a"]).parent, d.tracks.at(track_of["a"]).parent);
}

TEST_F(Perfetto, CallsNestOnOneTrackEvenWhereTheyBeginInOneNanosecond)
{
    const Decoded d = recorded([&](auto& sink) {
        const auto begin = [&](std::uint64_t ps, const char* name) {
            Activity call = work(tile, 0, 0, name);
            call.start_ps = ps;
            sink.on_begin(call);
        };
        begin(1000, "main");
        begin(2100, "outer");
        begin(2700, "inner");
        sink.on_end(tile, 2900);
        sink.on_end(tile, 5000);
        sink.on_end(tile, 5000);
    });
    expect_nesting(d, 3);
    std::vector<std::string> opened;
    std::set<std::uint64_t> tracks;
    for (const Event& event : d.events)
        if (event.type == 1) {
            opened.push_back(d.names.at(event.name));
            tracks.insert(event.track);
        }
    EXPECT_EQ(opened, (std::vector<std::string>{"main", "outer", "inner"}));
    EXPECT_EQ(tracks.size(), 1u);
}

/// A run that is stopped has functions under way.
TEST_F(Perfetto, WhatIsOpenAtTheEndIsEnded)
{
    const Decoded d = recorded([&](auto& sink) {
        Activity call = work(tile, 1, 0, "main");
        sink.on_begin(call);
        call.operation = "inner";
        sink.on_begin(call);
        sink.on_activity(work(stage, 4, 3, "read"));
    });
    expect_nesting(d, 3);
    std::uint64_t last = 0;
    for (const Event& event : d.events)
        if (event.type == 2) last = std::max(last, event.time_ns);
    EXPECT_EQ(last, 7u);
}

TEST_F(Perfetto, PowerIsEnergyOverTimePlusLeakage)
{
    const Decoded d = recorded([&](auto& sink) { sink.on_activity(work(stage, 0, 8, "read")); });
    std::uint64_t total = 0;
    for (const auto& [uuid, info] : d.tracks)
        if (info.name == "power total") total = uuid;
    std::vector<double> watts;
    for (const Event& event : d.events)
        if (event.type == 4 && event.track == total) watts.push_back(event.value);
    ASSERT_EQ(watts.size(), 2u);
    EXPECT_NEAR(watts.front(), 4000.0e-12 / 8e-9 + 0.5, 1e-9);  // 4 nJ in 8 ns
    EXPECT_EQ(watts.back(), 0.5);
}

TEST_F(Perfetto, AnUnclosedTraceHoldsWholePackets)
{
    const std::string path = ::testing::TempDir() + "imc_unclosed.pftrace";
    imc::trace::PerfettoSink sink(path, ledger, "resnet", {}, "trained");
    for (std::uint64_t i = 0; i < 40'000; ++i)
        sink.on_activity(work(stage, 10 * i, 5, "read"));
    const std::string bytes = file_bytes(path);  // the sink is still open, as after a kill
    EXPECT_GT(bytes.size(), 1u << 20);
    EXPECT_NO_THROW(decode(bytes));
}

}  // namespace
