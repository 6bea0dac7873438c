// SPDX-License-Identifier: Apache-2.0
#include "report/compare.h"
#include "report/console_summary.h"
#include "report/html_report.h"
#include "report/summary.h"
#include "report/text_file.h"
#include "report/units.h"

#include "common/error.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace {

using namespace imc::report;

RunResult sample(const std::string& scenario, double latency_s)
{
    RunResult r;
    r.scenario = scenario;
    r.latency_s = latency_s;
    r.energy_j = 3e-6;
    r.network.name = "resnet18";
    r.network.weights = "synthetic";
    r.network.source = "seed 1";
    LayerRow layer;
    layer.name = "<conv>";
    layer.latency_s = latency_s;
    layer.energy_by = {{"adc", 2e-6}};
    layer.observed = {{"adc.clipped", 12}};
    r.layers.push_back(layer);
    ComponentRow adc;
    adc.name = "adc";
    adc.energy_j = 3e-6;
    r.components.push_back(adc);
    r.simulation.wall_s = 77.125;
    return r;
}

std::string run_folder(const std::string& name, const RunResult& result)
{
    const std::string folder = ::testing::TempDir() + "imc_report_" + name;
    std::filesystem::create_directories(folder);
    write_summary(result, folder);
    write_timeline({{"<conv>", 0, 100, 200}, {"a,\"b\"", 1, 300, 400}}, "synthetic", folder);
    return folder;
}

TEST(HtmlReport, SaysLoudlyThatWeightsAreSynthetic)
{
    EXPECT_NE(html_report(sample("s", 1e-6), {}).find("Synthetic weights."), std::string::npos);
    RunResult trained = sample("s", 1e-6);
    trained.network.weights = "trained";
    EXPECT_EQ(html_report(trained, {}).find("Synthetic weights."), std::string::npos);
}

/// Stored bits are held for the whole run, clips are a mean.
TEST(HtmlReport, ObservationsSayWhatTheyAreOf)
{
    RunResult run = sample("s", 1e-6);
    run.layers[0].observed.push_back({"controller.stored_index_bits", 4096});
    const std::string page = html_report(run, {});
    const auto after = [&](const std::string& name) {
        const auto at = page.find(name);
        return at == std::string::npos ? "" : page.substr(at, page.find("</tr>", at) - at);
    };
    EXPECT_NE(after("controller.stored_index_bits").find("the whole run"), std::string::npos);
    EXPECT_NE(after("adc.clipped").find("image"), std::string::npos);
    EXPECT_EQ(after("adc.clipped").find("the whole run"), std::string::npos);
}

TEST(HtmlReport, NeedsNoNetworkNoScriptAndNoClock)
{
    const std::string html = html_report(sample("s", 1e-6), {{"<conv>", 0, 0, 1000}});
    EXPECT_EQ(html.find("<script"), std::string::npos);
    EXPECT_EQ(html.find("src="), std::string::npos);
    EXPECT_EQ(html.find("href="), std::string::npos);
    EXPECT_EQ(html.find("<conv>"), std::string::npos);
    EXPECT_EQ(html.find("77.1"), std::string::npos) << "wall time would make two equal runs differ";
}

TEST(HtmlReport, IsRebuiltFromTheFolderAlone)
{
    const RunResult result = sample("s", 1e-6);
    const std::string folder = run_folder("rebuild", result);
    rebuild_report(folder);
    EXPECT_EQ(read_text_file(folder + "/report.html"), html_report(result, read_timeline(folder)));
    EXPECT_NE(read_text_file(folder + "/report.html").find("Timeline"), std::string::npos);
}

TEST(TimelineFile, ReadsBackAndNamesABadLine)
{
    const std::string folder = run_folder("timeline", sample("s", 1e-6));
    const auto spans = read_timeline(folder);
    ASSERT_EQ(spans.size(), 2u);
    EXPECT_EQ(spans[1].layer, "a,\"b\"");
    EXPECT_EQ(spans[1].begin_ps, 300u);
    write_text_file(folder + "/timeline.csv",
                    "image,begin_ps,end_ps,layer,weights\n0,5,x,conv,trained\n");
    EXPECT_THROW(read_timeline(folder), imc::InputError);
    std::filesystem::remove(folder + "/timeline.csv");
    EXPECT_TRUE(read_timeline(folder).empty());
}

/// Columns of a vp that is not this one: who wrote them, and what to do.
TEST(TimelineFile, OfAnotherVersionNamesItAndTheRemedy)
{
    RunResult old = sample("s", 1e-6);
    old.vp_version = "0.0.9+abc";
    const std::string folder = run_folder("old_timeline", old);
    write_text_file(folder + "/timeline.csv", "image,layer,begin_ps,end_ps\n0,conv,5,6\n");
    try {
        rebuild_report(folder);
        ADD_FAILURE() << "columns of another version";
    } catch (const imc::InputError& error) {
        EXPECT_EQ(error.what(),
                  folder +
                      "/timeline.csv: was written by vp 0.0.9+abc with columns "
                      "'image,layer,begin_ps,end_ps', this vp reads "
                      "'image,begin_ps,end_ps,layer,weights'; repeat the run (vp run " +
                      folder + "/scenario.lock.yaml --out " + folder + "), or use that vp");
    }
}

/// 250 ps after the doorbell at 100 ps a layer works for 250 ps: the middle of a picture of 500 ps.
TEST(HtmlReport, TheTimelineBeginsAtTheFirstDoorbell)
{
    RunResult run = sample("s", 1e-6);
    run.first_doorbell_s = 100e-12;
    const auto bars = [&](std::uint64_t begin_ps, std::uint64_t end_ps) {
        const std::string page = html_report(run, {{run.layers[0].name, 0, begin_ps, end_ps}});
        const auto at = page.find("time after the first doorbell");
        EXPECT_NE(at, std::string::npos);
        const auto bar = page.rfind("<rect", at);
        const auto number = [&](const char* name) {
            const auto from = page.find(std::string(" ") + name + "=\"", bar);
            return std::stod(page.substr(from + std::string(name).size() + 3));
        };
        return std::pair(number("x"), number("width"));
    };
    const auto [whole_x, whole_width] = bars(100, 600);
    const auto [half_x, half_width] = bars(350, 600);
    EXPECT_NEAR(half_x, whole_x + whole_width / 2, 0.02);
    EXPECT_NEAR(half_width, whole_width / 2, 0.02);
    const auto [early_x, early_width] = bars(50, 600);  // what began before it is cut there
    EXPECT_NEAR(early_x, whole_x, 0.02);
    EXPECT_NEAR(early_width, whole_width, 0.02);
}

TEST(HtmlReport, LongLayerNamesAreWhole)
{
    RunResult run = sample("s", 1e-6);
    run.layers[0].name = "layer2.0.downsample.requantize";
    const std::string page = html_report(run, {{run.layers[0].name, 0, 0, 1000}});
    std::size_t labels = 0;
    for (std::size_t at = 0;
         (at = page.find(">layer2.0.downsample.requantize</text>", at)) != std::string::npos; ++at)
        ++labels;
    EXPECT_GE(labels, 2u) << "of the layers and of the timeline";
}

TEST(Units, LongTimesAreCountedAsPeopleDo)
{
    EXPECT_EQ(long_time(12.5), "12.50 s");
    EXPECT_EQ(long_time(7200), "2.00 hours");
    EXPECT_EQ(long_time(86400 * 12.3), "12.3 days");
    EXPECT_EQ(long_time(939492204.36), "29.8 years");  // resnet18_hawq_int8: / 31,557,600 s
    EXPECT_EQ(long_time(31557600.0 * 123456), "123,456 years");
}

TEST(ConsoleSummary, HasNoEscapesUnlessAsked)
{
    EXPECT_EQ(console_summary(sample("s", 1e-6), false).find('\033'), std::string::npos);
    EXPECT_NE(console_summary(sample("s", 1e-6), true).find('\033'), std::string::npos);
    EXPECT_NE(console_summary(sample("s", 1e-6), false).find("1.000 µs"), std::string::npos);
}

TEST(ConsoleSummary, ARunWithoutAFinishedImageHasNoFiguresPerImage)
{
    RunResult stopped = sample("s", 0);
    stopped.images = 0;
    const std::string text = console_summary(stopped, false);
    EXPECT_NE(text.find("no image was finished"), std::string::npos);
    EXPECT_EQ(text.find("per image"), std::string::npos) << text;
    EXPECT_EQ(text.find("images/s"), std::string::npos) << text;
    EXPECT_NE(html_report(stopped, {}).find("no image was finished"), std::string::npos);
}

TEST(Compare, RatiosAreToTheFirstRun)
{
    const auto runs =
        read_runs({run_folder("a", sample("a", 2e-6)), run_folder("b", sample("b", 5e-6))});
    const auto json = compare_json(runs);
    EXPECT_EQ(json["runs"].dump(), "[\"a\",\"b\"]");
    EXPECT_DOUBLE_EQ(json["figures"][0]["ratio_to_first"][1].get<double>(), 2.5);
    EXPECT_NE(compare_text(runs).find("5.000 µs (2.50x)"), std::string::npos);
    EXPECT_NE(compare_html(runs).find("5.000 µs (2.50x)"), std::string::npos);
}

TEST(Compare, SaysWhichRunsHaveSyntheticWeights)
{
    RunResult trained = sample("t", 1e-6);
    trained.network.weights = "trained";
    const auto runs = read_runs({run_folder("s", sample("s", 1e-6)), run_folder("t", trained)});
    EXPECT_NE(compare_text(runs).find("SYNTHETIC WEIGHTS in s:"), std::string::npos);
    EXPECT_NE(compare_html(runs).find("SYNTHETIC WEIGHTS in s:"), std::string::npos);
    EXPECT_EQ(compare_json(runs)["weights"].dump(), "[\"synthetic\",\"trained\"]");
    const auto sound = read_runs({run_folder("t", trained), run_folder("u", trained)});
    EXPECT_EQ(compare_text(sound).find("SYNTHETIC"), std::string::npos);
}

/// Images are announced together: their mean latency grows with their number.
TEST(Compare, SaysWhichConditionsDiffer)
{
    RunResult one = sample("one", 1e-6), many = sample("many", 9e-6);
    one.images = 1;
    many.images = 64;
    one.schedule = many.schedule = "pipelined";
    const auto runs = read_runs({run_folder("one", one), run_folder("many", many)});
    const std::string note = "images: 1 in one, 64 in many; ";
    EXPECT_NE(compare_text(runs).find("NOT ALIKE: " + note), std::string::npos)
        << compare_text(runs);
    EXPECT_NE(compare_html(runs).find(note), std::string::npos);
    EXPECT_EQ(compare_json(runs)["not_alike"].size(), 1u);
    many.images = 1;
    many.schedule = "layer_sequential";
    const auto other = read_runs({run_folder("one", one), run_folder("many", many)});
    EXPECT_NE(compare_text(other).find("NOT ALIKE: schedule: pipelined in one, layer_sequential in "
                                       "many"),
              std::string::npos);
    EXPECT_EQ(
        compare_text(read_runs({run_folder("one", one), run_folder("two", one)})).find("NOT ALIKE"),
        std::string::npos);
}

/// Energies of the two modes are of different things.
TEST(Compare, SaysWhichCamEnergyWasCounted)
{
    RunResult device = sample("device", 1e-6), paper = sample("paper", 1e-6);
    device.platform.energy_mode = "device";
    paper.platform.energy_mode = "paper";
    const RunResult crossbar = sample("crossbar", 1e-6);
    const auto folders = [](const RunResult& a, const RunResult& b) {
        return read_runs({run_folder("a", a), run_folder("b", b)});
    };
    EXPECT_NE(compare_text(folders(device, paper))
                  .find("NOT ALIKE: CAM energy: device in device, paper in paper; "),
              std::string::npos);
    EXPECT_EQ(compare_text(folders(device, device)).find("CAM energy"), std::string::npos);
    EXPECT_EQ(compare_text(folders(device, crossbar)).find("CAM energy"), std::string::npos);
}

/// Sizes that quality_loss chose, and the energy that was counted, stand in every view.
TEST(HtmlReport, SaysHowCodebooksAndCamEnergyCameOut)
{
    RunResult r = sample("mlp", 1e-6);
    r.quantization.codebook = CodebookInfo{8, 32, 16, 0.05};
    r.platform.energy_mode = "paper";
    r.platform.neurons_a_block = 12;
    const std::string folder = run_folder("codebooks", r);
    const RunResult back = read_summary(folder);
    const std::string book =
                          "8 x 32 codes (weights x inputs), products of 16 bit, chosen by "
                          "quality_loss 0.05",
                      energy =
                          "paper (recalled power x busy time), a block computes up to 12 "
                          "neurons in turn";
    for (const std::string& text : {console_summary(back, false), html_report(back, {})}) {
        EXPECT_NE(text.find(book), std::string::npos) << text;
        EXPECT_NE(text.find(energy), std::string::npos) << text;
    }
}

/// Main memory stands outside the accelerator: its energy has rows of its own, none of zero.
TEST(Compare, ExternalComponentsShowTheirOwnEnergy)
{
    RunResult run = sample("x", 1e-6);
    run.external_energy_j = 5e-6;
    ComponentRow dram;
    dram.name = "external.dram";
    dram.external_energy_j = 5e-6;
    run.components.push_back(dram);
    const auto runs = read_runs({run_folder("x", run), run_folder("y", run)});
    const std::string text = compare_text(runs);
    const auto row = text.find("external.dram");
    ASSERT_NE(row, std::string::npos);
    EXPECT_NE(text.find("5.000 µJ", row), std::string::npos) << text;
    EXPECT_EQ(text.find("external.dram", row + 1), std::string::npos) << text;
    const auto json = compare_json(runs);
    EXPECT_EQ(json["components"].size(), 1u);
    EXPECT_DOUBLE_EQ(json["external_components"][0]["values"][1].get<double>(), 5e-6);
}

TEST(Compare, RunsOfOneScenarioGoByTheirFolders)
{
    const auto runs =
        read_runs({run_folder("x", sample("s", 1e-6)), run_folder("y", sample("s", 1e-6)) + "/"});
    EXPECT_EQ(runs[0].name, "imc_report_x");
    EXPECT_EQ(runs[1].name, "imc_report_y");
}

TEST(Compare, RefusesASingleRunAndWhatIsNone)
{
    const std::string run = run_folder("z", sample("s", 1e-6));
    EXPECT_THROW(read_runs({run}), imc::InputError);
    EXPECT_THROW(read_runs({run, run + "/nothing"}), imc::InputError);
    std::filesystem::create_directories(run + "/empty");
    EXPECT_THROW(read_runs({run, run + "/empty"}), imc::InputError);
}

}  // namespace
