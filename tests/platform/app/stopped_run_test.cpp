// SPDX-License-Identifier: Apache-2.0
/// Runs that end early: watchdog, starvation, --until, Ctrl-C, a kill; and converters that clip.
#include "run_command.h"

#include <algorithm>

namespace imc::app {
namespace {

class StoppedRun : public RunCommand {};

TEST_F(StoppedRun, TheWatchdogEndsARunWithItsDiagnosis)
{
    const auto outcome = run("--set run.watchdog='1 us'");
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.err, HasSubstr("watchdog"));
    expect_diagnosis(outcome);
    EXPECT_EQ(summary()["status"], "failed");
    EXPECT_TRUE(vp.exists("r/trace.pftrace"));
    EXPECT_THAT(vp.text_of("r/diagnosis.txt"), HasSubstr("waits for its step to open"));
    EXPECT_THAT(vp.text_of("r/diagnosis.txt"), HasSubstr("host CPU: asleep in irq_wait"));
}

/// A skip connection whose buffer is one row too shallow: the branch around it can never deliver
/// the row that the addition waits for.
TEST_F(StoppedRun, AStarvedRunSaysWhichTileWaitsForWhat)
{
    const std::string shallow =
        "--set run.schedule=pipelined --set 'mapping.buffer_rows={\"conv1:layer1.0.add\": 2}'";
    const auto refused = vp.run("check " + VpProcess::scenario("resnet20_bwq") + " " + shallow);
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err, HasSubstr("can block below 3"));
    const auto outcome = run(shallow + " --set mapping.force=true");
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("starved"));
    expect_diagnosis(outcome);
    EXPECT_THAT(vp.text_of("r/diagnosis.txt"),
                HasSubstr("(conv1) image 0 row 2 of 32 waits for credits; stage 3 on node 0 "
                          "stream 1 has 2 slots, all taken"));
}

TEST_F(StoppedRun, AClippingConverterIsReportedAndNoFailure)
{
    const auto outcome = vp.run("run " + VpProcess::scenario("resnet20_bwq") +
                                " --out r --set platform.crossbar.dac_bits=3");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("conversions of the run clipped"));
    const auto json = summary();
    EXPECT_EQ(json["status"], "ok");
    EXPECT_EQ(json["reference"]["exact_expected"], false);
    EXPECT_EQ(json["reference"]["compared"], 10);
    EXPECT_TRUE(json["reference"]["sqnr_db"].is_number()) << json["reference"].dump();
    double clipped = 0;
    for (const auto& layer : json["layers"])
        clipped += layer["observed"].value("adc.clipped", 0.0);
    EXPECT_GT(clipped, 0);
    EXPECT_EQ(json["reference"]["clipped"].get<double>(), clipped) << "one image";
    EXPECT_THAT(json["warnings"].dump(), HasSubstr("clipped"));
    ASSERT_EQ(run("").status, 0);
    EXPECT_EQ(summary()["reference"]["exact_expected"], true);
    EXPECT_EQ(summary()["reference"]["clipped"], 0);
}

TEST_F(StoppedRun, StoppedInItsSetupARunHasTheTimeOfTheSetup)
{
    const auto outcome =
        vp.run("run " + VpProcess::scenario("resnet20_bwq") + " --out r --until '550 us'");
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    EXPECT_EQ(summary()["images"], 0);
    EXPECT_DOUBLE_EQ(summary()["setup"]["latency_s"].get<double>(), 550e-6);
    EXPECT_GT(summary()["setup"]["energy_j"].get<double>(), 0.0);
    EXPECT_THAT(outcome.out, HasSubstr("no image was finished"));
}

TEST_F(StoppedRun, UntilStopsInTimeAndLeavesACompleteFolder)
{
    const auto outcome = run("--until '1 ms'");
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    EXPECT_EQ(summary()["status"], "interrupted");
    EXPECT_EQ(summary()["phase"], "simulating");
    EXPECT_TRUE(vp.exists("r/power.vcd"));
}

TEST_F(StoppedRun, CtrlCEndsCleanly)
{
    // Far more images than fit into the second before the signal.
    const auto outcome = vp.run("run --quiet " + VpProcess::scenario("resnet20_bwq") +
                                " --images 4000 --set run.check=none --out r & pid=$!; sleep 3; "
                                "kill -INT $pid; wait $pid");
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    EXPECT_EQ(summary()["status"], "interrupted");
    EXPECT_TRUE(vp.exists("r/report.html"));
    EXPECT_TRUE(no_leftovers());
}

TEST_F(StoppedRun, CtrlCWhileCompilingLeavesAFolderThatSaysSo)
{
    ASSERT_EQ(run("").status, 0);  // a run that is replaced, its traces too
    const auto outcome = signalled(
        "run --quiet " + VpProcess::scenario("vgg16_ap_8bit") + " --out r", "ls -d r.part*", "INT");
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    EXPECT_TRUE(no_leftovers());
    EXPECT_EQ(summary()["scenario"], "vgg16_ap_8bit");
    EXPECT_EQ(summary()["status"], "interrupted");
    EXPECT_EQ(summary()["phase"], "compiling");
    EXPECT_EQ(summary()["images"], 0);
    for (const char* file : {"r/report.html", "r/outputs.npy", "r/scenario.lock.yaml",
                             "r/layers.csv", "r/components.csv", "r/console.log"})
        EXPECT_TRUE(vp.exists(file)) << file;
    EXPECT_FALSE(vp.exists("r/trace.pftrace")) << "of the run that was there before";
    EXPECT_THAT(vp.text_of("r/report.html"), HasSubstr("Ctrl-C while compiling"));
    EXPECT_THAT(vp.text_of("r/report.html"), testing::Not(HasSubstr("mm²")));
    EXPECT_EQ(vp.run("report r").status, 0);
    EXPECT_EQ(vp.run("config r/scenario.lock.yaml").status, 0);
}

/// power.vcd is written when the simulation is over; the check of 8 images takes seconds from
/// there.
TEST_F(StoppedRun, CtrlCInTheReferenceCheckLeavesACompleteFolder)
{
    const auto outcome = signalled(
        "run --quiet " + VpProcess::scenario("resnet18_imagenet_bwq") +
            " --images 8 --set host.cpu=native --out r --set trace='{perfetto: false, csv: false}'",
        "[ -n \"$(find . -name power.vcd -size +0)\" ]", "INT");
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    EXPECT_EQ(summary()["status"], "interrupted");
    EXPECT_EQ(summary()["phase"], "checking");
    EXPECT_EQ(summary()["images"], 8);
    EXPECT_LT(summary()["reference"]["compared"].get<unsigned>(), 8000u);
    for (const char* file : {"r/report.html", "r/outputs.npy", "r/scenario.lock.yaml"})
        EXPECT_TRUE(vp.exists(file)) << file;
    EXPECT_TRUE(no_leftovers());
}

TEST_F(StoppedRun, ASecondCtrlCEndsAtOnceAndLeavesNothingUnfinished)
{
    const auto outcome = signalled("run --quiet " + VpProcess::scenario("resnet20_bwq") +
                                       " --images 4000 --set run.check=none --out r",
                                   "[ -n \"$(find . -name trace.pftrace)\" ]", "INT TERM");
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    EXPECT_TRUE(no_leftovers());
}

TEST_F(StoppedRun, WhatAKilledRunLeftGoesWithTheNext)
{
    // Beyond the largest number that Linux gives a process (PID_MAX_LIMIT, 2^22); 1 is alive.
    for (const char* folder : {"/r.part4194305", "/r.part1", "/r.partial", "/q.part4194305"})
        std::filesystem::create_directory(vp.folder() + folder);
    vp.write("r.part4194305/trace.pftrace", "half");
    ASSERT_EQ(run("").status, 0);
    EXPECT_FALSE(vp.exists("r.part4194305"));
    EXPECT_TRUE(vp.exists("r.part1")) << "its run goes on";
    EXPECT_TRUE(vp.exists("r.partial")) << "no run's";
    EXPECT_TRUE(vp.exists("q.part4194305")) << "another folder's";
}

}  // namespace
}  // namespace imc::app
