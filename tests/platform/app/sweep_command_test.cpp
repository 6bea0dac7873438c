// SPDX-License-Identifier: Apache-2.0
/// `vp sweep`: its arguments, its files, and that it goes on where it was stopped.
#include "vp_process.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <vector>

namespace imc::app {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
namespace fs = std::filesystem;

class SweepCommand : public testing::Test {
protected:
    Outcome sweep(const std::string& arguments) const
    {
        return vp.run("sweep " + VpProcess::scenario("resnet20_bwq") +
                      " --quiet --set run.check=none "
                      "--set trace='{perfetto: false, vcd: false, csv: false, html: false}' "
                      "--out s " +
                      arguments);
    }
    void expect_refused(const std::string& arguments, const std::string& why) const
    {
        const auto outcome = sweep(arguments);
        EXPECT_EQ(outcome.status, 2) << arguments;
        EXPECT_THAT(outcome.err, HasSubstr(why)) << arguments;
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
        EXPECT_FALSE(vp.exists("s")) << arguments;
    }
    std::vector<std::vector<std::string>> table() const
    {
        std::vector<std::vector<std::string>> rows;
        std::istringstream lines(vp.text_of("s/sweep.csv"));
        for (std::string line; std::getline(lines, line);) {
            rows.emplace_back();
            std::istringstream cells(line);
            for (std::string cell; std::getline(cells, cell, ',');)
                rows.back().push_back(cell);
        }
        return rows;
    }
    /// Folders of finished points.
    std::vector<std::string> points() const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(vp.folder() + "/s"))
            if (fs::exists(entry.path() / "summary.json")) names.push_back(entry.path());
        return names;
    }

    VpProcess vp;
};

TEST_F(SweepCommand, BadArgumentsAreOneLineAndLeaveNothing)
{
    expect_refused("", "give --grid key.path=v1,v2 (may be repeated) or --list FILE");
    expect_refused("--grid platform.crossbar.adc_bits", "is not key.path=v1,v2");
    expect_refused("--grid run.images=1,,2", "has an empty value");
    expect_refused("--grid platform.crossbar.adc_bit=4", "adc_bit");
    expect_refused("--grid run.images=1,none", "run.images");
    expect_refused("--grid run.images=1,2 --jobs -3", "--jobs -3: is no number of processes");
    expect_refused("--grid run.images=1,2 --images 3", "the sweep changes run.images itself");
    expect_refused("--grid platform.crossbar.adc_bits=4 --images 0", "--images 0: run.images");
    expect_refused("--list nowhere", "nowhere: cannot be opened");
    vp.write("empty", "# nothing here\n\n");
    expect_refused("--list empty", "empty: has no points");
}

TEST_F(SweepCommand, TwoPointsGiveATableAndAPage)
{
    const auto outcome = sweep("--jobs 2 --grid platform.crossbar.sign=diff_analog,diff_digital");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, vp.text_of("s/sweep.csv"));
    const auto rows = table();
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0][0], "platform.crossbar.sign");
    EXPECT_EQ(rows[0].back(), "weights");
    EXPECT_EQ(rows[1].back(), "synthetic");
    EXPECT_EQ(rows[1][0], "diff_analog");
    EXPECT_EQ(rows[2][0], "diff_digital");
    const auto column = std::find(rows[0].begin(), rows[0].end(), "energy_j") - rows[0].begin();
    ASSERT_LT(column, static_cast<std::ptrdiff_t>(rows[0].size()));
    EXPECT_NE(rows[1][column], rows[2][column]) << "two conversions cost more than one";
    const std::string page = vp.text_of("s/sweep.html");
    EXPECT_THAT(page, HasSubstr("<svg"));
    EXPECT_THAT(page, HasSubstr("diff_digital"));
    EXPECT_EQ(page.find("http"), page.find("http://www.w3.org")) << "opens without a network";
}

TEST_F(SweepCommand, OptionsOfARunHoldForEveryPoint)
{
    const auto outcome =
        sweep("--images 2 --timing-only --grid platform.crossbar.sign=diff_analog,diff_digital");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto folders = points();
    ASSERT_EQ(folders.size(), 2u);
    for (const auto& folder : folders) {
        std::ifstream in(folder + "/summary.json");
        const auto summary = nlohmann::json::parse(in);
        EXPECT_EQ(summary["images"], 2);
        std::ifstream lock(folder + "/scenario.lock.yaml");
        const std::string text{std::istreambuf_iterator<char>(lock), {}};
        EXPECT_THAT(text, HasSubstr("timing_only: true"));
    }
}

TEST_F(SweepCommand, APointThatIsThereIsNotRunAgain)
{
    ASSERT_EQ(sweep("--grid run.images=1").status, 0);
    const auto first = points();
    ASSERT_EQ(first.size(), 1u);
    const auto written = fs::last_write_time(first[0] + "/summary.json");
    ASSERT_EQ(sweep("--grid run.images=1,2").status, 0);
    EXPECT_EQ(points().size(), 2u);
    EXPECT_EQ(fs::last_write_time(first[0] + "/summary.json"), written);
    EXPECT_EQ(table().size(), 3u);
}

TEST_F(SweepCommand, CtrlCEndsItsRunsAndTheSameCommandGoesOn)
{
    const std::string command =
        "sweep " + VpProcess::scenario("resnet20_bwq") +
        " --no-color --set run.check=none --jobs 1 --out s --grid run.images=1,800";
    // The first point is done, the second far from it when the signal comes, to the sweep alone.
    const auto stopped =
        vp.run(command +
               " & pid=$!; while ! ls s/*/summary.json >/dev/null 2>&1; do sleep 0.1; done; "
               "sleep 1; kill -INT $pid; wait $pid");
    EXPECT_EQ(stopped.status, 130) << stopped.err;
    EXPECT_THAT(stopped.err, HasSubstr("the same command goes on where it was"));
    EXPECT_FALSE(vp.exists("s/sweep.csv"));
    for (const auto& entry : fs::directory_iterator(vp.folder() + "/s"))
        EXPECT_THAT(entry.path().string(), testing::Not(HasSubstr(".part")));
    const auto resumed = vp.run(command);
    EXPECT_EQ(resumed.status, 0) << resumed.err;
    EXPECT_THAT(resumed.err, HasSubstr("1 of 2 points are there already"));
    const auto rows = table();
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[1][1], "ok");
    EXPECT_EQ(rows[2][1], "ok");
    EXPECT_EQ(rows[2][2], "800") << "images";
}

TEST_F(SweepCommand, AFailedPointHasNoFiguresInTableAndPlots)
{
    ASSERT_EQ(sweep("--grid run.until='1 ms','0 s'").status, 1);
    const auto rows = table();
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[1][1], "failed");
    EXPECT_EQ(rows[2][1], "ok");
    for (const std::string figure : {"energy_j", "first_latency_s", "interval_s", "area_mm2"}) {
        const auto column = std::find(rows[0].begin(), rows[0].end(), figure) - rows[0].begin();
        ASSERT_LT(column, static_cast<std::ptrdiff_t>(rows[0].size())) << figure;
        EXPECT_EQ(rows[1][column], "") << figure;
        EXPECT_NE(rows[2][column], "") << figure;
        const std::string svg = vp.text_of("s/" + figure + ".svg");
        const auto mark = svg.find("<circle");
        EXPECT_NE(mark, std::string::npos);
        EXPECT_EQ(svg.find("<circle", mark + 1), std::string::npos) << figure << ": one mark";
    }
}

TEST_F(SweepCommand, TheLegendNamesAllKeysThatVaryTogether)
{
    vp.write("points",
             "platform.crossbar.write_pulses=2 host.clock_mhz=2 run.images=1,2\n"
             "platform.crossbar.write_pulses=3 host.clock_mhz=3 run.images=1,2\n");
    ASSERT_EQ(sweep("--set host.cpu=native --list points").status, 0);
    EXPECT_THAT(vp.text_of("s/energy_j.svg"), HasSubstr("write_pulses/clock_mhz 3"));
}

TEST_F(SweepCommand, AnInterruptedPointIsRunAgain)
{
    // --until leaves a complete folder with status interrupted, as Ctrl-C does.
    ASSERT_EQ(sweep("--grid run.until='1 ms'").status, 1);
    const auto first = points();
    ASSERT_EQ(first.size(), 1u);
    const auto written = fs::last_write_time(first[0] + "/summary.json");
    EXPECT_EQ(sweep("--grid run.until='1 ms'").status, 1);
    EXPECT_NE(fs::last_write_time(first[0] + "/summary.json"), written);
}

}  // namespace
}  // namespace imc::app
