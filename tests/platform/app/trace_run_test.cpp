// SPDX-License-Identifier: Apache-2.0
/// The trace of a whole run, read back: slices and both kinds of counters.
#include "support/perfetto_decode.h"
#include "traced_energy.h"
#include "vp_process.h"

#include <nlohmann/json.hpp>

namespace imc::app {
namespace {

using test::Decoded;

struct Series {
    test::TrackInfo track;
    std::vector<std::pair<std::uint64_t, double>> points;  ///< ns, value
    double largest() const
    {
        double most = 0.0;
        for (const auto& [time_ns, value] : points)
            most = std::max(most, value);
        return most;
    }
};

std::map<std::uint64_t, Series> counters_of(const Decoded& decoded)
{
    std::map<std::uint64_t, Series> series;
    for (const auto& event : decoded.events)
        if (event.type == 4) {
            auto& one = series[event.track];
            one.track = decoded.tracks.at(event.track);
            one.points.push_back({event.time_ns, event.value});
        }
    return series;
}

/// A pipelined run, so that rows wait in slots and layers stall.
class TraceOfARun : public testing::Test {
protected:
    void SetUp() override
    {
        const auto outcome =
            vp.run("run --quiet " + VpProcess::scenario("resnet20_bwq") +
                   " --set run.schedule=pipelined --set run.check=none --out traced");
        ASSERT_EQ(outcome.status, 0) << outcome.err;
        decoded = test::decode(vp.text_of("traced/trace.pftrace"));
        counters = counters_of(decoded);
        summary = nlohmann::json::parse(vp.text_of("traced/summary.json"));
    }
    std::vector<const Series*> with_unit(const std::string& unit) const
    {
        std::vector<const Series*> found;
        for (const auto& [uuid, series] : counters)
            if (series.track.unit == unit) found.push_back(&series);
        return found;
    }
    /// A tile's own track; a global buffer is one too, with `parking`.
    bool is_tile(std::uint64_t uuid, bool parking = true) const
    {
        const std::string& name = decoded.tracks.at(uuid).name;
        return name.rfind("tile", 0) == 0 || (parking && name == "global buffer");
    }

    VpProcess vp;
    Decoded decoded;
    std::map<std::uint64_t, Series> counters;
    nlohmann::json summary;
};

TEST_F(TraceOfARun, QueuesFillAndEmpty)
{
    const auto slots = with_unit("rows");
    std::size_t streams = 0;  // every stage but those that the source feeds has a producer here
    for (const auto& layer : summary["layers"])
        streams += layer["stages"].get<std::size_t>();
    EXPECT_GE(slots.size(), streams);
    for (const Series* series : slots) {
        EXPECT_TRUE(series->track.counter);
        EXPECT_EQ(series->points.back().second, 0.0) << "rows are left in " << series->track.name;
        EXPECT_GE(series->largest(), 1.0);
        const auto& stage = decoded.tracks.at(series->track.parent);
        EXPECT_EQ(stage.name.front(), 's') << "stands below its stage";
        EXPECT_TRUE(is_tile(stage.parent)) << "below its tile";
    }
    ASSERT_EQ(with_unit("descriptors").size(), 2u) << "in the ring, and under way";
    for (const Series* series : with_unit("descriptors")) {
        EXPECT_GE(series->largest(), 1.0);
        EXPECT_EQ(series->points.back().second, 0.0);
    }
    ASSERT_EQ(with_unit("requests").size(), 1u);
    EXPECT_EQ(with_unit("requests")[0]->points.back().second, 0.0);
}

TEST_F(TraceOfARun, NoLinkCarriesMoreThanItCan)
{
    const auto flows = with_unit("GB/s");
    EXPECT_GT(flows.size(), 10u);
    constexpr double link = 32 / 8 * 1.2;  // flits of 32 bits at 1.2 GHz
    bool dma = false;
    for (const Series* series : flows) {
        EXPECT_GT(series->largest(), 0.0) << series->track.name;
        EXPECT_EQ(series->points.back().second, 0.0) << series->track.name;
        if (decoded.tracks.at(series->track.parent).name == "dma")
            dma = true;
        else
            EXPECT_LE(series->largest(), link * 1.001) << series->track.name;
    }
    EXPECT_TRUE(dma);
}

TEST_F(TraceOfARun, StallsOfTheBooksAreThoseOfTheTrace)
{
    double stalls_s = 0;
    for (const auto& layer : summary["layers"])
        stalls_s += layer["stall_input_s"].get<double>() + layer["stall_credit_s"].get<double>();
    EXPECT_GT(stalls_s, 0.0) << "layers of different speed in a pipeline";
    // A layer's units are slices of its stages' tracks; together they are its work.
    std::map<std::uint64_t, std::uint64_t> open;
    std::map<std::string, std::uint64_t> work_ns, slices;
    for (const auto& event : decoded.events) {
        const auto& track = decoded.tracks.at(event.track);
        if (track.name.front() != 's' || track.counter) continue;
        if (decoded.tracks.count(track.parent) == 0 || !is_tile(track.parent, false)) continue;
        const std::string layer = track.name.substr(track.name.find(' ') + 1);
        if (event.type == 1 && decoded.names.at(event.name) != "program")
            open[event.track] = event.time_ns + 1;
        if (event.type == 2 && open[event.track] != 0) {
            work_ns[layer] += event.time_ns + 1 - open[event.track];
            ++slices[layer];
            open[event.track] = 0;
        }
    }
    for (const auto& layer : summary["layers"]) {
        const std::string name = layer["name"];
        if (layer["stages"] == 0) continue;
        EXPECT_NEAR(static_cast<double>(work_ns[name]), layer["work_s"].get<double>() * 1e9,
                    static_cast<double>(slices[name]))
            << name << ": to a ns a slice";
    }
}

/// Nothing that the books charge inside the accelerator is missing in the traces.
TEST_F(TraceOfARun, ActivitiesSumToTheEnergyOfTheBooks)
{
    const double books = booked_joules(summary);
    EXPECT_NEAR(traced_joules(vp.text_of("traced/activities.csv")), books, 1e-9 * books);
    EXPECT_EQ(vp.text_of("traced/power.vcd").find("external"), std::string::npos);
}

TEST_F(TraceOfARun, WithoutTracesTheFiguresAreTheSame)
{
    const auto outcome =
        vp.run("run --quiet " + VpProcess::scenario("resnet20_bwq") +
               " --set run.schedule=pipelined --set run.check=none --set trace.perfetto=false"
               " --set trace.vcd=false --set trace.csv=false --out plain");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    auto plain = nlohmann::json::parse(vp.text_of("plain/summary.json"));
    for (auto* json : {&plain, &summary}) {
        json->erase("simulation");
        json->erase("command");
    }
    EXPECT_EQ(plain, summary);
    EXPECT_EQ(vp.text_of("plain/layers.csv"), vp.text_of("traced/layers.csv"));
    EXPECT_EQ(vp.text_of("plain/components.csv"), vp.text_of("traced/components.csv"));
}

}  // namespace
}  // namespace imc::app
