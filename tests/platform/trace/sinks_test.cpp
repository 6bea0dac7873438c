// SPDX-License-Identifier: Apache-2.0
#include "trace/activity_csv.h"
#include "trace/flow_recorder.h"
#include "trace/timeline.h"
#include "trace/vcd.h"

#include "common/error.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using imc::Activity;
using imc::Ledger;
using imc::trace::SpanList;
using imc::trace::TimeBins;
using imc::trace::Timeline;

std::string file_text(const std::string& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(TimeBins, KeepTheEnergyHoweverOftenTheyWiden)
{
    TimeBins bins(16);
    double energy = 0.0;
    for (int i = 0; i < 1000; ++i) {
        bins.add(0, 5000u + 1700u * static_cast<unsigned>(i), 1500, 2.0);
        energy += 2.0;
    }
    double sum = 0.0;
    for (std::size_t bin = 0; bin < bins.size(); ++bin)
        sum += bins.per_ps(0, bin) * static_cast<double>(bins.width_ps());
    EXPECT_LE(bins.size(), 16u);
    EXPECT_NEAR(sum, energy, 1e-9 * energy);
}

TEST(TimeBins, SpreadAnActivityOverTheBinsItCovers)
{
    TimeBins bins(16);
    bins.add(0, 0, 1000, 0.0);
    bins.add(0, 500, 2000, 8.0);  // 500 ps, 1000 ps and 500 ps of 2000
    EXPECT_DOUBLE_EQ(bins.per_ps(0, 0), 2.0 / 1000);
    EXPECT_DOUBLE_EQ(bins.per_ps(0, 1), 4.0 / 1000);
    EXPECT_DOUBLE_EQ(bins.per_ps(0, 2), 2.0 / 1000);
}

TEST(FlowRecorder, KeepsTheAmountAndEndsAtNothing)
{
    Ledger ledger;
    ledger.set_phase(imc::Phase::inference);
    imc::trace::FlowRecorder flows(ledger);
    double amount = 0.0;
    for (unsigned i = 0; i < 500; ++i) {
        flows.add(7, 2000u * i, 1500, i % 5);
        amount += i % 5;
    }
    flows.add(9, 0, 1000, 3.0);
    EXPECT_EQ(flows.tracks(), (std::vector<std::uint32_t>{7, 9}));
    const auto points = flows.points(7);
    EXPECT_LE(points.size(), 65u);
    EXPECT_EQ(points.back().per_s, 0.0);
    double sum = 0.0;
    for (std::size_t i = 0; i + 1 < points.size(); ++i)
        sum += points[i].per_s * static_cast<double>(points[i + 1].time_ps - points[i].time_ps);
    EXPECT_NEAR(sum * 1e-12, amount, 1e-9 * amount);
}

TEST(FlowRecorder, SetupHasBinsOfItsOwnThatEndWhereInferenceBegins)
{
    Ledger ledger;
    imc::trace::FlowRecorder flows(ledger);
    flows.add(0, 0, 1'000'000'000, 1000.0);  // 1000 B in 1 ms: bins of 32.8 us
    ledger.set_phase(imc::Phase::inference);
    flows.add(0, 1'000'000'000, 1000, 4.0);  // 4 B in 1 ns
    const auto points = flows.points(0);
    ASSERT_GE(points.size(), 3u);
    EXPECT_NEAR(points.front().per_s, 1e6, 1e-3);
    EXPECT_EQ(points[points.size() - 2].time_ps, 1'000'000'000u);
    EXPECT_NEAR(points[points.size() - 2].per_s, 4e9, 1.0);
    EXPECT_EQ(points.back().time_ps, 1'000'001'000u);
    EXPECT_EQ(points.back().per_s, 0.0);
}

TEST(Vcd, HoldsPowerPerComponentAndFallsBackToLeakage)
{
    Ledger ledger;
    const auto adc = ledger.component("crossbar.adc", "adc", 0, 0.25);
    ledger.component("noc", "noc");
    ledger.set_phase(imc::Phase::inference);
    const std::string path = ::testing::TempDir() + "imc_power.vcd";
    imc::trace::VcdSink sink(path, ledger, "synthetic");
    sink.on_activity({0, adc, "read", 2000, 1000, 1000.0, 0, 0});  // 1 nJ in 1 ns
    sink.close();
    const std::string text = file_text(path);
    EXPECT_NE(text.find("$var real 64 \" crossbar_adc $end"), std::string::npos);
    EXPECT_NE(text.find("$comment SYNTHETIC WEIGHTS"), std::string::npos);
    EXPECT_NE(text.find("#2000\nr1.25 !\nr1.25 \"\n#3000\nr0.25 !\nr0.25 \"\n"), std::string::npos)
        << text;
    EXPECT_EQ(text.find(" noc "), std::string::npos) << "without power there is nothing to show";
}

TEST(Csv, WritesALineAnActivity)
{
    Ledger ledger;
    const auto adc = ledger.component("adc", "adc");
    const auto tile = ledger.track("tile 1");
    const auto bank = ledger.track("bank", static_cast<std::int32_t>(tile));
    const std::string path = ::testing::TempDir() + "imc_activities.csv";
    imc::trace::CsvSink sink(path, ledger, {"conv,1"}, "synthetic");
    sink.on_activity({bank, adc, "convert", 833, 1666, 2.5, 0, 7});
    sink.on_activity({tile, adc, "idle", 0, 1, 0.0, imc::shared_layer, 0});
    sink.close();
    EXPECT_EQ(file_text(path),
              "start_ps,duration_ps,track,component,operation,layer,image,energy_pj,weights\n"
              "833,1666,tile 1/bank,adc,convert,conv_1,7,2.5,synthetic\n"
              "0,1,tile 1,adc,idle,,0,0,synthetic\n");
}

TEST(Csv, NestedWorkIsALineWhenItEnds)
{
    Ledger ledger;
    const auto cpu = ledger.component("cpu", "cpu");
    const auto track = ledger.track("host CPU");
    const std::string path = ::testing::TempDir() + "imc_nested.csv";
    imc::trace::CsvSink sink(path, ledger, {}, "trained");
    sink.on_begin({track, cpu, "main", 1000, 0, 0, imc::shared_layer, 0});
    sink.on_begin({track, cpu, "memcpy", 4000, 0, 0, imc::shared_layer, 0});
    sink.on_end(track, 7000);
    sink.on_end(track, 9000);
    sink.close();
    EXPECT_EQ(file_text(path),
              "start_ps,duration_ps,track,component,operation,layer,image,energy_pj,weights\n"
              "4000,3000,host CPU,cpu,memcpy,,0,0,trained\n"
              "1000,8000,host CPU,cpu,main,,0,0,trained\n");
}

TEST(Csv, NamesAPathThatCannotBeWritten)
{
    const Ledger ledger;
    EXPECT_THROW(imc::trace::CsvSink("/nowhere/a.csv", ledger, {}, "trained"), imc::InputError);
}

TEST(Timeline, MeansOfStartAndLatencyOverImages)
{
    Timeline timeline;
    timeline.on_activity({0, 0, "dma", 1'000, 10, 0, imc::shared_layer, 0});
    timeline.on_activity({0, 0, "read", 3'000, 1'000, 0, 5, 0});
    timeline.on_activity({0, 0, "read", 9'000, 1'000, 0, 5, 0});
    timeline.on_activity({0, 0, "dma", 20'000, 10, 0, imc::shared_layer, 1});
    timeline.on_activity({0, 0, "read", 24'000, 3'000, 0, 5, 1});
    EXPECT_DOUBLE_EQ(timeline.mean_start_s(5), (2'000 + 4'000) / 2 * 1e-12);
    EXPECT_DOUBLE_EQ(timeline.mean_latency_s(5), (7'000 + 3'000) / 2 * 1e-12);
    EXPECT_EQ(timeline.mean_latency_s(6), 0.0);
}

/// Rows reach a layer's buffer long before it works: the write is an instant, and not its start.
TEST(Timeline, InstantsTakeNoTime)
{
    Timeline timeline;
    timeline.on_activity({0, 0, "dma", 1'000, 10, 0, imc::shared_layer, 0});
    timeline.on_activity({0, 0, "write", 2'000, 0, 5.0, 3, 0});
    timeline.on_activity({0, 0, "conv", 8'000, 2'000, 1.0, 3, 0});
    timeline.on_activity({0, 0, "credit", 99'000, 0, 5.0, 3, 0});
    EXPECT_DOUBLE_EQ(timeline.mean_start_s(3), 7'000e-12);
    EXPECT_DOUBLE_EQ(timeline.mean_latency_s(3), 2'000e-12);
}

TEST(Timeline, CountsFromItsOrigin)
{
    Timeline timeline;
    timeline.on_activity({0, 0, "upload", 100, 50, 0, 2, 0});
    timeline.restart(1'000);
    timeline.on_activity({0, 0, "upload", 200, 100, 0, 2, 0});  // reported late
    timeline.on_activity({0, 0, "dma", 900, 300, 0, imc::shared_layer, 0});
    timeline.on_activity({0, 0, "read", 3'000, 1'000, 0, 2, 0});
    EXPECT_DOUBLE_EQ(timeline.mean_start_s(2), 2'000e-12);
    EXPECT_DOUBLE_EQ(timeline.mean_latency_s(imc::shared_layer), 200e-12);
}

TEST(Timeline, SharedWorkOfImagesThatAreNotShownIsLeftOut)
{
    Timeline timeline;
    timeline.on_activity({0, 0, "dma", 0, 100, 0, imc::shared_layer, 0});
    for (std::uint32_t image = 0; image < 100; ++image) {
        const std::uint64_t start = 1'000 * (image + 1);
        timeline.on_activity({0, 0, "read", start, 900, 0, 0, image});
        timeline.on_activity({0, 0, "dma", start + 900, 50, 0, imc::shared_layer, 0});
    }
    for (const auto& row : timeline.rows())
        EXPECT_LE(row.spans.spans().back().end_ps, 4'950u) << "four images are shown";
    EXPECT_EQ(timeline.rows().size(), 1u + Timeline::max_images);
}

TEST(SpanList, KeepsPausesUntilThereAreTooMany)
{
    SpanList few;
    few.add(0, 10);
    few.add(10, 20);
    few.add(30, 40);
    ASSERT_EQ(few.spans().size(), 2u);
    EXPECT_EQ(few.spans()[0].end_ps, 20u);
    SpanList many;
    for (std::uint64_t i = 0; i < 100'000; ++i)
        many.add(100 * i, 100 * i + 50);
    EXPECT_LE(many.spans().size(), SpanList::max_spans);
    EXPECT_EQ(many.spans().front().begin_ps, 0u);
    EXPECT_EQ(many.spans().back().end_ps, 9'999'950u);
}

}  // namespace
